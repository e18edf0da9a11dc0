"""Refunds and cancellations of ``POST /v1/facts``: they find their order, whoever they name and whenever they come."""

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import count, permutations
from typing import Any

import pytest

import app
from chalicelib.domain.facts.facts import Facts
from chalicelib.domain.facts.order import Order
from chalicelib.sources.bodies import fact_of
from infra.machine.clock import VirtualClock
from infra.machine.machine import Machine
from tests.builders import START
from tests.identity.given import DAY, HOUR
from tests.naming import FOUR

pytestmark = pytest.mark.journeys(*FOUR)
EMAIL = "ann@example.com"
Told = dict[str, Any]


def told(kind: str, customer: str, hours: float, **more: Any) -> Told:
    """What the shop's system tells of ``customer``, as of so many hours after ``START``."""
    at = (START + hours * HOUR).isoformat()
    bodies: dict[str, Told] = {
        "order": {"id": "o1", "placed_at": at, "total": 2000, "currency": "USD"},
        "refund": {"order_id": "o1", "id": "r1", "at": at, "amount": 500},
        "cancellation": {"order_id": "o1", "at": at},
    }
    return {"type": kind, "customer_id": customer, "email_verified": True} | bodies[kind] | more


class Shops:
    """Many shops on one machine: in each one, other people with other orders are told of."""

    def __init__(self, machine: Machine) -> None:
        self._machine, self._numbers, self.last = machine, count(), ""

    def known(self, *facts: Told) -> dict[str, Facts]:
        """All that is known in the end of the customers with these ids, told one by one, in a shop of their own."""
        shop = self.last = f"shop{next(self._numbers)}-"
        for fact in facts:
            own = {name: shop + fact[name] for name in ("customer_id", "order_id", "id", "email") if name in fact}
            app.parts.ingest([fact_of(json.dumps(fact | own))])
            self._machine.pump()
        assert self._machine.failures == []
        found = {name: app.parts.facts.of(app.parts.names.find(shop + name) or "") for name in ("c1", "c2")}
        return {name: replace(each, orders=_plain(each, shop)) for name, each in found.items()}


def _plain(facts: Facts, shop: str) -> dict[str, Order]:
    return {name.removeprefix(shop): replace(order, id="") for name, order in facts.orders.items()}


@pytest.fixture(scope="module")
def shops() -> Iterator[Shops]:
    """Days after all that is told of."""
    with Machine(VirtualClock(START + 9 * DAY), behaviour=None) as machine:
        yield Shops(machine)


def net(facts: Facts) -> dict[str, int]:
    return {name: order.net for name, order in facts.orders.items()}


def test_a_refund_is_taken_off_its_order_whichever_comes_first_and_once(shops: Shops) -> None:
    order, refund = told("order", "c1", 0), told("refund", "c1", 1)

    for each in permutations([order, refund, refund]):
        assert net(shops.known(*each)["c1"]) == {"o1": 1500}


def test_several_refunds_add_up_and_take_no_more_than_the_order_brought(shops: Shops) -> None:
    refunds = [told("refund", "c1", n, id=f"r{n}", amount=900) for n in (1, 2, 3)]

    assert net(shops.known(told("order", "c1", 0), *refunds[:2])["c1"]) == {"o1": 200}
    assert net(shops.known(told("order", "c1", 0), *refunds)["c1"]) == {"o1": 0}


def test_the_later_version_of_a_refund_counts_in_any_order(shops: Shops) -> None:
    versions = [told("refund", "c1", 1), told("refund", "c1", 2, amount=0)]

    for each in permutations([told("order", "c1", 0), *versions]):
        assert net(shops.known(*each)["c1"]) == {"o1": 2000}


@pytest.mark.parametrize(("currency", "left"), [("USD", 1500), ("EUR", 2000)])
def test_a_refund_in_another_currency_is_not_counted_against_the_order(shops: Shops, currency: str, left: int) -> None:
    assert net(shops.known(told("order", "c1", 0), told("refund", "c1", 1, currency=currency))["c1"]) == {"o1": left}


@pytest.mark.parametrize("hours", [0, 1])
def test_a_cancelled_order_brings_nothing_whichever_comes_first(shops: Shops, hours: int) -> None:
    for each in permutations([told("order", "c1", 0), told("cancellation", "c1", hours)]):
        order = shops.known(*each)["c1"].orders["o1"]
        assert (order.cancelled_at, order.net) == (START + hours * HOUR, 0)


def test_a_later_version_of_the_order_undoes_its_cancellation(shops: Shops) -> None:
    again = told("order", "c1", 0, at=(START + 2 * HOUR).isoformat())

    for each in permutations([told("order", "c1", 0), told("cancellation", "c1", 1), again]):
        assert net(shops.known(*each)["c1"]) == {"o1": 2000}


def test_an_order_that_changed_hands_keeps_its_refund_and_its_cancellation_in_any_order(shops: Shops) -> None:
    facts = [
        told("order", "c1", 0),
        told("order", "c2", 1, placed_at=START.isoformat(), at=(START + HOUR).isoformat()),
        told("refund", "c1", 2),
        told("cancellation", "c1", 3),
    ]

    for each in permutations(facts):
        found = shops.known(*each)
        assert found["c1"].orders == {}
        assert (found["c2"].orders["o1"].refunded, found["c2"].orders["o1"].cancelled_at) == (500, START + 3 * HOUR)


@pytest.mark.parametrize("kind", ["refund", "cancellation"])
def test_it_does_not_show_whose_the_order_is(shops: Shops, kind: str) -> None:
    for each in permutations([told(kind, "c1", 5), told("order", "c2", 0)]):
        found = shops.known(*each)
        assert found["c1"].orders == {}
        assert found["c2"].orders["o1"].net < 2000


def test_an_order_of_a_customer_who_turns_out_to_be_another_keeps_its_refund_in_any_order(shops: Shops) -> None:
    facts = [told("order", "c1", 0, email=EMAIL), told("refund", "c1", 1), told("order", "c2", 2, id="o2", email=EMAIL)]

    for each in permutations(facts):
        found = shops.known(*each)
        assert found["c1"] == found["c2"]
        assert net(found["c1"]) == {"o1": 1500, "o2": 2000}


def test_a_refund_without_its_order_changes_nothing_and_waits_for_it(shops: Shops) -> None:
    found = shops.known(told("refund", "c1", 1))

    assert found["c1"].orders == {}


def test_an_erased_customer_s_refund_is_not_stored(shops: Shops) -> None:
    shops.known(told("order", "c1", 0) | {"customer_id": "gone"})
    (gone,) = [key for key in [app.parts.names.find(shops.last + "gone")] if key]
    app.parts.erase(gone)

    stored = app.parts.ingest([fact_of(json.dumps(told("refund", shops.last + "gone", 1)))])

    assert (stored, app.parts.names.find(shops.last + "gone")) == (0, None)
