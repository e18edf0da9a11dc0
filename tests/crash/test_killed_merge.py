"""Whenever ``enroll`` is killed in a merge or a correction, the batch that comes again ends it."""

from datetime import timedelta

import pytest

import app
from chalicelib.domain.facts.consent import Purpose
from chalicelib.domain.facts.inbound import Known
from chalicelib.domain.facts.order import Refund
from chalicelib.domain.journeys.contacts import Contact, Contacts
from chalicelib.domain.journeys.credits import credit_of
from chalicelib.domain.money import Money
from chalicelib.domain.standing.segments import segments_of
from chalicelib.domain.standing.standing import standing_of
from tests.builders import a_cart, an_order
from tests.crash.events import Event
from tests.crash.given import DAY, HOUR, MOMENTS, NOW, known, reminded, waiting
from tests.crash.world import World, at_every_call
from tests.naming import FOUR

pytestmark = pytest.mark.journeys(*FOUR)


def credited(customer: str) -> None:
    """A customer whose reminder led to two orders, one of them of the cart of another run."""
    orders = [an_order("o1", NOW - DAY, 3000), an_order("o2", NOW - HOUR, 2000)]
    known(customer, a_cart("k1", NOW - 3 * DAY), *orders)
    waiting(customer, "abandoned_cart", "second_chance", subject="k1", occurrence="k1", due_at=NOW + HOUR, **reminded())
    waiting(customer, "nps_survey", "experienced", subject="o1", occurrence="o1", due_at=NOW + 9 * DAY)
    (run,) = [run for run in app.parts.engagement.of(customer).enrollments if run.journey == "abandoned_cart"]
    for order in orders:
        value = Money(order.net, "USD")
        credit = credit_of(run, order.id, order.placed_at, value, is_ordered=True, is_attributed=order.id == "o1")
        app.parts.credits.put(customer, credit)
    standing = standing_of(orders, app.parts.settings.policy.thresholds, NOW)
    app.parts.standings.put(customer, standing, sorted(segments_of(standing)), [])
    contacts = Contacts((Contact("first", NOW - 2 * DAY, Purpose.MARKETING),))
    assert app.parts.contacts.replace(customer, contacts, Contacts()) is None


class TestKilled:
    @pytest.mark.parametrize("moment", MOMENTS)
    @pytest.mark.parametrize("what", ["merge", "refund"])
    def test_a_batch_that_comes_again_ends_as_if_nothing_had_happened(
        self, world: World, what: str, moment: str
    ) -> None:
        event = self._given(world, what)
        world.run("enroll", event)
        expected, facts = world.snapshot("EngagementTable"), world.snapshot("CommerceTable")
        (self._check_merged if what == "merge" else self._check_refunded)()

        points = 0
        for point in at_every_call(world, NOW, lambda kill: world.run("enroll", event, kill), moment):
            points += 1
            assert world.run("enroll", event).answer == {"batchItemFailures": []}, point

            assert world.snapshot("EngagementTable") == expected, point
            assert world.snapshot("CommerceTable") == facts, point
            world.count_all()
            assert world.recount() == {}, point
        assert points >= 5

    def _given(self, world: World, what: str) -> Event:
        world.begin(NOW)
        known("old")
        credited("ann")
        world.count_all()
        world.records("CommerceTable")
        if what == "merge":
            app.parts.moves.merge("ann", Known("old", NOW - timedelta(days=100)), NOW)
        else:
            app.parts.facts.put("ann", Refund("o1", "r1", NOW, 1200))
        world.keep()
        return {"Records": world.records("CommerceTable")}

    def _check_merged(self) -> None:
        assert app.parts.engagement.of("ann").enrollments == ()
        moved = app.parts.engagement.of("old")
        assert {run.journey for run in moved.enrollments} == {"abandoned_cart", "nps_survey"}
        assert [run.ordered for run in moved.enrollments if run.ordered] == [{"USD": 5000}]
        assert {credit.order for credit in app.parts.credits.of("old")} == {"o1", "o2"}
        assert [contact.send_id for contact in moved.contacts.contacts] == ["first"]

    def _check_refunded(self) -> None:
        (credit,) = app.parts.credits.of_order("ann", "o1")
        assert credit.value == Money(1800, "USD")
        assert [run.ordered for run in app.parts.engagement.of("ann").enrollments if run.ordered] == [{"USD": 3800}]
