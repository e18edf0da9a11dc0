"""The parts of journeys: goals, waits, messages, branches; data only, run by ``engine``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, ClassVar

from chalicelib.domain.channel import Channel
from chalicelib.domain.facts.consent import Purpose
from chalicelib.domain.facts.fact import Event

if TYPE_CHECKING:
    from chalicelib.domain.journeys.situation import Situation
from chalicelib.domain.journeys.triggers import Either, EventPredicate, On

MARKETING = Purpose.MARKETING


SERVICE = Purpose.SERVICE


Moment = Callable[["Situation"], datetime | None]


Predicate = Callable[["Situation"], bool]


NAMED_MOMENTS = ("activity", "trigger")


NAME = r"[a-z][a-z0-9_]{0,39}"


def minutes(number: int) -> timedelta:
    """A number of minutes."""
    return timedelta(minutes=number)


def hours(number: int) -> timedelta:
    """A number of hours of elapsed time."""
    return timedelta(hours=number)


def days(number: int) -> timedelta:
    """A number of periods of 24 hours of elapsed time."""
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
    """What to do if it is unknown whether a mail was sent: give it up, or send it once more."""

    ABANDON = "abandon"
    RESEND = "resend"


@dataclass(frozen=True, slots=True)
class Goal:
    """What the journey should achieve: an event ``within`` a time of the first allowed send, or ``until`` a moment."""

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
    """The next time when the recipient's local time is ``at`` (on ``weekday``, if given)."""

    at: time
    weekday: Weekday | None = None


@dataclass(frozen=True, slots=True)
class Coupon:
    """A personal single-use code for ``percent`` off, valid for ``valid`` after it was sent."""

    percent: int
    valid: timedelta = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Defer:
    """A send over the frequency cap waits for its turn, for ``limit`` at most, and is then skipped."""

    limit: timedelta


SKIP = Defer(timedelta(0))


@dataclass(frozen=True, slots=True)
class Wait:
    """Wait for a time, counted ``since`` a fact or since the previous step ran; until a local time; or for an event.

    ``since``: ``"activity"`` (last change of what the enrollment is about), ``"trigger"`` (the event that enrolled),
    or a function of the situation. ``timeout`` goes with an event. ``recheck``: events that may make it due sooner.
    """

    name: str
    until: timedelta | At | On | Either = timedelta(0)
    since: str | Moment | None = None
    timeout: timedelta | None = None
    recheck: On | Either | None = None

    @property
    def awaited(self) -> On | Either | None:
        """The event it waits for, if it does."""
        return self.until if isinstance(self.until, On | Either) else None


@dataclass(frozen=True, slots=True)
class Send:
    """Send a message to the customer, if ``when`` is true; ``capped``: what happens over the frequency cap.

    ``late``: how long after it was due it may still be sent, whatever kept it (None: for ever).
    """

    name: str
    template: str
    offer: Coupon | None = None
    when: Predicate | None = None
    capped: Defer = Defer(timedelta(hours=24))
    late: timedelta | None = timedelta(days=3)
    channel: Channel = Channel.EMAIL


@dataclass(frozen=True, slots=True)
class Notify:
    """Send a mail to the shop's team."""

    channel: ClassVar[Channel] = Channel.EMAIL
    name: str
    template: str
    when: Predicate | None = None


@dataclass(frozen=True, slots=True)
class Branch:
    """Take one path if the predicate is true, else the other."""

    name: str
    when: Predicate
    then: tuple[Step, ...]
    otherwise: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Split:
    """Divide the customers among variants at random, but always the same; ``weights`` default to equal parts."""

    name: str
    variants: Mapping[str, tuple[Step, ...]]
    weights: Mapping[str, float] | None = None


Step = Wait | Send | Notify | Branch | Split


Message = Send | Notify


@dataclass(frozen=True, slots=True)
class Reentry:
    """How often one customer may enter: only ``once``, or once per key; and not within ``cool_down`` of the last run.

    The cool-down counts from the last run's first message (sent or withheld); it is checked when the new
    run's first message is due, so a run that ended without a message blocks nobody, and the reason is recorded.
    """

    once: bool = False
    cool_down: timedelta = timedelta(0)


ONCE = Reentry(once=True)


PER_KEY = Reentry()


def CoolDown(duration: timedelta) -> Reentry:
    """Once per key, and not within ``duration`` of the last run's first message."""
    return Reentry(cool_down=duration)


def every_step(steps: tuple[Step, ...]) -> Iterator[Step]:
    """All steps, those inside branches and splits too, in the order of the definition."""
    for step in steps:
        yield step
        for inner in inside(step):
            yield from every_step(inner)


def inside(step: Step) -> tuple[tuple[Step, ...], ...]:
    match step:
        case Branch():
            return (step.then, step.otherwise)
        case Split():
            return tuple(step.variants.values())
        case _:
            return ()
