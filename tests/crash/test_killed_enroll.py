"""Whenever ``enroll`` is killed, the batch that comes again ends as if nothing had happened."""

import pytest

import app
from chalicelib.domain.facts.answer import Answer
from chalicelib.domain.facts.order import Refund
from chalicelib.domain.journeys.outcomes import Kind, Outcome
from chalicelib.domain.journeys.run import Status
from chalicelib.domain.money import Money
from chalicelib.domain.standing.segments import segments_of
from chalicelib.domain.standing.standing import Tier, standing_of
from tests.builders import a_cart, a_launch, an_answer, an_order
from tests.crash.events import Event
from tests.crash.given import DAY, HOUR, MINUTE, MOMENTS, NOW, known, reminded, waiting
from tests.crash.world import World, at_every_call
from tests.naming import FOUR

pytestmark = pytest.mark.journeys(*FOUR)
CREDITS = (Kind.CONVERTED, Kind.ORDERED, Kind.ATTRIBUTED)


class TestEnroll:
    """A launch, a cart, a cart that is left again, an order that ends and converts one run and starts two; and of
    another customer: a refund of what was credited, and a better answer than the one that the team was told of.
    """

    @pytest.mark.parametrize("moment", MOMENTS)
    def test_a_batch_that_comes_again_ends_as_if_nothing_had_happened(self, world: World, moment: str) -> None:
        event = self._given(world)
        world.run("enroll", event)
        expected, queued = world.snapshot("EngagementTable"), world.messages("AudienceQueue")
        self._check_it_is_what_the_order_brings(world)

        points = 0
        for point in at_every_call(world, NOW, lambda kill: world.run("enroll", event, kill), moment):
            points += 1
            assert world.run("enroll", event).answer == {"batchItemFailures": []}, point

            assert world.snapshot("EngagementTable") == expected, point
            again = world.messages("AudienceQueue")
            assert [each for each in queued if each not in again] == [], point
            assert all(again.count(each) <= 2 and each in queued for each in again), point
            assert world.messages("PoisonQueue") == [], point
            world.count_all()
            assert world.recount() == {}, point
        assert points >= 10

    def _given(self, world: World) -> Event:
        world.begin(NOW)
        old = an_order("o0", NOW - 95 * DAY, 1000)
        known("ann", a_cart("k1", NOW - 3 * DAY), a_cart("k3", NOW - 9 * DAY), old)
        waiting("ann", "abandoned_cart", "left", subject="k3", occurrence="k3", entered_at=NOW - 9 * DAY)
        (left,) = [run for run in app.parts.engagement.of("ann").enrollments if run.subject == "k3"]
        app.parts.runs.save(left, left.ended(NOW - 5 * DAY, "completed"))
        waiting(
            "ann", "abandoned_cart", "second_chance", subject="k1", occurrence="k1", due_at=NOW + HOUR, **reminded()
        )
        waiting("ann", "win_back", "two_weeks", subject="o0", occurrence="o0", due_at=NOW + DAY, entered_at=old.at)
        standing = standing_of([old], app.parts.settings.policy.thresholds, NOW - 95 * DAY)
        app.parts.standings.put("ann", standing, sorted(segments_of(standing)), [])
        answer = self._credited_and_answered("bob")
        world.count_all()
        world.records("CommerceTable")
        app.parts.facts.put("", a_launch("spring", at=NOW))
        app.parts.facts.put("ann", a_cart("k2", NOW))
        app.parts.facts.put("ann", a_cart("k3", NOW, lines=2))
        app.parts.facts.put("ann", an_order("o1", NOW - MINUTE, 30000, cart_id="k1"))
        app.parts.facts.put("bob", Refund("o2", "r1", NOW, 1500))
        app.parts.facts.replace("bob", answer.followed_by(an_answer("o2", NOW, score=10)), answer)
        world.keep()
        return {"Records": world.records("CommerceTable")}

    def _credited_and_answered(self, customer: str) -> Answer:
        """An order that was credited to a cart's mail, and a bad answer about it, of which the team was told."""
        answer, value = an_answer("o2", NOW - HOUR, score=3), Money(10_000, "USD")
        known(customer, an_order("o2", NOW - 15 * DAY, value.amount, cart_id="k9"), answer)
        credits = {
            f"{kind}#o2": Outcome(f"{kind}#o2", kind, NOW - 15 * DAY, value=value, about="o2") for kind in CREDITS
        }
        answered = Outcome("answered", Kind.ANSWERED, NOW - HOUR, score=3)
        told = Outcome("told", Kind.SENT, NOW - HOUR, step="tell_team", to_team=True)
        begun = Outcome("enrolled", Kind.ENROLLED, NOW - 16 * DAY)
        waiting(
            customer, "abandoned_cart", "", subject="k9", occurrence="k9", entered_at=NOW - 16 * DAY, due_at=None,
            status=Status.ENDED, outcomes={"enrolled": begun, **credits},
        )  # fmt: skip
        waiting(
            customer, "nps_survey", "tell_team_better", subject="o2", occurrence="o2", entered_at=NOW - 15 * DAY,
            ran_at=NOW - HOUR, due_at=NOW + 23 * HOUR, first_allowed_at=NOW - DAY, message_at=NOW - DAY,
            outcomes={"enrolled": begun, "answered": answered, "told": told},
        )  # fmt: skip
        return answer

    def _check_it_is_what_the_order_brings(self, world: World) -> None:
        runs = {(run.journey, run.subject): run for run in sorted(world.enrollments(), key=lambda run: run.id)}
        kinds = {outcome.kind for outcome in runs["abandoned_cart", "k1"].outcomes.values()}
        assert {Kind.CONVERTED, Kind.ORDERED, Kind.ATTRIBUTED, Kind.EXITED} <= kinds
        assert Kind.EXITED in {outcome.kind for outcome in runs["win_back", "o0"].outcomes.values()}
        assert runs["abandoned_cart", "k3"].again
        assert {("win_back", "o1"), ("nps_survey", "o1"), ("abandoned_cart", "k2")} <= runs.keys()
        values = {outcome.value.amount for outcome in runs["abandoned_cart", "k9"].outcomes.values() if outcome.value}
        survey = runs["nps_survey", "o2"]
        assert (values, survey.outcomes["answered"].score, survey.due_at) == ({8500}, 10, NOW)
        assert world.standings()["ann"].tier is Tier.SILVER
        spring = {"launch": "spring", "start": None}
        assert world.messages("AudienceQueue") == [spring, spring | {"members": ["ann"]}]
