"""Whenever ``dispatch`` is killed, each step comes to one end and at most one mail."""

import re
from collections.abc import Sequence
from itertools import pairwise

import pytest

import app
from chalicelib.domain.facts.consent import Purpose, Unsubscription
from chalicelib.domain.journeys.experiment import Arm
from chalicelib.domain.journeys.outcomes import Kind
from chalicelib.domain.journeys.run import Enrollment
from infra.machine.inbox import AcceptedMail
from tests.builders import a_cart, an_answer, an_order
from tests.crash.events import Event, page_event
from tests.crash.given import DAY, HOUR, MINUTE, MOMENTS, NOW, known, reminded, waiting
from tests.crash.world import World, at_every_call
from tests.naming import FOUR

pytestmark = pytest.mark.journeys(*FOUR)


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
FINAL = {Kind.SENT, Kind.WITHHELD, Kind.SUPPRESSED, Kind.EXITED, Kind.FAILED, Kind.ABANDONED}
"""What a step can come to. (``deferred`` is an answer too, but not the last one.)"""


def by_send_id(mails: Sequence[AcceptedMail]) -> dict[str, int]:
    """How many mails were accepted for each send."""
    counts: dict[str, int] = {}
    for mail in mails:
        counts[mail.tags["send_id"]] = counts.get(mail.tags["send_id"], 0) + 1
    return counts


def finals(run: Enrollment, step: str) -> list[Kind]:
    """What the step came to."""
    return [outcome.kind for outcome in run.outcomes.values() if outcome.step == step and outcome.kind in FINAL]


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
