"""Whatever is told twice, late or handled again, a cart has one open run at most, about the right occasion."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from hypothesis import given, note
from hypothesis import strategies as st

import workflows
from chalicelib.domain.facts.cart import Cart, Line
from chalicelib.domain.facts.fact import Fact
from chalicelib.domain.facts.order import Order
from chalicelib.domain.journeys.engine import Deliver, advance
from chalicelib.domain.journeys.outcomes import Kind
from chalicelib.domain.journeys.policy import Policy
from chalicelib.domain.journeys.run import Enrollment, Status
from chalicelib.domain.journeys.situation import Situation
from chalicelib.domain.money import Money
from chalicelib.services.enroll import Enroll
from tests.builders import START, an_order
from tests.fakes import FakeCommerce, FakeEngagement, FakeQueue, in_memory

pytestmark = pytest.mark.journeys("abandoned_cart")
MINUTE = timedelta(minutes=1)
STEP = 10 * MINUTE


Course = tuple[list[Cart], list[tuple[int, Order]]]
"""Versions of a cart, and the orders of it, each with the number of the version that was ordered."""


@dataclass
class Teller:
    """Tells facts of Ann's one cart, and handles their records when a test says so."""

    facts: FakeCommerce = field(default_factory=FakeCommerce)
    runs: FakeEngagement = field(default_factory=FakeEngagement)
    records: list[tuple[Fact | None, Fact]] = field(default_factory=list)
    handled: list[tuple[Fact | None, Fact]] = field(default_factory=list)
    latest: Fact | None = None
    now: datetime = START + timedelta(hours=2)

    def tell(self, fact: Fact) -> None:
        """Store it; only a newer version has a record."""
        old = self.latest if isinstance(fact, Cart) else None
        if self.facts.put("ann", fact):
            self.latest = fact if isinstance(fact, Cart) else self.latest
            self.records.append((old, fact))

    def handle(self, again: int = 0) -> None:
        """Handle the records since the last time, after the ``again`` last ones of before."""
        due = [*self.handled[len(self.handled) - again :], *self.records] if again else list(self.records)
        enroll = in_memory(
            Enroll, self.facts, self.runs, audience=FakeQueue(), journeys=workflows.versions(),
            current=workflows.current(), policy=Policy(), clock=lambda: self.now, merge=print, erase=print,
        )  # fmt: skip
        for old, new in due:
            enroll("ann", old, new)
            assert len(self.open) <= 1
        self.handled += self.records
        self.records = []

    @property
    def of_cart(self) -> list[Enrollment]:
        """The cart's runs, the earliest first."""
        runs = self.runs.of("ann").enrollments
        return sorted((run for run in runs if run.journey == "abandoned_cart"), key=lambda run: run.entered_at)

    @property
    def open(self) -> list[Enrollment]:
        """Those that have not ended."""
        return [run for run in self.of_cart if run.status is not Status.ENDED]

    def sends(self, policy: Policy) -> bool:
        """Whether a reminder goes two days later."""
        known, journey = self.facts.of("ann"), workflows.versions()["abandoned_cart", 1]
        situations = [Situation(run, known, START + timedelta(days=2), policy) for run in self.open]
        return any(isinstance(advance(journey, situation)[1], Deliver) for situation in situations)


def a_version(number: int, products: str) -> Cart:
    """The cart at that step, with a piece of each product; more if it is named more often."""
    pieces = {product: products.count(product) for product in products}
    lines = tuple(Line(product, product, count) for product, count in pieces.items())
    return Cart("k", START + number * STEP, Money(0, "USD"), lines)


@st.composite
def courses(draw: st.DrawFn) -> Course:
    """Versions of a cart, ten minutes apart, and four minutes after some of them the order of it."""
    contents = draw(st.lists(st.sampled_from(["", "a", "aa", "b", "ab", "abc", "c"]), min_size=1, max_size=6))
    versions = [a_version(number, products) for number, products in enumerate(contents)]
    orders = [
        (number, an_order(f"o{number}", cart.at + 4 * MINUTE, cart_id="k", products=tuple(contents[number])))
        for number, cart in enumerate(versions)
        if bool(cart.lines) and draw(st.booleans())
    ]  # fmt: skip
    return versions, orders


def in_time(course: Course) -> Teller:
    """All is told in its own order, once, and handled at once."""
    versions, orders = course
    teller = Teller()
    for number, cart in enumerate(versions):
        for fact in (cart, *(order for after, order in orders if after == number)):
            teller.tell(fact)
            teller.handle()
    return teller


def told_anyhow(data: st.DataObject, course: Course, *, before_their_carts: bool) -> Teller:
    """Versions in their order, orders at any time (after their carts' versions, or also before), all of it again and
    again, and records handled late and again."""
    versions, orders = course
    deliveries: list[Fact] = list(versions)
    for number, order in orders:
        earliest = 0 if before_their_carts else deliveries.index(versions[number]) + 1
        deliveries.insert(data.draw(st.integers(earliest, len(deliveries)), "when the order is told"), order)
    for fact in data.draw(st.lists(st.sampled_from(deliveries), max_size=3), "told again"):
        deliveries.insert(data.draw(st.integers(deliveries.index(fact), len(deliveries))), fact)

    teller = Teller()
    for fact in deliveries:
        teller.tell(fact)
        if data.draw(st.booleans(), "handled now"):
            teller.handle(data.draw(st.integers(0, len(teller.handled)), "handled again"))
    teller.handle()
    note(f"told {[_short(fact) for fact in deliveries]}, handled {[_short(new) for _, new in teller.handled]}")
    note(str([(run.occurrence, run.since, run.end) for run in teller.of_cart]))
    return teller


def _short(fact: Fact) -> str:
    held = [line.product * line.quantity for line in fact.lines] if isinstance(fact, Cart) else fact
    return f"{fact.at:%M} {held if isinstance(fact, Cart) else 'order'}"


@given(st.data(), courses())
def test_late_orders_repetitions_and_late_or_repeated_records_change_no_reminder(
    data: st.DataObject, course: Course
) -> None:
    """What was just bought is left out, however often the cart came back to it before the order was told."""
    teller = told_anyhow(data, course, before_their_carts=False)

    assert teller.sends(Policy()) == in_time(course).sends(Policy())


@given(st.data(), courses())
def test_no_order_of_telling_makes_a_reminder_more(data: st.DataObject, course: Course) -> None:
    policy = Policy(just_bought=timedelta(0))  # it hides no difference
    teller = told_anyhow(data, course, before_their_carts=True)

    assert teller.sends(policy) <= in_time(course).sends(policy)


@given(courses())
def test_no_occasion_begins_with_only_what_its_cart_s_last_order_was_of(
    course: Course,
) -> None:
    versions, orders = course

    runs = in_time(course).of_cart

    by_time = {cart.at: number for number, cart in enumerate(versions)}
    for run in runs[1:]:
        begun = by_time[run.entered_at]
        after, order = max(
            [(n, order) for n, order in orders if n < begun], default=(-1, None), key=lambda each: each[0]
        )
        if order and all(cart.lines for cart in versions[after + 1 : begun]):
            assert not versions[begun].holds_only(order.products)


@given(courses())
def test_an_open_run_owns_every_change(course: Course) -> None:
    versions, _ = course

    runs = in_time((versions, [])).of_cart

    filled = [cart.at for before, cart in zip([None, *versions], versions, strict=False) if _is_filled(before, cart)]
    assert [run.entered_at for run in runs] == filled


def _is_filled(before: Cart | None, cart: Cart) -> bool:
    return bool(cart.lines) and not (before and before.lines)


@given(courses())
def test_all_records_handled_once_more_change_nothing(course: Course) -> None:
    teller = in_time(course)
    before = dict(teller.runs.enrollments)

    teller.handle(again=len(teller.handled))

    assert teller.runs.enrollments == before


def test_a_run_that_failed_leaves_the_next_change_to_a_new_one() -> None:
    teller = Teller()
    teller.tell(a_version(0, "a"))
    teller.handle()
    (first,) = teller.open
    teller.runs.save(first, first.ended(START + 5 * MINUTE, "poison", Kind.FAILED))

    teller.tell(a_version(1, "ab"))
    teller.handle()

    assert [each.occurrence for each in teller.open] == ["k@2026-03-02T10:10:00.000Z"]


def test_the_order_of_an_imported_cart_begins_nothing() -> None:
    teller = Teller()
    teller.facts.put("ann", a_version(2, "ab"), past=True)

    teller.tell(an_order("o1", START, cart_id="k", products=("a",)))
    teller.handle()

    assert teller.of_cart == []
