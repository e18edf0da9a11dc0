"""Workers are killed (SIGKILL) right before and right after every call to AWS; afterwards nothing is wrong.

What Lambda, SQS and SES do then is done here: the stream's batch comes again, the page becomes visible again, leases
end, events come soon, late, or never. The invariants are those of DESIGN §7.
"""

import re
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from itertools import pairwise

import pytest

import app
import workflows
from chalicelib.adapters.dynamodb import keys
from chalicelib.domain.facts.consent import Purpose, Unsubscription
from chalicelib.domain.facts.fact import Fact
from chalicelib.domain.journeys.experiment import Arm
from chalicelib.domain.journeys.journey import Journey
from chalicelib.domain.journeys.outcomes import Kind, Outcome
from chalicelib.domain.journeys.run import Enrollment
from chalicelib.domain.standing.segments import segments_of
from chalicelib.domain.standing.standing import Tier, standing_of
from tests.builders import a_cart, a_customer, a_launch, an_answer, an_enrollment, an_order, utc
from tests.crash.world import Event, Ran, World, at_every_call, by_send_id, finals, page_event, rollup_event
from tests.naming import FOUR

pytestmark = pytest.mark.journeys(*FOUR)
NOW = utc("2026-03-02 14:00")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
MOMENTS = ("before", "after")


def journey(key: str) -> Journey:
    return next(each for each in workflows.current() if each.key == key)


def known(customer: str, *facts: Fact, **profile: object) -> None:
    """A customer with an address of her own, and what else is known of her."""
    address = {"email": f"{customer}@example.com"}
    for fact in (a_customer(customer, **(address | profile)), *facts):  # type: ignore[arg-type]
        app.parts.facts.put(customer, fact)


def waiting(customer: str, key: str, step: str, **more: object) -> tuple[str, str]:
    """The key of a run that is due at this step."""
    given = {"customer": customer, "step": step, "due_at": NOW - MINUTE, "entered_at": NOW - 3 * DAY}
    run = an_enrollment(journey(key), **(given | {"ran_at": NOW - 3 * DAY} | more))
    assert app.parts.runs.create(run)
    return keys.customer(customer), keys.enrollment(run.id)


def reminded(**more: object) -> dict[str, object]:
    """A run whose first mail went two days ago."""
    at = NOW - 2 * DAY
    sent = Outcome("sent#first", Kind.SENT, at, step="reminder")
    clicked = Outcome("clicked#first", Kind.CLICKED, at + HOUR, step="reminder")
    begun = Outcome("enrolled", Kind.ENROLLED, at - DAY)
    outcomes = {each.id: each for each in (begun, sent, clicked)}
    return {"ran_at": at, "message_at": at, "first_allowed_at": at, "outcomes": outcomes} | more


class TestEnroll:
    """A launch, a cart, and an order that ends one run and converts it, starts two and changes the standing."""

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
            assert world.messages("AudienceQueue") in (queued, queued * 2), point
            assert world.messages("PoisonQueue") == [], point
            world.count_all()
            assert world.recount() == {}, point
        assert points >= 10

    def _given(self, world: World) -> Event:
        world.begin(NOW)
        old = an_order("o0", NOW - 95 * DAY, 1000)
        known("ann", a_cart("k1", NOW - 3 * DAY), old)
        waiting(
            "ann", "abandoned_cart", "second_chance", subject="k1", occurrence="k1", due_at=NOW + HOUR, **reminded()
        )
        waiting("ann", "win_back", "two_weeks", subject="o0", occurrence="o0", due_at=NOW + DAY, entered_at=old.at)
        standing = standing_of([old], app.parts.settings.policy.thresholds, NOW - 95 * DAY)
        app.parts.standings.put("ann", standing, sorted(segments_of(standing)), [])
        world.count_all()
        world.records("CommerceTable")
        app.parts.facts.put("", a_launch("spring", at=NOW))
        app.parts.facts.put("ann", a_cart("k2", NOW))
        app.parts.facts.put("ann", an_order("o1", NOW - MINUTE, 30000, cart_id="k1"))
        world.keep()
        return {"Records": world.records("CommerceTable")}

    def _check_it_is_what_the_order_brings(self, world: World) -> None:
        runs = {(run.journey, run.subject): run for run in world.enrollments()}
        kinds = {outcome.kind for outcome in runs["abandoned_cart", "k1"].outcomes.values()}
        assert {Kind.CONVERTED, Kind.ORDERED, Kind.ATTRIBUTED, Kind.EXITED} <= kinds
        assert Kind.EXITED in {outcome.kind for outcome in runs["win_back", "o0"].outcomes.values()}
        assert {("win_back", "o1"), ("nps_survey", "o1"), ("abandoned_cart", "k2")} <= runs.keys()
        assert world.standings()["ann"].tier is Tier.SILVER
        assert world.messages("AudienceQueue") == [{"launch": "spring", "start": None}]


def dispatch_page() -> Event:
    """A page with a run for each answer that a send can get."""
    offer = waiting(
        "offered", "abandoned_cart", "second_chance", subject="k", occurrence="k", **reminded()
    )  # fmt: skip
    known("offered", a_cart("k", NOW - 3 * DAY))
    left = {"subject": "k", "occurrence": "k"}
    others = {
        "held": [waiting("held", "abandoned_cart", "left", arm=Arm.HOLDOUT, **left)],
        "silent": [waiting("silent", "abandoned_cart", "left", **left)],
        "asleep": [waiting("asleep", "abandoned_cart", "left", **left)],
        "bought": [waiting("bought", "abandoned_cart", "left", **left)],
        "left": [waiting("left", "abandoned_cart", "left", **left)],
        "twice": [
            waiting("twice", "abandoned_cart", "left", **left),
            waiting("twice", "win_back", "lapsed", subject="o1", entered_at=NOW - 90 * DAY, ran_at=NOW - 90 * DAY),
        ],
    }
    for customer in others:
        profile: dict[str, object] = {"zone": "Asia/Tokyo"} if customer == "asleep" else {}
        known(customer, a_cart("k", NOW - 2 * DAY), **profile | ({"consents": {}} if customer == "silent" else {}))
    app.parts.facts.put("bought", an_order("o1", NOW - HOUR))
    app.parts.facts.put("twice", an_order("o1", NOW - 90 * DAY))
    app.parts.facts.put("left", Unsubscription(Purpose.MARKETING, NOW - HOUR))
    known("cross", an_order("o1", NOW - 20 * DAY), an_answer("o1", NOW - HOUR, score=2))
    cross = waiting(
        "cross", "nps_survey", "answer", subject="o1", occurrence="o1", entered_at=NOW - 20 * DAY,
        ran_at=NOW - DAY, message_at=NOW - DAY, first_allowed_at=NOW - DAY,
    )  # fmt: skip
    return page_event([offer, *(key for found in others.values() for key in found), cross])


STEPS = {
    ("offered", "abandoned_cart"): ("offer", Kind.SENT),
    ("held", "abandoned_cart"): ("reminder", Kind.WITHHELD),
    ("silent", "abandoned_cart"): ("reminder", Kind.SUPPRESSED),
    ("asleep", "abandoned_cart"): ("reminder", Kind.SENT),
    ("bought", "abandoned_cart"): ("left", Kind.EXITED),
    ("left", "abandoned_cart"): ("reminder", Kind.SUPPRESSED),
    ("twice", "abandoned_cart"): ("reminder", Kind.SENT),
    ("twice", "win_back"): ("miss_you", Kind.SENT),
    ("cross", "nps_survey"): ("tell_team", Kind.SENT),
}
"""What each run of the page comes to within a day, as long as nobody dies."""


CLAIMED_BEFORE = {("bought", "abandoned_cart"): "reminder"}
"""What a dispatcher claims at a glance; dying before it has read the order, it leaves a send that nobody knows of."""


class TestDispatch:
    """A page: an offer with its coupon, one withheld, suppressed, deferred, exited, a notice, and two under one cap."""

    @pytest.mark.parametrize("events", ["soon", "late", "lost"])
    @pytest.mark.parametrize("moment", MOMENTS)
    def test_each_step_comes_to_one_end_and_at_most_one_mail(self, world: World, moment: str, events: str) -> None:
        world.begin(NOW)
        page = dispatch_page()
        world.count_all()
        world.keep()

        points = 0
        for point in at_every_call(world, NOW, lambda kill: world.run("dispatch", page, kill), moment):
            points += 1
            self._go_on(world, page, events)

            self._check(world, lost=events == "lost", point=point)
        assert points >= 25

    def test_without_a_crash_each_run_comes_to_its_end(self, world: World) -> None:
        world.begin(NOW)
        page = dispatch_page()

        world.run("dispatch", page)
        self._go_on(world, page, "soon")

        ends = {
            (run.customer, run.journey): finals(run, STEPS[run.customer, run.journey][0]) for run in world.enrollments()
        }
        assert ends == {run: [kind] for run, (_, kind) in STEPS.items()}

    def _go_on(self, world: World, page: Event, events: str) -> None:
        """The page comes again, then a day passes: leases end, SES tells what it has sent, caps have room again."""
        if events == "soon":
            world.tell()
        world.now = NOW + 6 * MINUTE
        world.run("dispatch", page)
        for later in (10 * MINUTE, 7 * HOUR, 10 * HOUR, 30 * HOUR):
            if events != "lost":
                world.tell()
            world.now = NOW + later
            for due in world.due_pages():
                world.run("dispatch", due)
        if events != "lost":
            world.tell()

    def _check(self, world: World, lost: bool, point: object) -> None:
        mails = world.inbox.mails
        assert set(by_send_id(mails).values()) == {1}, point
        for run in world.enrollments():
            step, expected = STEPS[run.customer, run.journey]
            ends = finals(run, step) or finals(run, CLAIMED_BEFORE.get((run.customer, run.journey), step))
            assert len(ends) == 1, (point, run)
            end = ends[0]
            was_claimed = expected is Kind.SENT or run.customer in ("bought", "left")
            assert end == expected or (end is Kind.ABANDONED and was_claimed), (point, run)
            accepted = sum(mail.tags["customer"] == run.customer and mail.tags["step"] == step for mail in mails)
            assert accepted == (end is Kind.SENT) or (end is Kind.ABANDONED and lost), (point, run)
        assert not {"silent", "held", "bought", "left"} & {mail.tags["customer"] for mail in mails}, point
        self._check_caps_and_coupons(world, point)
        world.count_all()
        assert world.recount() == {}, point

    def _check_caps_and_coupons(self, world: World, point: object) -> None:
        times = sorted(mail.at for mail in world.inbox.mails if mail.tags["customer"] == "twice")
        assert all(later - earlier >= DAY for earlier, later in pairwise(times)), point
        codes = [key for key in world.snapshot("CommerceTable") if key.startswith("COUPON#")]
        offers = [mail for mail in world.inbox.mails if mail.tags["step"] == "offer"]
        assert all(f"COUPON#{code} COUPON" in codes for mail in offers for code in codes_in(mail.text)), point
        assert len(codes) <= 1, point


def codes_in(text: str) -> list[str]:
    """The coupon codes in a mail."""
    found = re.findall(r"\b[A-Z2-7]{10}\b", text)
    assert found
    return found


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
