"""The vocabulary in which journeys are written: a definition is data, checked when it is made, run by ``enrollment``.

>>> Journey(
...     key="hello", version=1, purpose=Purpose.SERVICE, enroll=On(OrderPlaced, key="order_id"),
...     steps=(Wait("a_day", days(1)), Send("thanks", template="thanks")),
... ).steps[0].name
'a_day'
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, Any

from chalicelib.domain.customer import Purpose
from chalicelib.domain.errors import InvalidJourney
from chalicelib.domain.events import (
    CartChanged,
    CartEmptied,
    Event,
    LaunchAnnounced,
    LaunchEnded,
    LaunchWithdrawn,
    OrderCancelled,
    OrderFulfilled,
    OrderPlaced,
    SurveyAnswered,
)

if TYPE_CHECKING:
    from chalicelib.domain.customer import Facts
    from chalicelib.domain.situation import Situation

__all__ = [
    "MARKETING", "ONCE", "PER_KEY", "SERVICE", "SKIP", "At", "Branch", "CartChanged", "CartEmptied", "CoolDown",
    "Coupon", "Defer", "Either", "Goal", "Journey", "LaunchAnnounced", "LaunchEnded", "LaunchWithdrawn", "Notify", "On",
    "OrderCancelled", "OrderFulfilled", "OrderPlaced", "Purpose", "Reentry", "Send", "Split", "Step", "SurveyAnswered",
    "Unknown", "Wait", "Weekday", "days", "hours", "minutes",
]  # fmt: skip

MARKETING = Purpose.MARKETING
SERVICE = Purpose.SERVICE

Moment = Callable[["Situation"], datetime | None]
Predicate = Callable[["Situation"], bool]
EventPredicate = Callable[[Any, "Facts"], bool]
NAMED_MOMENTS = ("activity", "trigger")


def minutes(number: int) -> timedelta:
    """So many minutes."""
    return timedelta(minutes=number)


def hours(number: int) -> timedelta:
    """So many hours of elapsed time."""
    return timedelta(hours=number)


def days(number: int) -> timedelta:
    """So many times 24 hours of elapsed time."""
    return timedelta(days=number)


class Weekday(IntEnum):
    """Days of the week as ``datetime.weekday`` counts them."""

    MONDAY = 0
    TUESDAY = 1
    WEDNESDAY = 2
    THURSDAY = 3
    FRIDAY = 4
    SATURDAY = 5
    SUNDAY = 6


class Unknown(StrEnum):
    """What to do when nobody can tell whether a mail was sent: leave it, or send it once more."""

    ABANDON = "abandon"
    RESEND = "resend"


@dataclass(frozen=True, slots=True)
class On:
    """An event of one kind; with ``key``, only about what the enrollment is about; with ``when``, only if it holds."""

    event: type[Event]
    key: str | None = None
    when: EventPredicate | None = None

    def __or__(self, other: On | Either) -> Either:
        return Either((self, *alternatives(other)))


@dataclass(frozen=True, slots=True)
class Either:
    """Any one of several events; written ``On(...) | On(...)``."""

    options: tuple[On, ...]

    def __or__(self, other: On | Either) -> Either:
        return Either((*self.options, *alternatives(other)))


def alternatives(on: On | Either | None) -> tuple[On, ...]:
    """The single events that ``on`` stands for."""
    match on:
        case None:
            return ()
        case On():
            return (on,)
        case Either(options):
            return options


@dataclass(frozen=True, slots=True)
class Goal:
    """What the journey is for: an event ``within`` a time of the first allowed send, or ``until`` a moment."""

    event: type[Event]
    within: timedelta | None = None
    until: Moment | None = None
    key: str | None = None
    when: EventPredicate | None = None

    @property
    def on(self) -> On:
        """The event that reaches the goal."""
        return On(self.event, self.key, self.when)


@dataclass(frozen=True, slots=True)
class At:
    """The next time the recipient's clock shows ``at`` (on ``weekday``, if given)."""

    at: time
    weekday: Weekday | None = None


@dataclass(frozen=True, slots=True)
class Coupon:
    """A personal single-use code worth ``percent`` off, good for ``valid`` after it was sent."""

    percent: int
    valid: timedelta = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Defer:
    """A send over the frequency cap waits for its turn, ``limit`` at the longest, and is then dropped."""

    limit: timedelta


SKIP = Defer(timedelta(0))


@dataclass(frozen=True, slots=True)
class Wait:
    """Wait for a time, counted ``since`` a fact or since the step before ran; until a local time; or until an event.

    ``since``: ``"activity"`` (last change of what the enrollment is about), ``"trigger"`` (the event that enrolled),
    or a function of the situation. ``timeout`` goes with an event. ``recheck``: events that may make it due sooner.
    """

    name: str
    until: timedelta | At | On | Either = timedelta(0)
    since: str | Moment | None = None
    timeout: timedelta | None = None
    recheck: On | Either | None = None


@dataclass(frozen=True, slots=True)
class Send:
    """Send a message to the customer, if ``when`` holds; ``capped`` tells what becomes of it over the frequency cap."""

    name: str
    template: str
    offer: Coupon | None = None
    when: Predicate | None = None
    capped: Defer = Defer(timedelta(hours=24))


@dataclass(frozen=True, slots=True)
class Notify:
    """Tell the shop's team."""

    name: str
    template: str
    when: Predicate | None = None


@dataclass(frozen=True, slots=True)
class Branch:
    """Go one way when the predicate holds, else the other."""

    name: str
    when: Predicate
    then: tuple[Step, ...]
    otherwise: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Split:
    """Divide the customers at random, for ever the same, among variants; ``weights`` default to equal parts."""

    name: str
    variants: Mapping[str, tuple[Step, ...]]
    weights: Mapping[str, float] | None = None


Step = Wait | Send | Notify | Branch | Split
Message = Send | Notify


@dataclass(frozen=True, slots=True)
class Reentry:
    """How often one customer may enter: ``once`` ever, or once per key; and not within ``cool_down`` of the last run.

    The cool-down counts from the moment of the last run's first message (sent or withheld); it is judged when the new
    run's first message is due, so a run that ended without a message blocks nobody, and the reason is recorded.
    """

    once: bool = False
    cool_down: timedelta = timedelta(0)


ONCE = Reentry(once=True)
PER_KEY = Reentry()


def CoolDown(duration: timedelta) -> Reentry:
    """Once per key, and not within ``duration`` of the last run's first message."""
    return Reentry(cool_down=duration)


@dataclass(frozen=True, slots=True)
class Journey:
    """A journey's definition. ``(key, version)`` is pinned on each enrollment; a published version never changes.

    ``priority``: of several sends due for one customer the higher goes first. ``grace``: a fact whose first step was
    due longer ago than this enrolls nobody (imported history). Raises ``InvalidJourney`` for what could not run.
    """

    key: str
    version: int
    purpose: Purpose
    enroll: On
    steps: tuple[Step, ...]
    exit: On | Either | None = None
    goal: Goal | None = None
    holdout: float = 0.0
    reentry: Reentry = PER_KEY
    priority: int = 0
    unknown: Unknown = Unknown.ABANDON
    grace: timedelta = timedelta(days=3)
    plan: Mapping[str, tuple[Step, str | None]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "plan", dict(_linked(self.steps, None)))
        for problem in _problems(self):
            raise InvalidJourney(self.key, problem)

    @property
    def messages(self) -> list[Message]:
        """Every step that sends something, in the order of the definition."""
        return [step for step in every_step(self.steps) if isinstance(step, Send | Notify)]

    def check_templates(self, languages_of: Mapping[str, set[str]], languages: tuple[str, ...]) -> None:
        """Raise ``InvalidJourney`` unless each message has its template in each of the shop's languages."""
        for message in self.messages:
            if message.template not in languages_of:
                raise InvalidJourney(self.key, f"step {message.name!r}: unknown template {message.template!r}")
            if missing := sorted(set(languages) - languages_of[message.template]):
                raise InvalidJourney(self.key, f"template {message.template!r} lacks the language {missing[0]!r}")


def every_step(steps: tuple[Step, ...]) -> Iterator[Step]:
    """All steps, those inside branches and splits too, in the order of the definition."""
    for step in steps:
        yield step
        for inner in _inside(step):
            yield from every_step(inner)


def _inside(step: Step) -> tuple[tuple[Step, ...], ...]:
    match step:
        case Branch():
            return (step.then, step.otherwise)
        case Split():
            return tuple(step.variants.values())
        case _:
            return ()


def _linked(steps: tuple[Step, ...], after: str | None) -> Iterator[tuple[str, tuple[Step, str | None]]]:
    for index, step in enumerate(steps):
        following = steps[index + 1].name if index + 1 < len(steps) else after
        yield step.name, (step, following)
        for inner in _inside(step):
            yield from _linked(inner, following)


def _problems(journey: Journey) -> Iterator[str]:
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", journey.key):
        yield "its key must be lower-case letters, digits and underscores, 40 at most"
    if journey.version < 1:
        yield f"its version must be 1 or more, not {journey.version}"
    if not journey.messages:
        yield "it is empty: no step sends anything"
    if not 0 <= journey.holdout <= 1:
        yield f"its holdout must be within 0..1, not {journey.holdout}"
    if journey.grace < timedelta(0) or journey.reentry.cool_down < timedelta(0):
        yield "its grace and its cool-down must not be negative"
    names: set[str] = set()
    for step in every_step(journey.steps):
        if step.name in names:
            yield f"duplicate step {step.name!r}"
        names.add(step.name)
        if problem := _problem_of(step):
            yield f"step {step.name!r}: {problem}"
    if (goal := journey.goal) and (goal.within is None) == (goal.until is None):
        yield "its goal needs either 'within' or 'until'"
    if goal and goal.within is not None:
        for name, after in _moments_of_sends(journey.steps, None)[0]:
            if after > goal.within:
                yield f"step {name!r} would send {after} after the first message, later than the goal's window"


def _problem_of(step: Step) -> str | None:
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", step.name):
        return "its name must be lower-case letters, digits and underscores, 40 at most"
    match step:
        case Wait(until=timedelta() as duration) if duration < timedelta(0):
            return "a negative wait"
        case Wait(until=On() | Either(), timeout=None):
            return "a wait for an event needs a time-out"
        case Wait(timeout=timedelta() as timeout) if timeout < timedelta(0):
            return "a negative time-out"
        case Wait(until=timedelta() | At(), timeout=timedelta()):
            return "only a wait for an event has a time-out"
        case Wait(since=str() as since) if since not in NAMED_MOMENTS:
            return f"unknown moment {since!r}; one of {', '.join(NAMED_MOMENTS)}, or a function"
        case Send(offer=Coupon(percent=percent)) if not 0 < percent <= 100:
            return f"an offer of {percent} % is none"
        case Send(capped=Defer(limit)) if limit < timedelta(0):
            return "a negative limit of deferring"
        case Split(variants=variants) if len(variants) < 2:
            return "a split needs two variants or more"
        case Split(variants=variants, weights=weights) if weights is not None and (
            set(weights) != set(variants) or min(weights.values()) < 0 or sum(weights.values()) <= 0
        ):
            return "its weights must name its variants, be 0 or more, and not all 0"
        case _:
            return None


_Moments = list[tuple[str, timedelta]]


def _moments_of_sends(steps: tuple[Step, ...], elapsed: timedelta | None) -> tuple[_Moments, timedelta | None]:
    """How long after the first message each send is planned, at the latest; ``None`` is "no message yet"."""
    found: _Moments = []
    for step in steps:
        match step:
            case Wait() if elapsed is not None and step.since is None:
                elapsed += step.timeout or (step.until if isinstance(step.until, timedelta) else timedelta(0))
            case Send():
                elapsed = elapsed if elapsed is not None else timedelta(0)
                found.append((step.name, elapsed))
            case Branch() | Split():
                ways = [_moments_of_sends(inner, elapsed) for inner in _inside(step)]
                found += [moment for way, _ in ways for moment in way]
                elapsed = max((end for _, end in ways if end is not None), default=elapsed)
            case _:
                pass
    return found, elapsed
