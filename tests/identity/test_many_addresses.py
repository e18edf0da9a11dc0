"""An account on whose orders many addresses were typed: each of its orders costs about as much as the one before.

A clerk's account has such orders; so has whoever wants to keep a shop busy.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

import app
from chalicelib.adapters.dynamodb import facts as adapter
from chalicelib.adapters.dynamodb.table import Plain, Table
from chalicelib.services.enroll import MOST_LOOKED_AT
from infra.machine.clock import VirtualClock
from infra.machine.machine import Machine
from tests.builders import START
from tests.naming import FOUR
from tests.webhooks.given import SECRETS, events, segment, woocommerce

pytestmark = pytest.mark.journeys(*FOUR)
DAY = "2026-03-02T08:00:00"
MANY = MOST_LOOKED_AT + 30


class Clerk:
    """Places orders of people who telephone, each with the address of another one."""

    def __init__(self, machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
        self._machine, self.read = machine, Counter[str]()
        original = Table._query

        def counted(table: Table, condition: str, values: Mapping[str, str]) -> Iterator[Plain]:
            self.read["queries"] += 1
            for item in original(table, condition, values):
                self.read["items"] += 1
                yield item

        monkeypatch.setattr(Table, "_query", counted)

    def post(self, sent: Any) -> None:
        answer = self._machine.request("POST", f"/webhooks/{sent.source}", sent.body, sent.headers)
        assert answer.status == 200, answer

    def order(self, number: int, address: str) -> Counter[str]:
        """What it costs that an order is told."""
        order = {"id": 5000 + number, "status": "processing", "currency": "USD", "total": "10.00", "customer_id": 9}
        times = {"date_created_gmt": DAY, "date_paid_gmt": DAY, "created_via": "checkout"}
        self.post(woocommerce("order.created", {**order, **times, "billing": {"email": address}}))
        self.read.clear()
        self._machine.pump()
        return Counter(self.read)


@pytest.fixture
def clerk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clerk]:
    with Machine(VirtualClock(START), secrets=SECRETS) as machine:
        made = Clerk(machine, monkeypatch)
        for first in range(0, MANY, 50):
            people = range(first, min(first + 50, MANY))
            consent = {"marketing": {"given": True, "at": f"{DAY}Z"}}
            known = {"type": "customer", "at": f"{DAY}Z", "email_verified": True, "consents": consent}
            told = [{**known, "id": f"p{n}", "email": f"p{n}@example.com"} for n in people]
            made.post(events({"facts": told}))
        machine.pump()
        yield made


def test_the_hundredth_address_costs_no_more_than_the_fiftieth(clerk: Clerk) -> None:
    costs = [clerk.order(n, f"p{n}@example.com") for n in range(MANY)]

    early, full, last = costs[9], costs[MOST_LOOKED_AT], costs[-1]
    assert last["queries"] == full["queries"] <= early["queries"] + 2 * MOST_LOOKED_AT
    assert last["items"] - full["items"] <= 4 * (MANY - MOST_LOOKED_AT)  # its own orders and addresses, once or twice
    bearers = app.parts.facts.of(app.parts.names.find("woocommerce:9") or "").bearers
    assert len(bearers) == MANY


def test_of_a_stranger_only_so_much_is_read(clerk: Clerk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapter, "MOST_OF_STRANGERS", 5)
    ann = app.parts.names.find("p1@example.com") or ""
    for number in range(20):
        message = {"type": "track", "event": "Order Completed", "userId": "eve", "messageId": f"m{number}"}
        properties = {"order_id": f"e{number}", "currency": "USD", "total": 1}
        context = {"traits": {"email": "p1@example.com"}}
        body = {**message, "timestamp": f"{DAY}Z", "properties": properties, "context": context}
        clerk.post(segment(body))

    (eve,) = app.parts.facts.of(ann).at_address
    assert len(eve.orders) <= 5
