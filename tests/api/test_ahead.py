"""Facts with times ahead of the clock are refused by name; a consent with one is no more than a claim."""

from datetime import datetime, timedelta
from typing import Any

import boto3
import pytest

import app
from chalicelib.adapters.dynamodb import keys
from chalicelib.domain.facts.consent import Purpose
from tests.api.conftest import NO_ONE, Api
from tests.api.test_facts import CANCELLATION, CART, CUSTOMER, LAUNCH, LINE, ORDER, REFUND
from tests.builders import START
from tests.naming import FOUR

pytestmark = pytest.mark.journeys(*FOUR)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
AHEAD = (START + 9 * HOUR).isoformat()


@pytest.mark.parametrize(
    ("fact", "field"),
    [
        (CUSTOMER, "at"),
        (CART, "at"),
        (ORDER, "at"),
        (ORDER, "placed_at"),
        (ORDER, "cancelled_at"),
        (LAUNCH, "at"),
        (REFUND, "at"),
        (CANCELLATION, "at"),
    ],
)
def test_a_time_ahead_is_a_400_that_names_the_field_and_nothing_is_stored(
    api: Api, fact: dict[str, Any], field: str
) -> None:
    before = api.tables()

    one, several = api.facts(fact | {field: AHEAD}), api.facts(CART, ORDER, CART, fact | {field: AHEAD})

    assert (one.status, one.json()["error"]) == (
        400,
        {"field": f"$.{field}", "problem": "expected a time at most 5 minutes ahead of now"},
    )
    assert (several.status, several.json()["error"]["field"]) == (400, f"$.facts[3].{field}")
    assert api.tables() == before


@pytest.mark.parametrize(("ahead", "status"), [(5 * MINUTE, 202), (5 * MINUTE + timedelta(milliseconds=1), 400)])
def test_a_clock_may_be_five_minutes_fast(api: Api, ahead: timedelta, status: int) -> None:
    assert api.facts(CART | {"id": "k-fast", "at": (START + ahead).isoformat()}).status == status


def test_of_two_versions_a_little_ahead_the_later_one_counts_in_any_order(api: Api) -> None:
    for number, order in enumerate([(1, 2), (2, 1)]):
        for minute in order:
            at = (START + minute * MINUTE).isoformat()
            lines = [LINE | {"quantity": minute}]
            api.facts(CART | {"customer_id": "fast", "id": f"k{number}", "at": at, "lines": lines})

    carts = app.parts.facts.of(api.customer("fast")).carts
    assert [carts[f"k{number}"].lines[0].quantity for number in range(2)] == [2, 2]


@pytest.mark.parametrize(
    "fact", [ORDER | {"fulfilled_at": AHEAD}, LAUNCH | {"opens_at": AHEAD, "ends_at": "2099-01-01T00:00:00Z"}]
)
def test_what_is_announced_may_lie_ahead(api: Api, fact: dict[str, Any]) -> None:
    assert api.facts(fact | {"id": "announced"}).status == 202


def agrees(api: Api, name: str, at: datetime | None) -> None:
    """The customer's consent is told at the time of the machine, with a time of its own or without."""
    consent = {"given": True} | ({"at": at.isoformat()} if at else {})
    told = CUSTOMER | {"id": name, "email": f"{name}@example.com", "at": api.machine.clock.now().isoformat()}
    assert api.facts(told | {"consents": {"marketing": consent}}).status == 202


def unsubscribes(api: Api, name: str) -> None:
    address = app.parts.identity.address_hash(f"{name}@example.com")
    parts = (api.customer(name), "abandoned_cart#1", "reminder", "marketing", address)
    token = app.parts.tokens.sign("unsubscribe", *parts)
    answer = api.post(f"/v1/unsubscribe/{token}", b"List-Unsubscribe=One-Click", key=NO_ONE,
                      kind="application/x-www-form-urlencoded")  # fmt: skip
    assert answer.status == 200


def is_allowed(api: Api, name: str) -> bool:
    consent = app.parts.facts.of(api.customer(name)).consent(Purpose.MARKETING)
    return consent is not None and consent.given


@pytest.mark.parametrize("ahead", [2 * MINUTE, 9 * HOUR, timedelta(days=40_000)])
def test_an_unsubscription_wins_over_a_consent_dated_ahead_for_good(api: Api, ahead: timedelta) -> None:
    name, told = f"ahead{ahead.total_seconds():.0f}", api.machine.clock.now() + ahead
    agrees(api, name, told)
    assert is_allowed(api, name)
    api.machine.advance_to(api.machine.clock.now() + MINUTE)

    unsubscribes(api, name)

    assert not is_allowed(api, name)
    agrees(api, name, told)
    assert not is_allowed(api, name)
    api.machine.advance_to(api.machine.clock.now() + 10 * HOUR)
    agrees(api, name, told)
    assert not is_allowed(api, name)
    agrees(api, name, None)
    assert not is_allowed(api, name)
    agrees(api, name, api.machine.clock.now())
    assert is_allowed(api, name)


def test_a_consent_dated_ahead_is_stored_as_of_now(api: Api) -> None:
    now = api.machine.clock.now()

    agrees(api, "clamped", now + 9 * HOUR)

    assert app.parts.facts.of(api.customer("clamped")).customer.consents[Purpose.MARKETING].at == now


def test_an_unsubscription_is_stored_although_another_item_cannot_be_read(api: Api) -> None:
    agrees(api, "unreadable", None)
    pk, table = keys.customer(api.customer("unreadable")), app.parts.settings.commerce_table
    broken = {"pk": pk, "sk": "CART#broken", "version": "1", "fact": "{"}
    boto3.resource("dynamodb").Table(table).put_item(Item=broken)

    unsubscribes(api, "unreadable")

    wanted = (pk, keys.fact("unsubscription", "marketing"))
    assert [item for item in api.tables()[table] if (item["pk"]["S"], item["sk"]["S"]) == wanted]
