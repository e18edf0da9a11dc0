"""``rekindle rejected``: what could not be read, by source, field and problem; for thirty days, and without values."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from infra.machine.clock import VirtualClock
from infra.machine.machine import Machine
from infra.saved.state import save
from tests.builders import START
from tests.commands.given import rekindle
from tests.webhooks.given import SECRETS, Hooks, Sent, payload, segment, shopify

pytestmark = pytest.mark.journeys("abandoned_cart")
Capture = pytest.CaptureFixture[str]
DAY = timedelta(days=1)
ORDER = {
    "source": "shopify",
    "topic": "orders/create",
    "field": "$.total_price",
    "problem": "expected a decimal number such as 12.50",
    "messages": 2,
    "first_at": "2026-03-02T10:00:00.000Z",
    "last_at": "2026-03-03T10:00:00.000Z",
}


def a_bad_order(number: int) -> Sent:
    return shopify("orders/create", payload("shopify", "orders_create", id=number, total_price="$3.00"))


@pytest.fixture
def hooks() -> Iterator[Hooks]:
    """Two orders with an odd amount, a day apart, and a message that says nothing."""
    with Machine(VirtualClock(START), secrets=SECRETS) as machine:
        hooks = Hooks(machine)
        hooks.take(a_bad_order(1))
        machine.advance_to(START + DAY)
        hooks.take(a_bad_order(2))
        hooks.take(segment({"batch": [{"type": 7}]}))
        yield hooks


def test_each_kind_of_problem_is_listed_once_the_latest_first(hooks: Hooks, capsys: Capture) -> None:
    found = rekindle(capsys, "rejected", "--json").json

    assert found["rejected"] == [
        ORDER,
        {
            "source": "segment",
            "topic": "",
            "field": "$.batch[].type",
            "problem": "expected `str`, got `int`",
            "messages": 1,
            "first_at": "2026-03-03T10:00:00.000Z",
            "last_at": "2026-03-03T10:00:00.000Z",
        },
    ]


def test_the_saved_tables_of_a_local_run_tell_it_too(hooks: Hooks, capsys: Capture) -> None:
    save()
    hooks.machine.__exit__(None, None, None)

    said = rekindle(capsys, "rejected")

    assert said.status == 0
    assert "shopify orders/create" in said.out
    assert "$.total_price" in said.out
    assert "3.00" not in said.out  # no values
    assert max(map(len, said.out.splitlines())) <= 120


def test_the_list_is_of_some_days_and_of_one_source(hooks: Hooks, capsys: Capture) -> None:
    (today,) = rekindle(capsys, "rejected", "--days", "1", "--source", "shopify", "--json").json["rejected"]

    assert today == ORDER | {"messages": 1, "first_at": ORDER["last_at"]}


def test_after_thirty_days_they_are_gone(hooks: Hooks, capsys: Capture) -> None:
    hooks.machine.advance_to(START + 30 * DAY)

    assert [each["messages"] for each in rekindle(capsys, "rejected", "--json").json["rejected"]] == [1, 1]

    hooks.machine.advance_to(START + 31 * DAY)

    assert rekindle(capsys, "rejected").out.startswith("Nothing was rejected in the last 30 days.")


def test_a_source_that_does_not_exist_is_an_error(hooks: Hooks, capsys: Capture) -> None:
    said = rekindle(capsys, "rejected", "--source", "shopfy")

    assert said.status != 0
    assert "events, segment, shopify, woocommerce, facts" in said.err
