"""What holds for any journeys, any history and any timers, however late: Hypothesis looks for what breaks it."""

from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given

from chalicelib.domain.facts.customer import Customer
from chalicelib.domain.journeys.experiment import Arm
from chalicelib.domain.journeys.journey import MARKETING, days, hours
from chalicelib.domain.journeys.outcomes import Kind
from chalicelib.domain.journeys.run import Status
from tests.domain.properties.world import World, worlds

SETTLED = (Kind.SENT, Kind.WITHHELD, Kind.SUPPRESSED, Kind.FAILED, Kind.ABANDONED)


def local_hour(at: datetime, customer: Customer) -> int:
    return at.astimezone(ZoneInfo(customer.zone or "UTC")).hour


@given(worlds)
def test_nothing_is_sent_after_an_exit_fact(world: World) -> None:
    world.play()

    with_exit = {journey.key for journey in world.journeys if journey.exit}
    too_late = [each for each in world.attempts if each.run in with_exit and world.history.is_over(each.at)]
    assert too_late == []


@given(worlds)
def test_nothing_is_sent_after_a_refusal(world: World) -> None:
    world.play()

    assert [each for each in world.accepted() if world.history.has_refused(each.purpose, each.at)] == []


@given(worlds)
def test_every_run_ends_and_says_once_why(world: World) -> None:
    world.play()

    for run in world.runs.values():
        ends = [name for name in ("exited", "failed") if name in run.outcomes]
        assert run.status is Status.ENDED
        assert len(ends) == 1


@given(worlds)
def test_each_message_that_was_reached_has_exactly_one_outcome_or_is_where_the_run_ended(world: World) -> None:
    """Where a run failed at a message of which the mail service then reported that it was sent, it was sent."""
    world.play()

    for key, step in world.reached:
        outcomes = world.runs[key].outcomes
        settled = [outcome.kind for outcome in outcomes.values() if outcome.step == step and outcome.kind in SETTLED]
        if Kind.SENT in settled and Kind.FAILED in settled:
            settled.remove(Kind.FAILED)
        ended_here = "exited" in outcomes and outcomes["exited"].step == step
        assert len(settled) + ended_here == 1, (settled, ended_here)


@given(worlds)
def test_a_message_that_was_never_reached_was_never_sent(world: World) -> None:
    world.play()

    assert {(each.run, each.step) for each in world.attempts if not each.is_notice} <= world.reached


@given(worlds)
def test_send_ids_are_the_same_only_for_the_same_step(world: World) -> None:
    world.play()

    steps: dict[str, set[tuple[str, str]]] = {}
    for each in world.attempts:
        steps.setdefault(each.send_id, set()).add((each.run, each.step))
    assert all(len(named) == 1 for named in steps.values())


@given(worlds)
def test_at_most_one_mail_is_accepted_under_one_send_id(world: World) -> None:
    world.play()

    ids = [each.send_id for each in world.accepted(notices=True)]
    assert len(ids) == len(set(ids))


@given(worlds)
def test_caps_hold_across_journeys(world: World) -> None:
    world.play()

    times = [each.at for each in world.accepted() if each.purpose is MARKETING]
    assert all(later - earlier >= hours(24) for earlier, later in pairwise(times))
    assert all(later - earlier >= days(7) for earlier, later in zip(times, times[3:], strict=False))


@given(worlds)
def test_nobody_is_written_to_at_night(world: World) -> None:
    world.play()

    assert {local_hour(each.at, world.history.customer) for each in world.accepted()} <= set(range(8, 21))


@given(worlds)
def test_the_holdout_gets_nothing(world: World) -> None:
    world.play()

    held_out = {run.journey for run in world.runs.values() if run.arm is Arm.HOLDOUT}
    assert [each for each in world.attempts if each.run in held_out and not each.is_notice] == []
