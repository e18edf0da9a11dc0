"""Faults 28 of FAULTS.md: one customer's trouble is not that of the others in the batch, nor of the other lanes."""

import logging
from datetime import timedelta
from typing import Any

import pytest

import app
from chalicelib.adapters.dynamodb import keys
from chalicelib.domain.time import to_text
from tests.journeys.shop import Open, Shop

pytestmark = pytest.mark.journeys("abandoned_cart")


@pytest.fixture
def shop(open_shop: Open) -> Shop:
    shop = open_shop("2026-03-02 10:00", lanes=1)
    for name in ("ann", "bob"):
        shop.customer(name)
        shop.leaves_cart(name, cart=f"cart-of-{name}")
    return shop


def item_of(shop: Shop, name: str, prefix: str) -> dict[str, Any]:
    """The customer's item in ``engagement`` with a sort key that begins so."""
    table = app.parts.engagement._table
    return next(table.partition(keys.customer(shop.key(name)), prefix))


def damaged(shop: Shop, name: str, prefix: str, **attributes: Any) -> dict[str, Any]:
    """Damage an item; returns what it was."""
    item = item_of(shop, name, prefix)
    app.parts.engagement._table.put({**item, **attributes})
    return item


def test_a_run_that_cannot_be_read_waits_alone_and_goes_on_when_it_is_mended(shop: Shop) -> None:
    before = damaged(shop, "ann", keys.ENROLLMENT, state="{")

    shop.machine.advance_to(shop.now + timedelta(hours=27))

    assert shop.steps("bob") == ["abandoned_cart/reminder"]
    assert shop.mails("ann") == []
    after = item_of(shop, "ann", keys.ENROLLMENT)
    assert to_text(shop.now) < after["due_at"] <= to_text(shop.now + timedelta(minutes=30))

    app.parts.engagement._table.put({**after, "state": before["state"]})
    shop.machine.advance_to(shop.now + timedelta(hours=1))
    assert shop.steps("ann") == ["abandoned_cart/reminder"]
    assert "postponed" not in item_of(shop, "ann", keys.ENROLLMENT)


def test_a_history_that_cannot_be_read_keeps_only_its_own_customer_waiting(shop: Shop) -> None:
    app.parts.engagement._table.put({"pk": keys.customer(shop.key("ann")), "sk": keys.CONTACTS, "contacts": "{"})

    shop.machine.advance_to(shop.now + timedelta(hours=27))

    assert shop.steps("bob") == ["abandoned_cart/reminder"]
    assert shop.mails("ann") == []


def test_a_standing_that_cannot_be_read_does_not_stop_the_night(
    shop: Shop, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.orders("ann", total=60_000)
    shop.orders("bob", total=60_000)
    damaged(shop, "ann", keys.STANDING, standing="{")
    monkeypatch.setattr(logging.getLogger("rekindle"), "propagate", True)

    shop.machine.clock.set(shop.now + timedelta(days=366))  # both standings are to be reviewed
    night = app.parts.nightly()

    assert night["reviewed"] == 1
    skipped = [record for record in caplog.records if record.message == "item skipped: it cannot be read"]
    assert [vars(record)["customer"] for record in skipped] == [shop.key("ann")]
