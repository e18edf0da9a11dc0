"""Whenever ``rollup`` is killed, each record is counted once."""

from collections.abc import Sequence
from functools import partial

import pytest

import app
from chalicelib.domain.journeys.outcomes import Kind, Outcome
from chalicelib.domain.journeys.run import Enrollment
from chalicelib.domain.standing.segments import segments_of
from chalicelib.domain.standing.standing import standing_of
from tests.builders import an_enrollment, an_order
from tests.crash.events import Event, rollup_event
from tests.crash.given import DAY, MOMENTS, NOW
from tests.crash.world import Ran, World, at_every_call
from tests.naming import FOUR

pytestmark = pytest.mark.journeys(*FOUR)


class TestRollup:
    """A batch of outcomes of two days and a month's orders."""

    @pytest.mark.parametrize("moment", MOMENTS)
    def test_each_record_is_counted_once_however_the_batch_comes_again(self, world: World, moment: str) -> None:
        records = self._given(world)
        event = rollup_event(records)

        points = 0
        for point in at_every_call(world, NOW, lambda kill: world.run("rollup", event, kill), moment):
            points += 1
            for again in self._deliveries(records):
                world.run("rollup", rollup_event(again))

            assert world.recount() == {}, point
        assert points >= 3

    @pytest.mark.parametrize("moment", MOMENTS)
    def test_a_worker_that_dies_again_and_again_counts_once(self, world: World, moment: str) -> None:
        event = rollup_event(self._given(world))

        points = 0
        for first in range(1, 4):
            twice = partial(self._twice, world, event, first)
            for point in at_every_call(world, NOW, twice, moment):
                points += 1
                world.run("rollup", event)

                assert world.recount() == {}, (first, point)
        assert points >= 9

    def _twice(self, world: World, event: Event, first: int, kill: tuple[int, str]) -> Ran:
        world.run("rollup", event, (first, "after"))
        return world.run("rollup", event, kill)

    def _deliveries(self, records: Sequence[Event]) -> list[Sequence[Event]]:
        """Whole, then bisected, then one by one: as Lambda may."""
        middle = len(records) // 2
        return [records, records[:middle], records[middle:], *([record] for record in records)]

    def _given(self, world: World) -> list[Event]:
        world.begin(NOW)
        world.records("EngagementTable")
        runs = [an_enrollment(customer=f"c{number}", entered_at=NOW - DAY) for number in range(3)]
        for number, run in enumerate(runs):
            app.parts.runs.create(run)
            later = run.with_outcome(Outcome("sent#1", Kind.SENT, NOW - DAY, step="message"))
            saved: Enrollment = app.parts.runs.save(run, later)
            app.parts.runs.add_outcome(saved.customer, saved.id, Outcome("opened#1", Kind.OPENED, NOW))
            orders = [an_order("o1", NOW - 3 * DAY), an_order("o2", NOW + 29 * DAY)][: number + 1]
            standing = standing_of(orders, app.parts.settings.policy.thresholds, NOW)
            app.parts.standings.put(run.customer, standing, sorted(segments_of(standing)), [])
        world.keep()
        return world.records("EngagementTable")
