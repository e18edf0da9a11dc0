"""Every definition that could not run is refused when it is made, with one clear sentence."""

import math
from datetime import time
from typing import Any

import pytest

from chalicelib.domain.errors import InvalidJourney
from chalicelib.domain.facts.consent import Unsubscribed
from chalicelib.domain.facts.fact import Event
from chalicelib.domain.journeys.journey import (
    At,
    Branch,
    CartChanged,
    CartEmptied,
    CoolDown,
    Coupon,
    Defer,
    Goal,
    LaunchEnded,
    LaunchWithdrawn,
    Notify,
    On,
    OrderFulfilled,
    OrderPlaced,
    Send,
    Split,
    Step,
    Wait,
    Weekday,
    days,
    minutes,
)
from tests.domain.journey.given import A_DAY, A, B, a_journey, never, no_moment, refusal

WAITS = On(OrderFulfilled, key="order_id")
REFUSED: list[tuple[str, tuple[Step, ...], dict[str, Any], str]] = [
    ("an empty journey", (), {"steps": ()}, "empty"),
    ("waits that lead to no message", (A_DAY,), {}, "empty"),
    ("a duplicate step", (A, A_DAY, Send("a", "b")), {}, "duplicate step 'a'"),
    ("a duplicate inside a branch", (A, A_DAY, Branch("way", never, then=(Send("a", "b"),))), {}, "duplicate step 'a'"),
    ("a duplicate across variants", (Split("s", {"x": (A,), "y": (A,)}),), {}, "duplicate step 'a'"),
    ("a negative wait", (Wait("w", days(-1)), A), {}, "negative wait"),
    ("a negative wait in a branch", (Branch("way", never, then=(Wait("w", days(-1)), A)),), {}, "negative wait"),
    ("a holdout below 0", (), {"holdout": -0.01}, "holdout"),
    ("a holdout above 1", (), {"holdout": 1.01}, "holdout"),
    ("a holdout that is no number", (), {"holdout": math.nan}, "holdout"),
    ("an unknown moment", (Wait("w", since="birthday"), A), {}, "unknown moment 'birthday'"),
    ("a wait for an event without a time-out", (Wait("w", WAITS), A), {}, "time-out"),
    ("a wait for events without a time-out", (Wait("w", WAITS | On(CartEmptied)), A), {}, "time-out"),
    ("a negative time-out", (Wait("w", WAITS, timeout=days(-1)), A), {}, "negative time-out"),
    ("a time-out of a duration", (Wait("w", days(1), timeout=days(2)), A), {}, "only a wait for an event"),
    ("a time-out of a local time", (Wait("w", At(time(9)), timeout=days(2)), A), {}, "only a wait for an event"),
    ("a send after the goal's window", (A, Wait("w", days(6)), B), {"goal": Goal(OrderPlaced, days(5))}, "step 'b'"),
    (
        "a send after the goal's window in a branch",
        (A, Wait("w", days(6)), Branch("way", never, then=(B,))),
        {"goal": Goal(OrderPlaced, days(5))},
        "step 'b'",
    ),
    (
        "a send after the goal's window if the event does not come",
        (A, Wait("w", WAITS, timeout=days(6)), B),
        {"goal": Goal(OrderPlaced, days(5))},
        "step 'b'",
    ),
    ("a goal without a window", (), {"goal": Goal(OrderPlaced)}, "within"),
    ("a goal with two windows", (), {"goal": Goal(OrderPlaced, days(5), until=no_moment)}, "within"),
    ("a goal that is over before it begins", (), {"goal": Goal(OrderPlaced, days(-1))}, "goal"),
    ("two sends in a row", (A, B), {}, "would send together"),
    ("two sends and a wait of no length", (A, Wait("w"), B), {}, "would send together"),
    ("two sends with only a notice between", (A, Notify("n", "n"), B), {}, "would send together"),
    ("two sends when a branch skips the wait", (A, Branch("way", never, then=(A_DAY,)), B), {}, "would send together"),
    ("two sends, one in a branch", (A, Branch("way", never, then=(A_DAY, B), otherwise=(Send("c", "c"),))), {}, "'c'"),
    ("two sends when a variant is empty", (A, Split("s", {"x": (A_DAY,), "y": ()}), B), {}, "would send together"),
    ("a send right after a branch's", (Branch("way", never, then=(A,)), B), {}, "would send together"),
    ("an offer of nothing", (Send("a", "a", offer=Coupon(0)),), {}, "offer of 0 %"),
    ("an offer of more than all", (Send("a", "a", offer=Coupon(101)),), {}, "offer of 101 %"),
    ("a negative limit of deferring", (Send("a", "a", capped=Defer(days(-1))),), {}, "deferring"),
    ("a message that is too late at once", (Send("a", "a", late=minutes(59)),), {}, "late by 1:00:00 at least"),
    ("a negative limit of lateness", (Send("a", "a", late=days(-1)),), {}, "late by 1:00:00 at least"),
    (
        "a message that is too late before it may be deferred no longer",
        (Send("a", "a", capped=Defer(days(4))),),
        {},
        "deferred for 4 days, 0:00:00, but is too late after 3 days",
    ),
    ("a first message too late for the grace", (A_DAY, A), {"grace": days(4)}, "step 'a' is too late after 3 days"),
    ("one that begins in a branch", (Branch("way", never, then=(A,)),), {"grace": days(4)}, "step 'a' is too late"),
    ("a split with one variant", (Split("s", {"x": (A,)}),), {}, "two variants"),
    ("a variant's name that is no name", (Split("s", {"x": (A,), "y|z": ()}),), {}, "variants' names"),
    ("a variant's name with a comma", (Split("s", {"x": (A,), "y,z=1": ()}),), {}, "variants' names"),
    ("weights that name no variant", (Split("s", {"x": (A,), "y": ()}, {"x": 1, "z": 1}),), {}, "weights"),
    ("weights without a variant", (Split("s", {"x": (A,), "y": ()}, {"x": 1}),), {}, "weights"),
    ("no weights at all", (Split("s", {"x": (A,), "y": ()}, {}),), {}, "weights"),
    ("a negative weight", (Split("s", {"x": (A,), "y": ()}, {"x": 2, "y": -1}),), {}, "weights"),
    ("weights of 0", (Split("s", {"x": (A,), "y": ()}, {"x": 0, "y": 0}),), {}, "weights"),
    ("a version 0", (), {"version": 0}, "version"),
    ("a negative grace", (), {"grace": days(-1)}, "grace"),
    ("a negative cool-down", (), {"reentry": CoolDown(days(-1))}, "cool-down"),
    ("a step's name that is no name", (Send("A mail", "a"),), {}, "'A mail'"),
    ("a step's name with the counters' mark", (Send("a|b", "a"),), {}, "'a|b'"),
    ("a step's name longer than a tag", (Send("a" * 41, "a"),), {}, "40 at most"),
]


@pytest.mark.parametrize(
    ("steps", "more", "problem"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED]
)
def test_what_could_not_run_is_refused_with_one_clear_sentence(
    steps: tuple[Step, ...], more: dict[str, Any], problem: str
) -> None:
    words = refusal(lambda: a_journey(*steps, **more))

    assert problem in words
    assert "\n" not in words


STILL_TO_REFUSE: list[tuple[str, tuple[Step, ...], dict[str, Any]]] = [
    ("a weight that is no number", (Split("s", {"x": (A,), "y": ()}, {"x": math.nan, "y": math.nan}),), {}),
    ("a weight without end", (Split("s", {"x": (A,), "y": ()}, {"x": math.inf, "y": 1}),), {}),
    ("a coupon that has run out when it is sent", (Send("a", "a", offer=Coupon(10, valid=days(0))),), {}),
    ("a branch with nothing in either way", (Branch("way", never, then=()), A), {}),
    ("an enrolment by no event in particular", (), {"enroll": On(Event)}),
    ("an enrolment by what nobody hears of", (), {"enroll": On(LaunchEnded, key="launch_id")}),
    ("an enrolment by a withdrawal", (), {"enroll": On(LaunchWithdrawn, key="launch_id")}),
    ("an enrolment by an unsubscription", (), {"enroll": On(Unsubscribed)}),
    ("an enrolment by a key its event lacks", (), {"enroll": On(CartChanged, key="order_id")}),
    ("an exit by a key its event lacks", (), {"exit": On(OrderPlaced, key="launch_id")}),
    ("an exit by another key than the enrolment's", (), {"exit": On(CartEmptied, key="cart_id")}),
    ("a goal by a key its event lacks", (), {"goal": Goal(OrderPlaced, days(5), key="launch_id")}),
    ("a wait for an event by a key it lacks", (Wait("w", On(OrderFulfilled, key="cart"), timeout=days(1)), A), {}),
    ("the activity of what has none", (Wait("w", days(1), since="activity"), A), {}),
    ("a cool-down that outlives what is remembered", (), {"reentry": CoolDown(days(500))}),
    (
        "a send that waits for a weekday past the goal's window",
        (A, Wait("w", At(time(9), Weekday.MONDAY)), B),
        {"goal": Goal(OrderPlaced, days(5))},
    ),
    (
        "a send whose day, counted from the trigger, is past the goal's window",
        (Wait("w1", days(1), since="trigger"), A, Wait("w2", days(30), since="trigger"), B),
        {"goal": Goal(OrderPlaced, days(5))},
    ),
    ("two sends and a time-out of no length", (A, Wait("w", WAITS, timeout=days(0)), B), {}),
]


@pytest.mark.parametrize(
    ("steps", "more"), [case[1:] for case in STILL_TO_REFUSE], ids=[case[0] for case in STILL_TO_REFUSE]
)
def test_what_would_run_otherwise_than_it_reads_is_refused(steps: tuple[Step, ...], more: dict[str, Any]) -> None:
    assert refusal(lambda: a_journey(*steps, **more))


@pytest.mark.parametrize(
    "key", ["", "Hello", "9lives", "cart|1", "cart#1", "a" * 41, "cart-1", "장바구니", "hello\n"]
)  # fmt: skip
def test_a_key_that_would_not_fit_into_a_tag_or_a_counter_is_refused(key: str) -> None:
    with pytest.raises(InvalidJourney, match="its key must be"):
        a_journey(key=key)
