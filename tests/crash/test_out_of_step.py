"""What is credited stays right when shards of the stream, reports and deployments are out of step."""

from dataclasses import replace
from datetime import timedelta

import pytest

import app
from chalicelib.domain.facts.inbound import Known
from chalicelib.domain.facts.order import Refund
from chalicelib.domain.journeys.outcomes import Kind, Outcome
from tests.builders import a_cart, an_order
from tests.crash.events import Event
from tests.crash.given import DAY, HOUR, NOW, known, reminded, waiting
from tests.crash.test_killed_merge import credited
from tests.crash.world import World
from tests.naming import FOUR

pytestmark = pytest.mark.journeys(*FOUR)


def drain(world: World) -> None:
    """Everything that is in the stream of facts is handled."""
    while records := world.records("CommerceTable"):
        assert world.run("enroll", {"Records": records}).answer == {"batchItemFailures": []}


def shard_of(records: list[Event], customer: str) -> Event:
    return {"Records": [each for each in records if each["dynamodb"]["Keys"]["pk"]["S"] == f"CUSTOMER#{customer}"]}


@pytest.mark.parametrize("how", ["edit", "refund"])
def test_an_order_told_for_the_older_customer_before_the_younger_s_shard_is_read(world: World, how: str) -> None:
    world.begin(NOW)
    known("old")
    credited("ann")
    drain(world)
    app.parts.moves.merge("ann", Known("old", NOW - timedelta(days=100)), NOW)
    edited = replace(an_order("o1", NOW - DAY, 3000), at=NOW, refunded=1200)
    app.parts.facts.put("old", edited if how == "edit" else Refund("o1", "r1", NOW, 1200))

    records = world.records("CommerceTable")
    for customer in ("old", "ann"):
        world.run("enroll", shard_of(records, customer))
    drain(world)

    (credit,) = app.parts.credits.of_order("old", "o1")
    assert credit.value.amount == 1800
    assert [run.ordered for run in app.parts.engagement.of("old").enrollments if run.ordered] == [{"USD": 3800}]


def test_what_is_reported_between_a_dispatcher_s_read_and_its_move_moves_too(world: World) -> None:
    world.begin(NOW)
    known("old")
    known("ann")
    waiting("ann", "abandoned_cart", "second_chance", subject="k1", occurrence="k1", due_at=NOW + HOUR, **reminded())
    (run,) = app.parts.engagement.of("ann").enrollments
    app.parts.runs.add_outcome("ann", run.id, Outcome("opened#first", Kind.OPENED, NOW, step="reminder"))

    app.parts.merge.run(run, "old")

    (moved,) = app.parts.engagement.of("old").enrollments
    assert "opened#first" in moved.outcomes


def test_a_refund_corrects_credits_of_a_journey_that_is_gone(world: World) -> None:
    world.begin(NOW)
    credited("ann")
    drain(world)
    refund = Refund("o1", "r1", NOW, 1200)
    app.parts.facts.put("ann", refund)
    enroll = app.parts.commerce_stream.service
    left = {key: each for key, each in enroll.journeys.items() if key[0] != "abandoned_cart"}

    replace(enroll, journeys=left)("ann", None, refund)

    (credit,) = app.parts.credits.of_order("ann", "o1")
    assert credit.value.amount == 1800


def test_a_refund_corrects_credits_of_a_run_whose_claim_was_called_off(world: World) -> None:
    world.begin(NOW)
    credited("ann")
    drain(world)
    (run,) = [each for each in app.parts.engagement.of("ann").enrollments if each.journey == "abandoned_cart"]
    app.parts.runs.save(run, replace(run, first_allowed_at=None))
    app.parts.facts.put("ann", Refund("o1", "r1", NOW, 1200))

    drain(world)

    (credit,) = app.parts.credits.of_order("ann", "o1")
    assert credit.value.amount == 1800


def test_a_run_that_moves_to_a_customer_who_was_merged_meanwhile_goes_on_to_the_last(world: World) -> None:
    world.begin(NOW)
    for customer in ("oldest", "old"):
        known(customer, a_cart("k1", NOW - 3 * DAY))
        waiting(customer, "abandoned_cart", "left", subject="k1", occurrence="k1", due_at=NOW + HOUR)
    credited("ann")
    drain(world)
    (run,) = [each for each in app.parts.engagement.of("ann").enrollments if each.journey == "abandoned_cart"]
    app.parts.moves.merge("old", Known("oldest", NOW - timedelta(days=100)), NOW)
    drain(world)

    app.parts.merge.run(run, "old")

    (last,) = [each for each in app.parts.engagement.of("oldest").enrollments if each.occurrence == "k1"]
    assert "sent#first" in last.outcomes
    assert {credit.order for credit in app.parts.credits.of("oldest")} == {"o1", "o2"}
