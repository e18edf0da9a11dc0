"""What a changed fact sets going, on stores in memory."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

import workflows
from chalicelib.domain.facts.fact import Fact
from chalicelib.domain.facts.launch import Launch
from chalicelib.domain.journeys.outcomes import Kind, Outcome
from chalicelib.domain.journeys.policy import Policy
from chalicelib.domain.journeys.run import Enrollment, Status
from chalicelib.domain.standing.segments import segments_of
from chalicelib.domain.standing.standing import standing_of
from chalicelib.services.audience import Audience
from chalicelib.services.enroll import Enroll
from tests.builders import START, a_cart, a_customer, a_launch, an_enrollment, an_order, with_credits
from tests.fakes import FakeCommerce, FakeCredits, FakeEngagement, FakeQueue, an_audience, in_memory
from tests.naming import FOUR

pytestmark = pytest.mark.journeys(*FOUR)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass
class Shop:
    """Enroll and audience on stores in memory."""

    now: datetime = START
    facts: FakeCommerce = field(default_factory=FakeCommerce)
    runs: FakeEngagement = field(default_factory=FakeEngagement)
    queue: FakeQueue = field(default_factory=FakeQueue)
    merged: list[str] = field(default_factory=list)
    erased: list[str] = field(default_factory=list)

    @property
    def enroll(self) -> Enroll:
        journeys, current = workflows.versions(), workflows.current()
        merge, erase = self.merged.append, self.erased.append
        return in_memory(
            Enroll,
            self.facts,
            self.runs,
            audience=self.queue,
            journeys=journeys,
            current=current,
            policy=Policy(),
            clock=lambda: self.now,
            merge=merge,
            erase=erase,
        )

    @property
    def audience(self) -> Audience:
        return an_audience(self.facts, self.runs, self.queue, lambda: self.now)

    def stored(self, customer: str, new: Fact, old: Fact | None = None) -> None:
        """A fact is stored and its record is handled."""
        self.facts.put(customer, new)
        self.enroll(customer, old, new)

    def member(self, customer: str = "ann", spent: int = 30_000) -> None:
        """A customer of the tier silver, who may be written to."""
        self.facts.put(customer, a_customer(customer))
        self.stored(customer, an_order("o0", START - 20 * DAY, spent))

    def run(self, journey: str, customer: str = "ann") -> Enrollment:
        (found,) = [run for run in self.all_runs(customer) if run.journey == journey]
        return found

    def all_runs(self, customer: str = "ann") -> list[Enrollment]:
        """The customer's runs with what orders brought to them."""
        credits = FakeCredits(self.runs).of(customer)
        return [with_credits(run, credits) for run in self.runs.of(customer).enrollments]

    def announced(self, launch: Launch) -> None:
        """A launch is announced and its audience handled."""
        self.stored("", launch)
        self.audience(launch.id, None)


def kinds(run: Enrollment) -> set[Kind]:
    return {outcome.kind for outcome in run.outcomes.values()}


def test_a_cart_arms_one_timer_however_often_it_changes() -> None:
    shop = Shop()
    first = a_cart("k1", START)

    shop.stored("ann", first)
    before = shop.run("abandoned_cart")
    shop.stored("ann", a_cart("k1", START + HOUR, lines=2), first)

    assert shop.run("abandoned_cart") == before
    assert before.due_at == START + DAY


def test_an_order_ends_the_cart_s_run_and_begins_its_own_two() -> None:
    shop = Shop()
    shop.stored("ann", a_cart("k1", START))
    shop.now = START + HOUR

    shop.stored("ann", an_order("o1", START + HOUR, cart_id="k1"))

    assert shop.run("abandoned_cart").status is Status.ENDED
    assert {run.journey for run in shop.runs.of("ann").enrollments if run.due_at} == {"win_back", "nps_survey"}


def test_an_order_keeps_standing_and_segments() -> None:
    shop = Shop()
    shop.stored("ann", an_order("o1", START, 100))

    shop.stored("ann", an_order("o2", START, 100_000))

    known = shop.runs.of("ann")
    expected = standing_of([an_order("o1", START, 100), an_order("o2", START, 100_000)], Policy().thresholds, START)
    assert known.standing == expected
    assert known.segments == segments_of(expected)


def test_an_order_of_something_else_does_not_end_a_member_s_early_access() -> None:
    shop = Shop()
    shop.member()
    shop.announced(a_launch(products=("first-flush",)))
    waiting = shop.run("early_access")
    shop.now = START + HOUR

    shop.stored("ann", an_order("o1", START + HOUR, products=("mug",)))

    assert shop.run("early_access") == waiting


def test_an_order_of_the_launch_s_products_ends_and_converts_the_member_s_early_access() -> None:
    shop = Shop()
    shop.member()
    shop.announced(a_launch(products=("first-flush",)))
    invited = START + 9 * DAY
    waiting = shop.run("early_access")
    sent = Outcome("sent#1", Kind.SENT, invited, step="invitation")
    shop.runs.save(waiting, replace(waiting, step="nearly_open", first_allowed_at=invited).with_outcome(sent))
    shop.now = invited + HOUR

    shop.stored("ann", an_order("o1", invited + HOUR, products=("first-flush",)))

    run = shop.run("early_access")
    assert {Kind.CONVERTED, Kind.ORDERED, Kind.EXITED} <= kinds(run)
    assert run.outcomes["exited"].reason == "order_placed"


def test_an_order_after_the_launch_s_end_is_none_of_its_orders() -> None:
    shop = Shop()
    shop.member()
    launch = a_launch(products=("first-flush",))
    shop.announced(launch)
    waiting = shop.run("early_access")
    shop.runs.save(waiting, replace(waiting, first_allowed_at=START, status=Status.ENDED, due_at=None, step=None))
    shop.now = launch.ends_at + 30 * DAY

    shop.stored("ann", an_order("o1", shop.now, products=("mug",)))

    assert not {Kind.ORDERED, Kind.CONVERTED} & kinds(shop.run("early_access"))


def test_an_ended_run_of_a_retired_version_does_no_harm() -> None:
    shop = Shop()
    over = {"status": Status.ENDED, "step": None, "due_at": None, "first_allowed_at": START}
    old = replace(an_enrollment(), journey="abandoned_cart", journey_version=999, **over)  # type: ignore[arg-type]
    shop.runs.create(old)

    shop.stored("ann", an_order("o1", START))

    assert {run.journey for run in shop.runs.of("ann").enrollments if run.due_at} == {"win_back", "nps_survey"}


def test_an_order_is_attributed_to_one_run_however_late_the_clicks_are_told() -> None:
    shop = Shop()
    order = an_order("o1", START + 2 * HOUR)
    clicked = Outcome("clicked#a", Kind.CLICKED, START, step="reminder")
    touched, other = (
        an_enrollment(
            workflows.versions()["abandoned_cart", 1], occurrence=cart, subject=cart, first_allowed_at=START - DAY,
            status=Status.ENDED, step=None, due_at=None, outcomes={clicked.id: clicked} if cart == "k1" else {},
        )
        for cart in ("k1", "k2")
    )  # fmt: skip
    shop.runs.create(touched)
    shop.runs.create(other)
    shop.now = START + 2 * HOUR

    shop.stored("ann", order)
    late = Outcome("clicked#b", Kind.CLICKED, START + HOUR, step="reminder")
    shop.runs.add_outcome("ann", other.id, late)
    shop.enroll("ann", None, order)

    credited = [run for run in shop.all_runs() if Kind.ATTRIBUTED in kinds(run)]
    assert len(credited) == 1


def test_a_record_that_comes_again_changes_nothing() -> None:
    shop = Shop()
    shop.stored("ann", a_cart("k1", START))
    order = an_order("o1", START + HOUR, cart_id="k1")
    shop.now = START + HOUR
    shop.stored("ann", order)
    before = dict(shop.runs.enrollments), dict(shop.runs.standings)

    for _ in range(3):
        shop.enroll("ann", None, order)

    assert (shop.runs.enrollments, shop.runs.standings) == before


@pytest.mark.parametrize("refunded", [0, 500])
def test_a_refund_is_no_second_order(refunded: int) -> None:
    shop = Shop()
    first = an_order("o1", START)
    shop.stored("ann", first)
    before = dict(shop.runs.enrollments)

    shop.stored("ann", replace(first, at=START + HOUR, refunded=refunded), first)

    assert shop.runs.enrollments == before
    standing = shop.runs.standings["ann"]
    assert (standing.orders, standing.revenue) == (1, {"USD": 2000 - refunded})


LARGE = an_order("o1", START, 9_000_000)
"""It makes its customer gold."""


def announced_to_gold() -> Shop:
    """A shop in which a launch was announced to customers of the tier gold, and its audience handled."""
    shop = Shop()
    shop.stored("", a_launch(segment="gold"))
    shop.queue.messages.clear()
    return shop


def test_who_joins_the_segment_of_an_announced_launch_is_invited_to_it() -> None:
    shop = announced_to_gold()

    shop.stored("ann", an_order("o1", START, 2_000))
    assert shop.queue.messages == []

    shop.stored("ann", an_order("o2", START, 9_000_000))
    (message,) = shop.queue.messages
    assert message.body == {"launch": a_launch().id, "start": None, "members": ["ann"]}

    shop.stored("ann", an_order("o3", START, 9_000_000))
    assert len(shop.queue.messages) == 1


def test_who_joined_as_the_process_died_is_invited_when_the_record_comes_again() -> None:
    shop = announced_to_gold()
    shop.facts.put("ann", LARGE)
    shop.runs.join("ann", ["gold"])  # and no more

    shop.enroll("ann", None, LARGE)

    assert len(shop.queue.messages) == 1


def test_who_joins_by_history_is_not_invited() -> None:
    shop = announced_to_gold()
    shop.facts.put("ann", LARGE)

    shop.enroll("ann", None, LARGE, past=True)

    assert shop.queue.messages == []


def test_a_launch_is_announced_to_its_audience_once_a_version() -> None:
    shop = Shop()
    launch = a_launch()

    shop.stored("", launch)
    shop.stored("", replace(launch, at=START + HOUR), launch)
    shop.enroll("", launch, launch)

    assert shop.queue.bodies == [{"launch": "spring", "start": None}] * 2


def test_a_history_of_years_enrolls_nobody() -> None:
    shop = Shop()

    shop.stored("ann", an_order("o1", START - 400 * DAY))

    assert shop.runs.of("ann").enrollments == ()
