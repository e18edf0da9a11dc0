"""Two messages of one run never go together, however late its timers are."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.journeys.journey import Journey, Notify, Send, Wait, every_step
from tests.domain.properties.histories import histories
from tests.domain.properties.journeys import journeys, waits_of_a_duration
from tests.domain.properties.world import Attempt, World, delays, fates, single


def waits_before_sends(journey: Journey) -> dict[str, timedelta]:
    """How long the wait right before each send is, where it is a duration since the step before."""
    found = {}
    for before, step in pairwise(every_step(journey.steps)):
        if isinstance(before, Wait) and isinstance(before.until, timedelta) and isinstance(step, Send | Notify):
            found[step.name] = before.until if before.since is None else timedelta(0)
    return found


def spacing(world: World) -> Iterator[tuple[Attempt, Attempt, timedelta]]:
    """Each two consecutive messages of one run, and the wait between them."""
    for journey in world.journeys:
        waits = waits_before_sends(journey)
        for earlier, later in pairwise(world.accepted(journey.key, notices=True)):
            if earlier.step != later.step:
                yield earlier, later, waits.get(later.step, timedelta(0))


@given(st.builds(World, st.tuples(journeys(waits_of_a_duration)), histories, delays, fates))
def test_however_late_two_messages_are_never_closer_than_the_wait_between_them(world: World) -> None:
    world.play()

    assert all(later.at - earlier.at >= wait for earlier, later, wait in spacing(world))


@given(st.builds(World, single, histories, delays, fates))
def test_however_late_two_sends_of_one_run_never_go_at_the_same_instant(world: World) -> None:
    world.play()

    assert [(one, two) for one, two in pairwise(world.accepted("one")) if one.at == two.at] == []
