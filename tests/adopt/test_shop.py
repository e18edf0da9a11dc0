"""A shop's own tables, as in the example: what is written there reaches the journeys, once, and what goes ends them."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import boto3
import pytest

from chalicelib.domain.facts.consent import Purpose
from chalicelib.domain.money import Money
from chalicelib.sources.own_tables.mapping import dump
from infra.machine.clock import VirtualClock
from infra.machine.machine import Machine
from infra.machine.streams import Event
from tests.adopt.given import CUSTOMERS, SALES, TeaShop, example, template_of
from tests.builders import utc

pytestmark = pytest.mark.journeys("abandoned_cart")


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[TeaShop]:
    """At ten in the morning."""
    tables = example()
    shipped = tmp_path / "own_tables.json"
    shipped.write_bytes(dump(tables))
    clock = VirtualClock(utc("2026-03-02 10:00"))
    events: list[tuple[str, Event]] = []

    def noted(function: str, event: Event) -> int:
        events.append((function, event))
        return 0

    template, settings = template_of(tables), {"OWN_TABLES": str(shipped)}
    with Machine(clock, settings=settings, template=template, redeliver=noted) as machine:
        yield TeaShop(machine, events)


def poison(shop: TeaShop) -> list[str]:
    """The kinds of errors that records were set aside for."""
    url = shop.machine.stack.queues["PoisonQueue"]
    found = boto3.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    return [json.loads(message["Body"])["error"] for message in found]


def test_a_cart_that_is_left_is_reminded_of_the_next_day_and_once(shop: TeaShop) -> None:
    shop.signs_up("ann")
    shop.fills_cart("ann")
    shop.after(hours=23, minutes=59)
    assert shop.mails() == []

    shop.after(hours=20)

    (mail,) = shop.mails()
    assert mail.to == (shop.emails["ann"],)
    assert "Green tea" in mail.text
    assert "Ann" in mail.text


def test_what_the_items_tell_is_known_exactly(shop: TeaShop) -> None:
    shop.signs_up("ann")
    shop.fills_cart("ann")
    shop.after(minutes=5)
    shop.orders("ann", "7", coupon="TEA-10")

    facts = shop.known("ann")

    assert facts
    assert (facts.customer.claimed_email, facts.customer.name, facts.customer.zone) == (
        shop.emails["ann"],
        "Ann",
        "UTC",
    )
    assert facts.customer.consents[Purpose.MARKETING].given
    (order,) = facts.orders.values()
    assert (order.id, order.total, order.cart_id, order.products) == ("7", Money(2500, "USD"), "1", ("green-tea",))
    assert order.coupon == "TEA-10"
    assert order.placed_at == utc("2026-03-02 10:05")


def test_whoever_orders_gets_no_reminder(shop: TeaShop) -> None:
    shop.signs_up("ann")
    shop.fills_cart("ann")
    shop.after(hours=20)
    shop.orders("ann")

    shop.after(hours=30)

    assert [mail for mail in shop.mails() if "Green tea" in mail.text] == []


def test_a_cart_that_is_deleted_gets_no_reminder(shop: TeaShop) -> None:
    shop.signs_up("ann")
    shop.fills_cart("ann")
    shop.after(hours=20)
    shop.removes(SALES, owner="ann", sk="CART#1")

    shop.after(hours=30)

    assert shop.mails() == []


def test_a_cart_that_is_deleted_in_the_second_in_which_it_was_filled_gets_no_reminder(shop: TeaShop) -> None:
    shop.signs_up("ann")
    shop.after(milliseconds=900)
    shop.fills_cart("ann")  # the stream tells of both at the whole second before
    shop.removes(SALES, owner="ann", sk="CART#1")

    shop.after(hours=30)

    assert shop.mails() == []


def test_whoever_takes_back_their_consent_gets_no_reminder(shop: TeaShop) -> None:
    shop.signs_up("ann")
    shop.fills_cart("ann")
    shop.after(hours=20)
    shop.signs_up("ann", wanted=False)

    shop.after(hours=30)

    assert shop.mails() == []


def test_whoever_is_deleted_is_forgotten_and_does_not_come_back(shop: TeaShop) -> None:
    shop.signs_up("ann")
    shop.fills_cart("ann")
    shop.after(hours=1)
    shop.removes(CUSTOMERS, id="ann")
    assert shop.known("ann") is None

    shop.fills_cart("ann", "2")
    shop.after(hours=30)

    assert shop.known("ann") is None
    assert shop.mails() == []


def test_whoever_is_deleted_is_forgotten_even_if_their_item_never_fitted_again(shop: TeaShop) -> None:
    shop.signs_up("ann")
    shop.signs_up("ann", contact={"email": "none", "name": "Ann"})
    assert poison(shop) == ["InvalidFact"]

    shop.removes(CUSTOMERS, id="ann")

    assert shop.known("ann") is None
    assert poison(shop) == []


def test_whoever_orders_with_an_empty_coupon_gets_no_reminder(shop: TeaShop) -> None:
    shop.signs_up("ann")
    shop.fills_cart("ann")
    shop.after(hours=20)
    shop.orders("ann", coupon="", cancelled="")

    shop.after(hours=30)

    assert poison(shop) == []
    assert [mail for mail in shop.mails() if "Green tea" in mail.text] == []


def test_an_item_that_does_not_fit_is_set_aside_and_the_next_is_taken(shop: TeaShop) -> None:
    shop.signs_up("ann")
    shop.fills_cart("ann", "1", sum="twelve")
    shop.fills_cart("ann", "2")

    facts = shop.known("ann")

    assert poison(shop) == ["InvalidFact"]
    assert facts
    assert list(facts.carts) == ["2"]


def test_a_cart_of_nobody_tells_nothing(shop: TeaShop) -> None:
    shop.writes(SALES, {"owner": "-", "sk": "WISHLIST#1"})
    shop.writes(SALES, {"owner": "ann", "sk": "WISHLIST#1"})

    assert shop.known("ann") is None
    assert poison(shop) == []


def test_a_stream_read_again_from_its_beginning_changes_nothing(shop: TeaShop) -> None:
    shop.signs_up("ann")
    shop.fills_cart("ann")
    shop.after(hours=1)
    shop.fills_cart("ann", items=[], sum="0")
    before = shop.known("ann")

    again = [event for name, event in shop.events if name == "adopt"]
    assert len(again) == 3
    for event in again:
        assert shop.machine.invoke("adopt", event) == {"batchItemFailures": []}
    shop.settles()
    shop.after(hours=30)

    assert shop.known("ann") == before
    assert shop.mails() == []


def test_a_cart_and_an_order_ahead_are_as_of_now(shop: TeaShop) -> None:
    ahead = (shop.now + timedelta(hours=18)).replace(tzinfo=None).isoformat(" ")
    shop.signs_up("ann")

    shop.fills_cart("ann", touched=ahead)
    shop.orders("ann", placed=ahead)

    known = shop.known("ann")
    assert known
    (cart,), (order,) = known.carts.values(), known.orders.values()
    assert (cart.at, order.placed_at, order.at) == (shop.now, shop.now, shop.now)


def test_a_consent_ahead_does_not_outlast_a_refusal(shop: TeaShop) -> None:
    since = int((shop.now + timedelta(hours=9)).timestamp())
    shop.signs_up("ann", newsletter={"wanted": True, "since": since})
    shop.after(minutes=5)
    shop.signs_up("ann", wanted=False)

    known = shop.known("ann")

    assert known
    assert known.customer.consents[Purpose.MARKETING].given is False


def test_a_consent_without_a_time_of_its_own_is_told_without_one(shop: TeaShop) -> None:
    shop.signs_up("ann", wanted=False)
    shop.after(hours=1)

    shop.signs_up("ann", newsletter={"wanted": True})

    known = shop.known("ann")
    assert known
    assert known.customer.consents[Purpose.MARKETING].given is False
