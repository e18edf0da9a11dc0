"""``rekindle dlq redrive``: a record that ``enroll`` could not handle enrolls once, or stays with the reason."""

from datetime import timedelta

import pytest

from chalicelib.domain.errors import Unavailable
from tests.commands.dlq.given import FACTS, Capture, dlq, redriven, set_aside
from tests.commands.given import bodies, put, recount, rows
from tests.journeys.shop import Shop
from tests.naming import FOUR

pytestmark = pytest.mark.journeys(*FOUR)


def test_a_fact_that_could_not_be_read_enrolls_when_it_is_brought_back(shop: Shop, capsys: Capture) -> None:
    set_aside(shop, FACTS)
    assert shop.runs("ann", "abandoned_cart") == []

    assert redriven(shop, capsys) == {"poison": (1, 0)}

    assert bodies(shop, "PoisonQueue") == []
    shop.after(hours=25)
    assert shop.steps("ann") == ["abandoned_cart/reminder"]
    assert recount() == {}


def test_what_still_cannot_be_read_stays_and_the_rest_comes_back(shop: Shop, capsys: Capture) -> None:
    (message,) = set_aside(shop, FACTS)
    message["record"]["dynamodb"]["NewImage"]["fact"] = {"S": "?"}
    put(shop, "PoisonQueue", message)

    said = dlq(shop, capsys, "redrive", "poison")

    assert said.status == 1
    assert rows(said.out)[1] == ["poison", "1", "1"]
    assert said.err == "rekindle: poison: 1 message stays: it failed again (ValueError)\n"
    assert "{" not in said.out
    shop.machine.clock.set(shop.now + timedelta(seconds=1))
    assert bodies(shop, "PoisonQueue") == [message]


def test_what_may_pass_stays_for_the_next_time(shop: Shop, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    set_aside(shop, FACTS)
    with monkeypatch.context() as throttled:
        throttled.setattr("chalicelib.adapters.dynamodb.runs.RunStore.create", _unavailable)
        said = dlq(shop, capsys, "redrive")

    assert said.err == "rekindle: poison: 1 message stays: it cannot be handled now\n"
    assert redriven(shop, capsys) == {"poison": (1, 0)}


def _unavailable(*_: object) -> None:
    raise Unavailable("ThrottlingException")


def test_brought_back_twice_it_enrolls_once(shop: Shop, capsys: Capture) -> None:
    (message,) = set_aside(shop, FACTS)
    put(shop, "PoisonQueue", message, message)

    assert redriven(shop, capsys) == {"poison": (3, 0)}

    shop.after(hours=25)
    assert shop.steps("ann") == ["abandoned_cart/reminder"]
    assert recount() == {}


def test_a_record_of_a_table_that_is_not_the_stack_s_stays(shop: Shop, capsys: Capture) -> None:
    (message,) = set_aside(shop, FACTS)
    message["record"]["eventSourceARN"] = "arn:aws:dynamodb:us-east-1:123456789012:table/other/stream/2026"
    put(shop, "PoisonQueue", message)

    said = dlq(shop, capsys, "redrive")

    assert "its table's stream is read by no function of this stack" in said.err
