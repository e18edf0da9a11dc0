"""How a run begins, and what each kind of step makes of it: every decision at a given moment, on given facts."""

from collections import Counter
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

import pytest

from chalicelib.domain.facts.answer import SurveyAnswered
from chalicelib.domain.facts.cart import CartChanged
from chalicelib.domain.facts.fact import Event
from chalicelib.domain.facts.facts import Facts
from chalicelib.domain.facts.launch import LaunchAnnounced
from chalicelib.domain.facts.order import OrderPlaced
from chalicelib.domain.journeys.contacts import Contacts, FirstMessage
from chalicelib.domain.journeys.engine import Deliver, Exit, Sleep, advance, enroll, rest
from chalicelib.domain.journeys.experiment import Arm
from chalicelib.domain.journeys.journey import (
    MARKETING,
    ONCE,
    At,
    Branch,
    CartEmptied,
    CoolDown,
    Journey,
    LaunchEnded,
    LaunchWithdrawn,
    Notify,
    On,
    OrderFulfilled,
    Send,
    Split,
    Step,
    Wait,
    Weekday,
    days,
    hours,
    minutes,
)
from chalicelib.domain.journeys.moments import has_lines
from chalicelib.domain.journeys.outcomes import Kind
from chalicelib.domain.journeys.policy import Policy
from chalicelib.domain.journeys.run import Enrollment, Status, enrollment_id
from chalicelib.domain.journeys.settlement import claimed, sent
from chalicelib.domain.journeys.situation import Situation
from tests.builders import (
    START,
    a_cart,
    a_customer,
    a_launch,
    a_situation,
    an_answer,
    an_enrollment,
    an_order,
    facts,
    outcomes_of,
    utc,
)

A, B = Send("a", "a"), Send("b", "b")
ORDERED = OrderPlaced("order-1", START, an_order())


def a_journey(*steps: Step, **more: Any) -> Journey:
    """A journey that an order begins."""
    given: dict[str, Any] = {"purpose": MARKETING, "enroll": On(OrderPlaced, key="order_id"), "steps": steps}
    return Journey(key="hello", version=1, **(given | more))


def yes(situation: Situation) -> bool:
    return True


def no(situation: Situation) -> bool:
    return False


def at_noon_of_the_fourth(situation: Situation) -> datetime | None:
    return utc("2026-03-04 12:00")


def before(journey: Journey, step: str, **more: Any) -> Enrollment:
    """A run of this journey that is about to run this step."""
    return an_enrollment(journey, step=step, **more)


def decide(journey: Journey, run: Enrollment, known: Facts | None = None, now: datetime = START, **more: Any) -> Any:
    """What the run does next."""
    return advance(journey, a_situation(run, known, now, **more))[1]


# Beginning


def test_an_order_begins_a_run_that_waits_for_its_first_step() -> None:
    journey = a_journey(Wait("w", days(2)), A)

    run = enroll(journey, ORDERED, "ann", facts(an_order()), START, Policy())

    assert run is not None
    assert (run.step, run.due_at, run.status, run.subject) == ("w", START + days(2), Status.WAITING, "order-1")
    assert list(run.outcomes) == ["enrolled"]


def test_a_run_whose_first_step_is_a_message_is_due_at_once() -> None:
    run = enroll(a_journey(A), ORDERED, "ann", facts(an_order()), START, Policy())

    assert run is not None
    assert (run.step, run.due_at) == ("a", START)


def test_another_event_begins_nothing() -> None:
    answered = SurveyAnswered("order-1", START, an_answer())

    assert enroll(a_journey(A), answered, "ann", facts(), START, Policy()) is None


def test_an_event_that_its_predicate_refuses_begins_nothing() -> None:
    journey = a_journey(A, enroll=On(CartChanged, key="cart_id", when=has_lines))
    empty = CartChanged("cart-1", START, a_cart(lines=0))

    assert enroll(journey, empty, "ann", facts(), START, Policy()) is None


def test_a_run_that_is_over_before_it_begins_ends_at_once_and_says_why() -> None:
    journey = a_journey(Wait("w", days(2)), A, exit=On(OrderPlaced))
    later = an_order("order-2", START + hours(1))

    run = enroll(journey, ORDERED, "ann", facts(an_order(), later), START + hours(2), Policy())

    assert run is not None
    assert (run.status, run.due_at, run.step) == (Status.ENDED, None, None)
    assert outcomes_of(run) == [(Kind.EXITED, "w", "order_placed")]


@pytest.mark.parametrize(("late", "begins"), [(timedelta(days=5), True), (timedelta(days=5, milliseconds=1), False)])
def test_a_fact_whose_first_step_was_due_longer_ago_than_the_grace_begins_nothing(
    late: timedelta, begins: bool
) -> None:
    journey = a_journey(Wait("w", days(2)), A, grace=days(3))

    run = enroll(journey, ORDERED, "ann", facts(an_order()), START + late, Policy())

    assert (run is not None) is begins


def test_once_ever_means_one_run_whatever_the_event() -> None:
    journey = a_journey(A, reentry=ONCE)
    again = OrderPlaced("order-2", START, an_order("order-2"))

    runs = [enroll(journey, event, "ann", facts(), START, Policy()) for event in (ORDERED, again)]

    assert len({run.id for run in runs if run}) == 1
    assert [run.subject for run in runs if run] == ["order-1", "order-2"]


def test_runs_of_two_keys_and_of_two_journeys_are_told_apart() -> None:
    ids = {enrollment_id(*pair) for pair in [("one", "x"), ("one", "y"), ("two", "x"), ("on", "ex")]}

    assert len(ids) == 4


def test_an_id_from_a_shop_is_safe_in_a_key_whatever_it_looks_like() -> None:
    assert enrollment_id("hello", "주문 #1|x\n").removeprefix("hello#").isalnum()


# Waiting for a time


def test_a_wait_counts_from_when_the_step_before_it_ran() -> None:
    journey = a_journey(A, Wait("w", days(2)), B)
    ran_late = before(journey, "w", ran_at=START + days(9))

    assert decide(journey, ran_late, now=START + days(9)) == Sleep(START + days(11))
    assert decide(journey, ran_late, now=START + days(11)) == Deliver(B)


def test_a_late_wake_up_makes_two_waits_in_a_row_follow_each_other() -> None:
    """The second counts from when the first ran, which was late."""
    journey = a_journey(Wait("w1", days(1)), Wait("w2", days(1)), A)

    assert decide(journey, before(journey, "w1"), now=START + days(9)) == Sleep(START + days(10))


def test_a_wait_since_the_trigger_counts_from_the_event_itself() -> None:
    journey = a_journey(Wait("w", days(2), since="trigger"), A)
    run = before(journey, "w", ran_at=START + days(1))

    assert decide(journey, run) == Sleep(START + days(2))


def test_a_wait_since_the_last_activity_goes_on_as_long_as_the_cart_changes() -> None:
    journey = a_journey(Wait("w", hours(24), since="activity"), A, enroll=On(CartChanged, key="cart_id"))
    run = before(journey, "w", subject="cart-1")
    changed = facts(a_cart(at=START + hours(20)))

    assert decide(journey, run, changed, now=START + hours(24)) == Sleep(START + hours(44))
    assert decide(journey, run, changed, now=START + hours(44)) == Deliver(A)


def test_an_older_version_of_the_cart_makes_nothing_due_earlier() -> None:
    journey = a_journey(Wait("w", hours(24), since="activity"), A, enroll=On(CartChanged, key="cart_id"))
    run = before(journey, "w", subject="cart-1")

    assert decide(journey, run, facts(a_cart(at=START - days(3)))) == Sleep(START + hours(24))


def test_another_carts_activity_is_nothing_to_this_run() -> None:
    journey = a_journey(Wait("w", hours(24), since="activity"), A, enroll=On(CartChanged, key="cart_id"))
    run = before(journey, "w", subject="cart-1")

    assert decide(journey, run, facts(a_cart("cart-2", START + hours(20)))) == Sleep(START + hours(24))


def test_a_wait_since_a_moment_of_the_facts_counts_from_there() -> None:
    journey = a_journey(Wait("w", hours(1), since=at_noon_of_the_fourth), A)

    assert decide(journey, before(journey, "w")) == Sleep(utc("2026-03-04 13:00"))


def test_a_moment_that_nobody_knows_counts_from_the_step_before() -> None:
    def unknown(situation: Situation) -> datetime | None:
        return None

    journey = a_journey(Wait("w", hours(1), since=unknown), A)

    assert decide(journey, before(journey, "w")) == Sleep(START + hours(1))


def test_what_waits_for_a_moment_that_was_over_when_the_last_message_went_comes_too_late_and_is_left_out() -> None:
    journey = a_journey(A, Wait("w", since=at_noon_of_the_fourth), B)
    sent_after_noon = before(journey, "w", message_at=utc("2026-03-04 12:00"), ran_at=utc("2026-03-04 12:00"))

    run, decision = advance(journey, a_situation(sent_after_noon, now=utc("2026-03-04 12:30")))

    assert decision == Exit("completed")
    assert outcomes_of(run) == [(Kind.SUPPRESSED, "b", "too_late")]


def test_what_waits_for_a_moment_after_the_last_message_goes() -> None:
    journey = a_journey(A, Wait("w", since=at_noon_of_the_fourth), B)
    run = before(journey, "w", message_at=utc("2026-03-04 11:59"), ran_at=utc("2026-03-04 11:59"))

    assert decide(journey, run, now=utc("2026-03-04 12:00")) == Deliver(B)


def test_a_moment_that_was_missed_stays_missed_through_a_wait_of_no_length() -> None:
    journey = a_journey(A, Wait("w1", since=at_noon_of_the_fourth), Wait("w2"), B)
    run = before(journey, "w1", message_at=utc("2026-03-04 13:00"), ran_at=utc("2026-03-04 13:00"))

    assert decide(journey, run, now=utc("2026-03-04 13:00")) == Exit("completed")


# Waiting for the recipient's clock


@pytest.mark.parametrize(
    ("zone", "since", "at", "weekday", "until"),
    [
        ("Asia/Seoul", "2026-03-02 10:00", time(9), None, "2026-03-03 00:00"),
        ("Asia/Tokyo", "2026-03-02 23:30", time(9), None, "2026-03-03 00:00"),  # 08:30 there: the same morning
        ("America/New_York", "2026-03-02 10:00", time(9), None, "2026-03-02 14:00"),
        ("America/New_York", "2026-03-07 15:00", time(9), None, "2026-03-08 13:00"),  # the clock went forward
        ("America/New_York", "2026-03-08 05:00", time(2, 30), None, "2026-03-08 07:30"),  # 02:30 is skipped: 03:30
        ("America/New_York", "2026-11-01 05:00", time(1, 30), None, "2026-11-01 05:30"),  # comes twice: the first
        ("America/New_York", "2026-11-01 05:31", time(1, 30), None, "2026-11-02 06:30"),  # and not the second
        ("Australia/Lord_Howe", "2026-10-03 14:00", time(2, 15), None, "2026-10-03 15:45"),  # half an hour is skipped
        ("Australia/Lord_Howe", "2026-04-04 13:00", time(1, 45), None, "2026-04-04 14:45"),  # half an hour twice
        ("Asia/Seoul", "2026-03-02 10:00", time(9), Weekday.FRIDAY, "2026-03-06 00:00"),
        ("Asia/Seoul", "2026-03-01 20:00", time(9), Weekday.MONDAY, "2026-03-02 00:00"),  # Monday there already
        ("America/New_York", "2026-03-02 02:00", time(9), Weekday.SUNDAY, "2026-03-08 13:00"),  # Sunday 21:00 there
    ],
)
def test_a_local_time_is_the_next_on_the_recipients_clock(
    zone: str, since: str, at: time, weekday: Weekday | None, until: str
) -> None:
    journey = a_journey(Wait("w", At(at, weekday)), A)
    run = before(journey, "w", ran_at=utc(since))

    assert decide(journey, run, facts(a_customer(zone=zone)), now=utc(since)) == Sleep(utc(until))


def test_without_a_zone_the_shops_clock_counts() -> None:
    journey = a_journey(Wait("w", At(time(9))), A)

    decision = decide(journey, before(journey, "w"), facts(a_customer()), policy=Policy(zone="Asia/Seoul"))

    assert decision == Sleep(utc("2026-03-03 00:00"))


def test_a_message_at_nine_is_followed_by_that_of_nine_the_next_day() -> None:
    """The first goes on the stroke of nine: the next nine o'clock is tomorrow's."""
    journey = a_journey(Wait("w1", At(time(9))), A, Wait("w2", At(time(9))), B)
    nine = utc("2026-03-03 09:00")
    run = claimed(before(journey, "a", ran_at=nine), nine, minutes(5))

    after = sent(journey, a_situation(run, now=nine))

    assert (after.step, after.due_at) == ("w2", utc("2026-03-04 09:00"))


# Waiting for an event

FULFILLED = On(OrderFulfilled, key="order_id")


def test_a_wait_for_an_event_is_over_when_it_happens() -> None:
    journey = a_journey(Wait("w", FULFILLED, timeout=days(5)), A)
    known = facts(an_order(fulfilled_at=START + days(2)))

    assert decide(journey, before(journey, "w"), known, now=START + days(2)) == Deliver(A)


def test_a_wait_for_an_event_is_over_when_its_time_is() -> None:
    journey = a_journey(Wait("w", FULFILLED, timeout=days(5)), A)

    assert decide(journey, before(journey, "w"), facts(an_order())) == Sleep(START + days(5))
    assert decide(journey, before(journey, "w"), facts(an_order()), now=START + days(5)) == Deliver(A)


def test_another_orders_event_does_not_count() -> None:
    journey = a_journey(Wait("w", FULFILLED, timeout=days(5)), A)
    known = facts(an_order(), an_order("order-2", fulfilled_at=START))

    assert decide(journey, before(journey, "w"), known) == Sleep(START + days(5))


def test_what_the_facts_say_will_happen_has_not_happened_yet() -> None:
    journey = a_journey(Wait("w", FULFILLED, timeout=days(5)), A)
    announced = facts(an_order(fulfilled_at=START + days(2)))

    assert decide(journey, before(journey, "w"), announced) == Sleep(START + days(5))


def test_either_of_two_events_ends_the_wait() -> None:
    journey = a_journey(Wait("w", FULFILLED | On(SurveyAnswered, key="order_id"), timeout=days(5)), A)
    known = facts(an_order(), an_answer(at=START + days(1)))

    assert decide(journey, before(journey, "w"), known, now=START + days(1)) == Deliver(A)


def test_an_event_that_came_before_the_last_message_does_not_bring_the_next_one_with_it() -> None:
    """On time the two would have been four days apart; the machine slept, and finds the fulfilment long over."""
    journey = a_journey(Wait("w0", days(1)), A, Wait("w", FULFILLED, timeout=days(9)), B)
    known = facts(an_order(fulfilled_at=START + days(5)))
    late = START + days(10)
    run = claimed(before(journey, "a"), late, minutes(5))

    after = sent(journey, a_situation(run, known, now=late))

    assert after.due_at is None or after.due_at > late + hours(1)


# Sending


def test_a_send_whose_condition_does_not_hold_is_left_out_with_the_reason() -> None:
    journey = a_journey(Send("a", "a", when=no))

    run, decision = advance(journey, a_situation(before(journey, "a")))

    assert decision == Exit("completed")
    assert outcomes_of(run) == [(Kind.SUPPRESSED, "a", "not_no")]


def test_a_send_whose_condition_holds_is_due() -> None:
    journey = a_journey(Send("a", "a", when=yes))

    assert decide(journey, before(journey, "a")) == Deliver(journey.steps[0])  # type: ignore[arg-type]


def test_after_a_send_that_was_left_out_the_next_wait_counts_from_there() -> None:
    journey = a_journey(Send("a", "a", when=no), Wait("w", days(1)), B)

    assert decide(journey, before(journey, "a"), now=START + days(3)) == Sleep(START + days(4))


def test_a_notice_to_the_team_is_delivered_or_silently_passed() -> None:
    tell, pass_by = a_journey(Notify("n", "n", when=yes)), a_journey(Notify("n", "n", when=no))

    run, decision = advance(pass_by, a_situation(before(pass_by, "n")))

    assert isinstance(decide(tell, before(tell, "n")), Deliver)
    assert (decision, outcomes_of(run)) == (Exit("completed"), [])


# Dividing


@pytest.mark.parametrize(("when", "sends"), [(yes, A), (no, B)])
def test_a_branch_goes_one_way_or_the_other(when: Any, sends: Send) -> None:
    journey = a_journey(Branch("way", when, then=(A,), otherwise=(B,)))

    assert decide(journey, before(journey, "way")) == Deliver(sends)


def test_an_empty_way_goes_on_with_what_follows() -> None:
    journey = a_journey(Branch("way", no, then=(A, Wait("w", days(1)))), B)

    assert decide(journey, before(journey, "way")) == Deliver(B)


def test_after_a_way_it_goes_on_with_what_follows_the_branch() -> None:
    journey = a_journey(Branch("way", yes, then=(A,)), Wait("w", days(1)), B)
    run = claimed(before(journey, "a"), START, minutes(5))

    after = sent(journey, a_situation(run))

    assert (after.step, after.due_at) == ("w", START + days(1))


def test_a_split_divides_by_its_weights_for_ever_the_same_and_records_the_variant() -> None:
    journey = a_journey(Split("s", {"x": (A,), "y": (B,), "none": ()}, {"x": 3, "y": 1, "none": 0}))
    customers = [f"customer-{number}" for number in range(2000)]

    def variant(customer: str) -> str:
        return advance(journey, a_situation(before(journey, "s", customer=customer)))[0].variants["s"]

    shares = Counter(map(variant, customers))
    assert set(shares) == {"x", "y"}
    assert 0.71 < shares["x"] / 2000 < 0.79  # four standard deviations
    assert [variant(customer) for customer in customers[:50]] == [variant(customer) for customer in customers[:50]]


def test_each_variant_gets_its_own_steps() -> None:
    journey = a_journey(Split("s", {"x": (A,), "y": (B,)}))

    for number in range(50):
        run, decision = advance(journey, a_situation(before(journey, "s", customer=f"customer-{number}")))
        assert decision == Deliver({"x": A, "y": B}[run.variants["s"]])


# Ending


def test_after_the_last_step_it_is_completed() -> None:
    journey = a_journey(A)
    run = claimed(before(journey, "a"), START, minutes(5))

    after = sent(journey, a_situation(run))

    assert (after.status, after.due_at, after.step) == (Status.ENDED, None, None)
    assert outcomes_of(after) == [(Kind.SENT, "a", None), (Kind.EXITED, None, "completed")]


@pytest.mark.parametrize(
    ("at", "exits"), [(timedelta(0), True), (timedelta(days=1), True), (-timedelta(milliseconds=1), False)]
)
def test_an_exit_without_a_key_counts_from_when_the_run_began(at: timedelta, exits: bool) -> None:
    journey = a_journey(Wait("w", days(5)), A, enroll=On(CartChanged, key="cart_id"), exit=On(OrderPlaced))
    run = before(journey, "w", subject="cart-1")

    decision = decide(journey, run, facts(a_cart(), an_order(at=START + at)), now=START + days(2))

    assert (decision == Exit("order_placed")) is exits


def test_an_exit_with_a_key_counts_whenever_it_was_but_only_about_the_same_thing() -> None:
    journey = a_journey(
        Wait("w", days(5)), A, enroll=On(CartChanged, key="cart_id"), exit=On(OrderPlaced, key="cart_id")
    )
    run = before(journey, "w", subject="cart-1")
    this, other = an_order(at=START - days(1), cart_id="cart-1"), an_order(at=START, cart_id="cart-2")

    assert decide(journey, run, facts(a_cart(), this)) == Exit("order_placed")
    assert decide(journey, run, facts(a_cart(), other)) == Sleep(START + days(5))


def test_the_order_that_began_a_run_does_not_end_it_and_another_of_the_same_instant_ends_one_of_the_two() -> None:
    journey = a_journey(Wait("w", days(5)), A, exit=On(OrderPlaced))
    one, two = an_order("order-1"), an_order("order-2")

    alone = decide(journey, before(journey, "w"), facts(one))
    both = [decide(journey, before(journey, "w", subject=order.id), facts(one, two)) for order in (one, two)]

    assert alone == Sleep(START + days(5))
    assert both == [Exit("order_placed"), Sleep(START + days(5))]


def test_the_order_that_began_a_run_does_not_end_it_when_its_own_time_is_corrected() -> None:
    journey = a_journey(Wait("w", days(5)), A, exit=On(OrderPlaced))
    corrected = an_order("order-1", at=START + timedelta(seconds=1))

    assert isinstance(decide(journey, before(journey, "w"), facts(corrected)), Sleep)


def test_an_emptied_cart_ends_the_run_of_that_cart_only() -> None:
    journey = a_journey(
        Wait("w", days(5)), A, enroll=On(CartChanged, key="cart_id"), exit=On(CartEmptied, key="cart_id")
    )
    known = facts(a_cart("cart-1", lines=0), a_cart("cart-2"))

    decisions = [decide(journey, before(journey, "w", subject=cart), known) for cart in ("cart-1", "cart-2")]

    assert decisions == [Exit("cart_emptied"), Sleep(START + days(5))]


def test_a_launch_ends_a_run_when_it_is_withdrawn_or_over() -> None:
    journey = a_journey(
        Wait("w", days(20)),
        A,
        enroll=On(LaunchAnnounced, key="launch_id"),
        exit=On(LaunchWithdrawn, key="launch_id") | On(LaunchEnded, key="launch_id"),
    )
    run = before(journey, "w", subject="spring")
    launch = a_launch()

    assert decide(journey, run, facts(launch), now=launch.ends_at - minutes(1)) == Sleep(START + days(20))
    assert decide(journey, run, facts(launch), now=launch.ends_at) == Exit("launch_ended")
    assert decide(journey, run, facts(a_launch(withdrawn=True))) == Exit("launch_withdrawn")


def test_an_exit_is_found_before_a_message_that_is_due() -> None:
    journey = a_journey(A, exit=On(OrderPlaced))
    known = facts(an_order(), an_order("order-2", START + minutes(1)))

    assert decide(journey, before(journey, "a"), known, now=START + minutes(1)) == Exit("order_placed")


# Re-entering

COOL = a_journey(Wait("w", days(1)), A, Wait("w2", days(1)), B, reentry=CoolDown(days(7)))
EARLIER = FirstMessage("hello", "order-0", START)


@pytest.mark.parametrize(
    ("now", "decision"),
    [
        (START + days(7) - timedelta(milliseconds=1), Exit("re_entry")),
        (START + days(7), Deliver(A)),
    ],
)
def test_a_cool_down_counts_from_the_last_runs_first_message(now: datetime, decision: object) -> None:
    assert decide(COOL, before(COOL, "a"), now=now, contacts=Contacts(runs=(EARLIER,))) == decision


def test_a_run_that_has_begun_to_write_is_not_stopped_by_another_ones_cool_down() -> None:
    begun = before(COOL, "b", first_allowed_at=START)

    assert decide(COOL, begun, now=START + days(1), contacts=Contacts(runs=(EARLIER,))) == Deliver(B)


def test_its_own_run_and_other_journeys_are_no_re_entry() -> None:
    runs = (FirstMessage("hello", "order-1", START), FirstMessage("other", "order-0", START))

    assert decide(COOL, before(COOL, "a"), contacts=Contacts(runs=runs)) == Deliver(A)


# Names


def test_a_send_id_names_one_attempt_of_one_step_of_one_run() -> None:
    run = an_enrollment(step="a")
    others = [
        replace(run, step="b"),
        replace(run, tries=1),
        replace(run, occurrence="order-2"),
        replace(run, customer="bob"),
        replace(run, journey="other"),
        replace(run, journey_version=2),
    ]

    assert len({run.send_id, *(other.send_id for other in others)}) == 7
    assert replace(run, attempts=3, due_at=None, version=9, arm=Arm.HOLDOUT).send_id == run.send_id


def test_an_outcome_is_held_once() -> None:
    run = an_enrollment()
    (enrolled,) = run.outcomes.values()

    again = run.with_outcome(replace(enrolled, at=START + days(1)))

    assert again.outcomes == run.outcomes


def test_lying_down_at_a_message_is_due_now_and_at_a_wait_when_that_is_over() -> None:
    journey = a_journey(Wait("w", days(1)), A)

    at_wait = rest(journey, a_situation(before(journey, "w")))
    at_message = rest(journey, a_situation(before(journey, "w"), now=START + days(3)))

    assert (at_wait.step, at_wait.due_at) == ("w", START + days(1))
    assert (at_message.step, at_message.due_at) == ("a", START + days(3))


def test_events_name_what_they_are_about() -> None:
    event: Event = LaunchAnnounced("spring", START, a_launch())

    assert (event.key_name, event.key) == ("launch_id", "spring")
