"""What holds for any journey, any history and any timers, however late: Hypothesis looks for what breaks it.

A small interpreter plays dispatch's part with the domain's own functions, on one customer with up to three journeys.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from itertools import count, cycle, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.facts.answer import Answer
from chalicelib.domain.facts.consent import Purpose, Unsubscription
from chalicelib.domain.facts.customer import Customer
from chalicelib.domain.facts.facts import Facts
from chalicelib.domain.facts.order import Order, OrderPlaced
from chalicelib.domain.journeys.contacts import Contact, Contacts, FirstMessage
from chalicelib.domain.journeys.eligibility import Allowed, judge
from chalicelib.domain.journeys.engine import Deliver, advance, enroll, rest
from chalicelib.domain.journeys.experiment import Arm
from chalicelib.domain.journeys.journey import (
    MARKETING,
    SERVICE,
    SKIP,
    At,
    Branch,
    CoolDown,
    Defer,
    Goal,
    Journey,
    Notify,
    On,
    OrderCancelled,
    OrderFulfilled,
    Send,
    Split,
    Step,
    SurveyAnswered,
    Unknown,
    Wait,
    Weekday,
    days,
    every_step,
    hours,
    minutes,
)
from chalicelib.domain.journeys.outcomes import Kind
from chalicelib.domain.journeys.policy import Policy
from chalicelib.domain.journeys.run import Enrollment, Status
from chalicelib.domain.journeys.settlement import (
    claimed,
    judged,
    parked,
    recovered,
    refused,
    revived,
    sent,
    sent_outcome,
)
from chalicelib.domain.journeys.situation import Situation
from tests.builders import START, a_customer, an_answer, an_order, facts

ZONES = [None, "Asia/Seoul", "Asia/Tokyo", "America/New_York", "Australia/Lord_Howe"]
SETTLED = (Kind.SENT, Kind.WITHHELD, Kind.SUPPRESSED, Kind.FAILED, Kind.ABANDONED)
MOST_WAKE_UPS = 1000
EXIT = On(OrderPlaced) | On(OrderCancelled, key="order_id")


# Any journey


def always(situation: Situation) -> bool:
    return True


def never(situation: Situation) -> bool:
    return False


def is_answered(situation: Situation) -> bool:
    return bool(situation.facts.answers)


def is_an_odd_hour(situation: Situation) -> bool:
    return situation.now.hour % 2 == 1


def so_long_after_the_start(number: int) -> Callable[[Situation], datetime | None]:
    return lambda situation: START + hours(number)


predicates = st.sampled_from([always, never, is_answered, is_an_odd_hour])
durations = st.sampled_from([minutes(1), minutes(90), hours(12), days(1), days(3), days(14)])
clock_times = st.sampled_from([time(9), time(2, 30), time(21, 30)])
awaited = st.sampled_from([On(OrderFulfilled, key="order_id"), On(SurveyAnswered, key="order_id") | On(OrderPlaced)])

waits_of_a_duration = st.builds(Wait, st.just("-"), durations)
any_wait = st.one_of(
    waits_of_a_duration,
    st.builds(Wait, st.just("-"), durations, since=st.just("trigger")),
    st.builds(Wait, st.just("-"), since=st.integers(0, 1000).map(so_long_after_the_start)),
    st.builds(Wait, st.just("-"), st.builds(At, clock_times, st.none() | st.sampled_from(list(Weekday)))),
    st.builds(Wait, st.just("-"), awaited, timeout=durations),
)
defers = st.sampled_from([SKIP, Defer(hours(24)), Defer(days(3))])
sends = st.builds(Send, st.just("-"), st.just("t"), when=st.none() | predicates, capped=defers)
notices = st.builds(Notify, st.just("-"), st.just("n"), st.none() | predicates)


def steps_with(waits: st.SearchStrategy[Wait]) -> st.SearchStrategy[tuple[Step, ...]]:
    """Steps without their names, at least one message among them; before each message is a wait of its own."""
    message = st.tuples(waits, st.one_of(sends, sends, sends, notices))
    perhaps = st.lists(message, max_size=2).map(lambda pairs: tuple(step for pair in pairs for step in pair))
    way = st.lists(message, min_size=1, max_size=2).map(lambda pairs: tuple(step for pair in pairs for step in pair))
    some = st.one_of(
        message,
        message,
        st.builds(lambda when, *ways: (Branch("-", when, *ways),), predicates, way, perhaps),
        st.builds(lambda x, y: (Split("-", {"x": x, "y": y}),), way, perhaps),
    )
    many = st.tuples(message, st.lists(some, max_size=2), message)
    return many.map(lambda parts: (*parts[0], *(step for part in parts[1] for step in part), *parts[2]))


def named(steps: tuple[Step, ...], names: Iterator[str]) -> tuple[Step, ...]:
    """The steps, each with a name of its own."""
    found: list[Step] = []
    for step in steps:
        match step:
            case Branch():
                then, otherwise = named(step.then, names), named(step.otherwise, names)
                found.append(replace(step, name=next(names), then=then, otherwise=otherwise))
            case Split():
                variants = {name: named(inner, names) for name, inner in step.variants.items()}
                found.append(replace(step, name=next(names), variants=variants))
            case _:
                found.append(replace(step, name=next(names)))
    return tuple(found)


def journeys(waits: st.SearchStrategy[Wait] = any_wait, key: str = "one") -> st.SearchStrategy[Journey]:
    """Valid journeys that an order begins."""

    def with_steps(journey: Journey, steps: tuple[Step, ...]) -> Journey:
        return replace(journey, steps=named(steps, (f"step_{number}" for number in count())))

    journey = st.builds(
        Journey,
        key=st.just(key),
        version=st.just(1),
        purpose=st.sampled_from([MARKETING, MARKETING, SERVICE]),
        enroll=st.just(On(OrderPlaced, key="order_id")),
        steps=st.just((Send("send", "t"),)),
        exit=st.none() | st.just(EXIT),
        goal=st.just(Goal(OrderPlaced, within=days(10_000))),
        holdout=st.sampled_from([0.0, 0.5, 1.0]),
        reentry=st.sampled_from([CoolDown(days(0)), CoolDown(days(7))]),
        priority=st.integers(0, 3),
        unknown=st.sampled_from(list(Unknown)),
    )
    return st.builds(with_steps, journey, steps_with(waits))


# Any history


@dataclass(frozen=True)
class History:
    """What becomes known of Ann, and when."""

    customer: Customer
    arrivals: tuple[tuple[datetime, Order | Answer | Unsubscription], ...]

    def at(self, now: datetime) -> Facts:
        """What is known by now; of two versions of a thing the one that came later."""
        return facts(self.customer, an_order(), *(thing for arrived, thing in self.arrivals if arrived <= now))

    def is_over(self, now: datetime) -> bool:
        """An order other than the first, after it, or the first one's cancellation is known."""
        orders = [thing for arrived, thing in self.arrivals if arrived <= now and isinstance(thing, Order)]
        first = next((order for order in reversed(orders) if order.id == "order-1"), None)
        others = [order for order in orders if order.id != "order-1"]
        return any(order.placed_at >= START for order in others) or bool(first and first.cancelled_at)

    def has_refused(self, purpose: Purpose, now: datetime) -> bool:
        """An unsubscribe from this purpose is known."""
        return any(
            isinstance(thing, Unsubscription) and thing.purpose is purpose
            for arrived, thing in self.arrivals
            if arrived <= now
        )


HAPPENINGS = ["order", "fulfilled", "cancelled", "answer", "no_ads", "no_service"]


def history_of(customer: Customer, happened: list[tuple[int, str]]) -> History:
    """Orders, a fulfilment, a cancellation, an answer, refusals, each so many hours after the start; all at once."""
    found: list[tuple[datetime, Order | Answer | Unsubscription]] = []
    order = an_order()
    for hour, what in sorted(happened):
        at = START + hours(hour)
        match what:
            case "fulfilled":
                order = replace(order, fulfilled_at=at, at=at)
                found.append((at, order))
            case "cancelled":
                order = replace(order, cancelled_at=at, at=at)
                found.append((at, order))
            case "order":
                found.append((at, an_order(f"order-{hour + 2}", at)))
            case "answer":
                found.append((at, an_answer(at=at)))
            case _:
                found.append((at, Unsubscription(MARKETING if what == "no_ads" else SERVICE, at)))
    return History(customer, tuple(found))


histories = st.builds(
    history_of,
    st.builds(a_customer, consent=st.sampled_from([True, True, True, False, None]), zone=st.sampled_from(ZONES)),
    st.lists(st.tuples(st.integers(0, 1500), st.sampled_from(HAPPENINGS)), max_size=4),
)
delays = st.lists(
    st.sampled_from([timedelta(0), timedelta(0), timedelta(seconds=37), hours(3), days(2), days(40)]),
    min_size=1,
    max_size=8,
)
FATES = ["sent", "sent", "refused", "throttled", "lost", "lost_but_told", "never"]
fates = st.lists(st.sampled_from(FATES), max_size=8)
faults = st.lists(st.sampled_from([0, 0, 1, 5]), max_size=4).map(
    lambda numbers: [turn < number for number in numbers for turn in range(number + 1)]
)
"""At which wake-ups a run cannot be handled: now and then once, now and then until it has failed."""


# The interpreter


@dataclass(frozen=True)
class Attempt:
    """A message that was handed to the mail service; ``accepted`` tells what it made of it."""

    run: str
    step: str
    send_id: str
    at: datetime
    purpose: Purpose
    is_notice: bool
    accepted: bool


@dataclass
class World:
    """One customer's runs, played by the domain's functions until all have ended.

    ``faults``: which wake-ups find a run that cannot be handled, and ``blind``: how many of those that find it sending;
    ``retries``: how many times the team has a failed run tried again, two days after all was over.
    """

    journeys: tuple[Journey, ...]
    history: History
    delays: list[timedelta]
    fates: list[str]
    policy: Policy = Policy()  # noqa: RUF009 - frozen itself
    arm: Arm | None = None
    faults: list[bool] = field(default_factory=list)
    blind: int = 0
    retries: int = 0
    now: datetime = START
    contacts: Contacts = Contacts()  # noqa: RUF009 - frozen itself
    runs: dict[str, Enrollment] = field(default_factory=dict)
    attempts: list[Attempt] = field(default_factory=list)
    reached: set[tuple[str, str]] = field(default_factory=set)
    wake_ups: int = 0

    def play(self) -> "World":
        """Begin every journey and wake its run whenever it is due, or later, until nothing is."""
        for journey in self.journeys:
            event = OrderPlaced("order-1", START, an_order())
            run = enroll(journey, event, "ann", self.history.at(START), START, self.policy)
            assert run is not None
            self._keep(replace(run, arm=self.arm or run.arm))
        late = cycle(self.delays)
        while dues := [run.due_at for run in self.runs.values() if run.due_at is not None] or self._retried():
            self.wake_ups += 1
            assert self.wake_ups < MOST_WAKE_UPS, "it does not end"
            self.now = max(min(dues), self.now) + next(late)
            for journey in sorted(self.journeys, key=lambda each: -each.priority):
                run = self.runs[journey.key]
                if run.due_at is not None and run.due_at <= self.now:
                    self._wake(journey, run)
        return self

    def accepted(self, run: str | None = None, *, notices: bool = False) -> list[Attempt]:
        """The messages that really went to the customer (of one run), in order."""
        wanted = [each for each in self.attempts if each.accepted and (notices or not each.is_notice)]
        return [each for each in wanted if run in (None, each.run)]

    def _retried(self) -> list[datetime]:
        """The team has the first failed run tried again: when that is due."""
        failed = [run for run in self.runs.values() if Kind.FAILED in run.outcomes]
        if not failed or not self.retries:
            return []
        self.retries -= 1
        self._keep(revived(failed[0], self.now + days(2)))
        return [self.now + days(2)]

    def _wake(self, journey: Journey, run: Enrollment) -> None:
        if self._is_unreadable(run):
            self._keep(parked(run, self.now, self.policy, "unreadable_facts"))
            return
        situation = Situation(run, self.history.at(self.now), self.now, self.policy, self.contacts)
        if run.status is Status.SENDING:
            self._keep(recovered(journey, situation))
            return
        ahead, decision = advance(journey, situation)
        if not isinstance(decision, Deliver):
            self._keep(rest(journey, situation))
            return
        here = replace(situation, enrollment=ahead)
        if isinstance(decision.message, Send):
            self.reached.add((journey.key, decision.message.name))
            verdict = judge(journey, decision.message, here)
            if not isinstance(verdict, Allowed):
                self._keep(judged(journey, here, verdict))
                return
        self._send(journey, here, is_notice=isinstance(decision.message, Notify))

    def _is_unreadable(self, run: Enrollment) -> bool:
        if run.status is Status.SENDING:
            self.blind -= 1
            return self.blind >= 0
        return bool(self.faults) and self.faults.pop(0)

    def _send(self, journey: Journey, here: Situation, is_notice: bool) -> None:
        fate = self.fates.pop(0) if self.fates else "sent"
        claim = claimed(here.enrollment, self.now, self.policy.lease, to_customer=not is_notice)
        claim = self._keep(claim, is_notice)
        accepted = fate in ("sent", "lost", "lost_but_told")
        self.attempts.append(
            Attempt(journey.key, claim.step or "", claim.send_id, self.now, journey.purpose, is_notice, accepted)
        )
        match fate:
            case "sent":
                self._keep(sent(journey, replace(here, enrollment=claim)), is_notice)
            case "refused" | "throttled":
                self._forget(claim)
                self._keep(refused(claim, self.now, self.policy, fate, for_now=fate == "throttled"))
            case "lost_but_told":
                self._keep(claim.with_outcome(sent_outcome(claim.send_id, claim.step, self.now)), is_notice)
            case _:
                pass  # nobody knows; the lease brings it back

    def _keep(self, run: Enrollment, is_notice: bool = False) -> Enrollment:
        assert (run.due_at is None) == (run.status is Status.ENDED) == (run.step is None)
        kept = replace(run, version=run.version + 1)
        self.runs[run.journey] = kept
        purpose = next(journey.purpose for journey in self.journeys if journey.key == run.journey)
        if run.status is Status.SENDING and not is_notice:
            self.contacts = self.contacts.with_contact(Contact(run.send_id, self.now, purpose))
        if run.first_allowed_at:
            self.contacts = self.contacts.with_run(FirstMessage(run.journey, run.occurrence, run.first_allowed_at))
        return kept

    def _forget(self, run: Enrollment) -> None:
        kept = tuple(contact for contact in self.contacts.contacts if contact.send_id != run.send_id)
        self.contacts = replace(self.contacts, contacts=kept)


several = st.tuples(journeys(key="one"), journeys(key="two"))
worlds = st.builds(
    World,
    several,
    histories,
    delays,
    fates,
    faults=faults,
    blind=st.sampled_from([0, 2, 5, 10]),
    retries=st.integers(0, 3),
)
single = st.tuples(journeys())


def local_hour(at: datetime, customer: Customer) -> int:
    return at.astimezone(ZoneInfo(customer.zone or "UTC")).hour


# What always holds


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


# Never two at once


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


# The two arms are the same people


def arms(journey: Journey, history: History, late: list[timedelta], policy: Policy) -> tuple[object, object]:
    """When each step was sent to the treated, and withheld from the held-out twin."""
    treated, held_out = (World((journey,), history, late, [], policy, arm).play() for arm in (Arm.TREATED, Arm.HOLDOUT))
    went = [(each.step, each.at) for each in treated.accepted()]
    withheld = [each for each in held_out.runs["one"].outcomes.values() if each.kind is Kind.WITHHELD]
    return went, [(each.step, each.at) for each in withheld]


@given(journeys(), histories, delays)
def test_the_holdout_is_withheld_exactly_where_the_treated_twin_is_sent(
    journey: Journey, history: History, late: list[timedelta]
) -> None:
    sent_at, withheld_at = arms(journey, history, late, Policy(caps=()))

    assert sent_at == withheld_at


@pytest.mark.parametrize("capped", [SKIP, Defer(hours(24))])
def test_the_twins_own_earlier_message_counts_against_the_cap_in_both_arms(capped: Defer) -> None:
    """The second message comes within a day of the first: the treated is capped, and so must be the twin."""
    journey = Journey(
        key="one",
        version=1,
        purpose=MARKETING,
        enroll=On(OrderPlaced, key="order_id"),
        steps=(Send("a", "a"), Wait("w", hours(6)), Send("b", "b", capped=capped)),
    )

    sent_at, withheld_at = arms(journey, History(a_customer(), ()), [timedelta(0)], Policy())

    assert sent_at == withheld_at
