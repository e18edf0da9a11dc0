"""The rules for a journey's definition: it must run, and run as it reads. A violation is one sentence."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from types import FunctionType
from typing import Protocol

from chalicelib.domain.facts.cart import CartChanged
from chalicelib.domain.facts.consent import Purpose
from chalicelib.domain.facts.fact import Event
from chalicelib.domain.journeys.planned import Plan
from chalicelib.domain.journeys.steps import (
    NAME,
    NAMED_MOMENTS,
    At,
    Branch,
    Coupon,
    Defer,
    Goal,
    Message,
    Reentry,
    Send,
    Split,
    Step,
    Wait,
    every_step,
    inside,
)
from chalicelib.domain.journeys.triggers import Either, On, alternatives

LONGEST_COOL_DOWN = timedelta(days=365)
"""Contact histories remember a journey's runs for a year."""
SHORTEST_LATE = timedelta(hours=1)


class Definition(Protocol):
    """The part of a journey that the rules read."""

    @property
    def key(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def purpose(self) -> Purpose: ...
    @property
    def enroll(self) -> On: ...
    @property
    def steps(self) -> tuple[Step, ...]: ...
    @property
    def exit(self) -> On | Either | None: ...
    @property
    def goal(self) -> Goal | None: ...
    @property
    def holdout(self) -> float: ...
    @property
    def reentry(self) -> Reentry: ...
    @property
    def grace(self) -> timedelta: ...
    @property
    def messages(self) -> Sequence[Message]: ...
    @property
    def plan(self) -> Mapping[str, tuple[Step, str | None]]: ...


def problems(journey: Definition) -> Iterator[str]:
    """All violations in a definition."""
    yield from _problems_of_the_whole(journey)
    yield from _problems_of_keys(journey)
    names: set[str] = set()
    for step in every_step(journey.steps):
        if step.name in names:
            yield f"duplicate step {step.name!r}"
        names.add(step.name)
        if isinstance(step, Send) and step.offer and journey.purpose is not Purpose.MARKETING:
            yield f"step {step.name!r}: an offer makes it advertising, and the journey's purpose is {journey.purpose}"
        if not _takes(getattr(step, "when", None), 1):
            yield f"step {step.name!r}: its condition is a function of the situation"
        if problem := _problem_of(step):
            yield f"step {step.name!r}: {problem}"
        if isinstance(step, Send) and (other := _sent_together(journey, journey.plan[step.name][1])):
            yield f"steps {step.name!r} and {other!r} would send together: no wait is between them"
    yield from _problems_of_grace(journey)
    if (goal := journey.goal) and goal.within is not None:
        for name, after in Plan().sends(journey.steps):
            if after > goal.within:
                yield f"step {name!r} would send {after} after the first message, later than the goal's window"


def _problems_of_the_whole(journey: Definition) -> Iterator[str]:
    if not re.fullmatch(NAME, journey.key):
        yield "its key must be lower-case letters, digits and underscores, 40 at most"
    if journey.version < 1:
        yield f"its version must be 1 or more, not {journey.version}"
    if not journey.messages:
        yield "it is empty: no step sends anything"
    if not 0 <= journey.holdout <= 1:
        yield f"its holdout must be within 0..1, not {journey.holdout}"
    if journey.grace < timedelta(0) or journey.reentry.cool_down < timedelta(0):
        yield "its grace and its cool-down must not be negative"
    if journey.reentry.cool_down > LONGEST_COOL_DOWN:
        yield f"its cool-down must be {LONGEST_COOL_DOWN.days} days at most: that is how long runs are remembered"
    if (goal := journey.goal) and (goal.within is None) == (goal.until is None):
        yield "its goal needs either 'within' or 'until'"
    if not journey.enroll.event.enrolls:
        yield f"{journey.enroll.event.__name__} cannot enroll anybody"


def _problems_of_grace(journey: Definition) -> Iterator[str]:
    """Who begins within the grace must still get the first message."""
    for step in journey.steps[:1]:
        name = _sent_together(journey, journey.plan[step.name][1] if isinstance(step, Wait) else step.name)
        first = journey.plan[name][0] if name else None
        if isinstance(first, Send) and first.late is not None and first.late < journey.grace:
            yield f"step {name!r} is too late after {first.late}, but its grace lets runs begin {journey.grace} late"


def _problems_of_keys(journey: Definition) -> Iterator[str]:
    """A key must be a key of its event, and the one that the enrollment is about."""
    own = journey.enroll.key or journey.enroll.event.key_name
    named = [("enroll", journey.enroll), *(("exit", on) for on in alternatives(journey.exit))]
    named += [("goal", journey.goal.on)] if journey.goal else []
    for step in every_step(journey.steps):
        if isinstance(step, Wait):
            listened = (*alternatives(step.awaited), *alternatives(step.recheck))
            named += [(f"step {step.name!r}", on) for on in listened]
            if step.since == "activity" and own != CartChanged.key_name:
                yield f"step {step.name!r}: only a cart has an activity, and the run is about {own!r}"
    for where, on in named:
        if not _takes(on.when, 2):
            yield f"{where}: the condition of an event is a function of the event and the facts"
        if on.key is not None and not _carries(on.event, on.key):
            yield f"{where}: {on.event.__name__} has no key {on.key!r}"
        elif on.key is not None and on.key != own:
            yield f"{where}: its key is {on.key!r}, but the run is about {own!r}"


def _carries(event: type[Event], key: str) -> bool:
    return key == event.key_name or isinstance(getattr(event, key, None), property)


def _sent_together(journey: Definition, name: str | None) -> str | None:
    """The send that may follow without a wait, from the step ``name`` on."""
    if name is None:
        return None
    step, following = journey.plan[name]
    match step:
        case Send():
            return name
        case Wait() if step.until or step.since:
            return None
        case Branch() | Split():
            ways = (within[0].name if within else following for within in inside(step))
            return next(filter(None, (_sent_together(journey, way) for way in ways)), None)
        case _:
            return _sent_together(journey, following)


def _problem_of(step: Step) -> str | None:
    if not re.fullmatch(NAME, step.name):
        return "its name must be lower-case letters, digits and underscores, 40 at most"
    match step:
        case Wait():
            return _problem_of_wait(step)
        case Send(offer=Coupon(percent=percent)) if not 0 < percent <= 100:
            return f"an offer of {percent} % is invalid: it must be above 0 % and at most 100 %"
        case Send(offer=Coupon(valid=valid)) if valid <= timedelta(0):
            return "its coupon has expired when it is sent"
        case Send(capped=Defer(limit)) if limit < timedelta(0):
            return "its limit for deferring is negative"
        case Send(late=timedelta() as late) if late < SHORTEST_LATE:
            return f"a message may be late by {SHORTEST_LATE} at least, not {late}: nothing is sent to the minute"
        case Send(late=timedelta() as late, capped=Defer(limit)) if limit > late:
            return f"it may be deferred for {limit}, but is too late after {late}"
        case Branch(then=(), otherwise=()):
            return "a branch without steps in either path"
        case Split():
            return _problem_of_split(step)
        case _:
            return None


def _problem_of_wait(wait: Wait) -> str | None:
    match wait:
        case Wait(until=timedelta() as duration) if duration < timedelta(0):
            return "a negative wait"
        case Wait(until=On() | Either(), timeout=None):
            return "a wait for an event needs a time-out"
        case Wait(timeout=timedelta() as timeout) if timeout < timedelta(0):
            return "a negative time-out"
        case Wait(timeout=timedelta() as timeout) if not timeout:
            return "a time-out of length 0 is not a wait"
        case Wait(until=timedelta() | At(), timeout=timedelta()):
            return "only a wait for an event has a time-out"
        case Wait(since=str() as since) if since not in NAMED_MOMENTS:
            return f"unknown moment {since!r}; one of {', '.join(NAMED_MOMENTS)}, or a function"
        case _:
            return None


def _takes(condition: object, number: int) -> bool:
    """Whether a function takes so many arguments; what is no plain function is not judged."""
    return not isinstance(condition, FunctionType) or condition.__code__.co_argcount == number


def _problem_of_split(split: Split) -> str | None:
    if len(split.variants) < 2:
        return "a split needs two variants or more"
    if not all(re.fullmatch(NAME, variant) for variant in split.variants):
        return "its variants' names must be lower-case letters, digits and underscores, 40 at most"
    weights = split.weights
    if weights is not None and (
        set(weights) != set(split.variants)
        or not all(math.isfinite(weight) and weight >= 0 for weight in weights.values())
        or sum(weights.values()) <= 0
    ):
        return "its weights must name its variants, be 0 or more and finite, and not all 0"
    return None
