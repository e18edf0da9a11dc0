"""``POST /v1/facts``: what is stored of good facts, and what the answer says of it."""

from datetime import timedelta
from typing import Any

import pytest

import app
from chalicelib.domain.money import Money
from tests.api.conftest import Api
from tests.api.test_facts import CANCELLATION, CART, CONSENT, CUSTOMER, LAUNCH, LINE, ORDER, REFUND
from tests.builders import START


@pytest.mark.parametrize(
    ("currency", "amount", "shown"),
    [("KRW", 15000, "15,000 KRW"), ("JPY", 1500, "1,500 JPY"), ("USD", 1250, "12.50 USD"), ("KWD", 1250, "1.250 KWD")],
)
def test_amounts_are_minor_units_of_their_currency(api: Api, currency: str, amount: int, shown: str) -> None:
    order = ORDER | {"id": f"o-{currency}", "total": amount, "currency": currency}

    assert api.facts(order).status == 202

    stored = app.parts.facts.of(api.customer("c1")).orders[f"o-{currency}"]
    assert stored.total == Money(amount, currency)
    assert str(stored.total) == shown


def test_good_facts_are_stored_and_counted(api: Api) -> None:
    answer = api.facts(
        CUSTOMER | {"id": "c2", "email": "bob@example.com", "consents": CONSENT},
        CART | {"customer_id": "c2", "lines": [LINE]},
    )

    assert (answer.status, answer.json()) == (202, {"received": 2, "stored": 2})
    known = app.parts.facts.of(api.customer("c2"))
    assert (known.customer.claimed_email, len(known.carts["k1"].lines)) == ("bob@example.com", 1)


def test_an_address_with_spaces_around_it_is_that_address(api: Api) -> None:
    assert api.facts(CUSTOMER | {"email": " \tann@example.com \n", "email_verified": True}).status == 202

    assert app.parts.facts.of(api.customer("c1")).customer.email == "ann@example.com"
    assert app.parts.names.find("ann@example.com") == api.customer("c1")


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../etc/passwd", "", "US"])
def test_a_time_zone_that_nobody_knows_means_the_shop_s(api: Api, zone: str) -> None:
    assert api.facts(CUSTOMER | {"time_zone": zone}).status == 202

    assert app.parts.facts.of(api.customer("c1")).customer.zone is None


def test_a_refund_and_a_cancellation_are_stored_with_their_order(api: Api) -> None:
    facts: list[dict[str, Any]] = [REFUND, CANCELLATION]
    for number, fact in enumerate(facts):
        order = ORDER | {"customer_id": "c3", "id": f"back-{number}"}
        told = fact | {"customer_id": "c3", "order_id": f"back-{number}"}
        assert api.facts(told, order, told).json() == {"received": 3, "stored": 2}

    orders = app.parts.facts.of(api.customer("c3")).orders
    assert (orders["back-0"].refunded, orders["back-0"].net) == (500, 750)
    assert (orders["back-1"].cancelled_at, orders["back-1"].net) == (START, 0)


def test_an_old_fact_is_received_and_not_stored(api: Api) -> None:
    api.facts(CART | {"id": "k-old"})
    before = api.tables()

    older = (START - timedelta(hours=1)).isoformat()
    answer = api.facts(CART | {"id": "k-old", "lines": [LINE], "at": older})

    assert answer.json() == {"received": 1, "stored": 0}
    assert api.tables() == before


def test_a_time_is_kept_in_utc_to_the_millisecond(api: Api) -> None:
    api.facts(CART | {"id": "k-time", "at": "2026-03-02T19:00:00.1239+09:00"})

    cart = app.parts.facts.of(api.customer("c1")).carts["k-time"]
    assert cart.at == START + timedelta(milliseconds=123)
    assert cart.at.utcoffset() == timedelta(0)


@pytest.mark.journeys("early_access")
def test_only_the_answer_to_a_launch_has_launches_and_a_withdrawn_one_leads_to_nothing(api: Api) -> None:
    withdrawn = LAUNCH | {"id": "gone", "withdrawn": True, "early_by": {"gold": 48}}

    assert "launches" not in api.facts(CART).json()
    assert api.facts(CART, withdrawn, LAUNCH | {"id": "late"}).json()["launches"] == {"gone": {}, "late": {}}


def test_a_launch_is_stored_although_its_messages_cannot_be_foreseen(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(app.parts, "launch_messages", broken)

    assert api.facts(LAUNCH | {"id": "unforeseen"}).json() == {"received": 1, "stored": 1}
