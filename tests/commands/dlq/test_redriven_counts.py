"""``rekindle dlq redrive``: a record that ``rollup`` could not count is counted once, whenever it comes back."""

from datetime import timedelta
from typing import Any

import boto3
import pytest

import app
from infra.machine.lambda_context import scheduled_event
from tests.commands.dlq.given import COUNTS, Capture, redriven, set_aside, unreadable
from tests.commands.given import bodies, put, recount
from tests.journeys.shop import Shop
from tests.naming import FOUR

pytestmark = pytest.mark.journeys(*FOUR)


def test_what_was_not_counted_is_counted_when_it_is_brought_back(shop: Shop, capsys: Capture) -> None:
    set_aside(shop, COUNTS)
    shop.leaves_cart("ann", "cart-2")  # the shard goes on
    shop.after(hours=25)
    assert recount() != {}

    assert redriven(shop, capsys) == {"poison": (1, 0)}

    assert recount() == {}


def test_a_whole_outage_is_made_good_in_whatever_order_the_records_come(shop: Shop, capsys: Capture) -> None:
    with unreadable(COUNTS):
        shop.leaves_cart("ann")
        shop.after(hours=25)
        shop.orders("ann")
    shop.after(days=3)
    before = recount()

    numbers = redriven(shop, capsys)

    assert before != {}
    assert numbers["poison"][0] > 5
    assert recount() == {}


def test_an_older_record_that_comes_back_after_a_newer_one_is_counted_too(shop: Shop, capsys: Capture) -> None:
    with unreadable(COUNTS):
        shop.leaves_cart("ann", "cart-1")
        shop.leaves_cart("ann", "cart-2")
    shop.machine.clock.set(shop.now + timedelta(seconds=1))
    older, newer = sorted(bodies(shop, "PoisonQueue"), key=lambda body: int(sequence(body)))

    boto3.client("sqs").purge_queue(QueueUrl=shop.machine.stack.queues["PoisonQueue"])
    for message in (newer, older):
        put(shop, "PoisonQueue", message)
        assert redriven(shop, capsys) == {"poison": (1, 0)}

    assert recount() == {}


def sequence(body: dict[str, Any]) -> str:
    return str(body["record"]["dynamodb"]["SequenceNumber"])


@pytest.mark.parametrize("days", [0, 1, 3, 13])
def test_brought_back_again_it_is_counted_once(shop: Shop, capsys: Capture, days: int) -> None:
    """However long after, as long as a queue can have kept the record; whatever the nights did to the counters."""
    (message,) = set_aside(shop, COUNTS)
    put(shop, "PoisonQueue", message)
    assert redriven(shop, capsys) == {"poison": (2, 0)}
    shop.after(days=days)

    put(shop, "PoisonQueue", message)
    assert redriven(shop, capsys) == {"poison": (1, 0)}

    assert recount() == {}


def test_what_was_brought_back_is_folded_in_the_end(shop: Shop, capsys: Capture) -> None:
    set_aside(shop, COUNTS)
    redriven(shop, capsys)

    shop.after(days=18)

    shards = {item["sk"] for item in app.parts.counters._table.scan() if item["pk"] == "PERIOD#2026-03-02"}
    assert shards == {"SHARD#FOLDED"}
    assert recount() == {}
    night = shop.machine.invoke("nightly", scheduled_event(shop.now, "cron"))
    assert night["suspected"] == 0
