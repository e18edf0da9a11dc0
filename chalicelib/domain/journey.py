"""The vocabulary in which journeys are written: a definition is data, checked when it is made, run by ``enrollment``.

>>> Journey(
...     key="hello", version=1, purpose=Purpose.SERVICE, enroll=On(OrderPlaced, key="order_id"),
...     steps=(Wait("a_day", days(1)), Send("thanks", template="thanks")),
... ).steps[0].name
'a_day'
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from chalicelib.domain.customer import Purpose
from chalicelib.domain.errors import InvalidJourney
from chalicelib.domain.events import (
    CartChanged,
    CartEmptied,
    LaunchAnnounced,
    LaunchEnded,
    LaunchWithdrawn,
    OrderCancelled,
    OrderFulfilled,
    OrderPlaced,
    SurveyAnswered,
)
from chalicelib.domain.steps import (
    MARKETING,
    NAME,
    NAMED_MOMENTS,
    ONCE,
    PER_KEY,
    SERVICE,
    SKIP,
    At,
    Branch,
    CoolDown,
    Coupon,
    Defer,
    Either,
    Goal,
    Message,
    Notify,
    On,
    Reentry,
    Send,
    Split,
    Step,
    Unknown,
    Wait,
    Weekday,
    alternatives,
    days,
    every_step,
    hours,
    inside,
    minutes,
)

__all__ = [
    "MARKETING", "ONCE", "PER_KEY", "SERVICE", "SKIP", "At", "Branch", "CartChanged", "CartEmptied", "CoolDown",
    "Coupon", "Defer", "Either", "Goal", "Journey", "LaunchAnnounced", "LaunchEnded", "LaunchWithdrawn",
    "Message", "Notify", "On", "OrderCancelled", "OrderFulfilled", "OrderPlaced", "Purpose", "Reentry", "Send",
    "Split", "Step", "SurveyAnswered", "Unknown", "Wait", "Weekday", "alternatives", "days", "every_step",
    "hours", "minutes",
]  # fmt: skip


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


def _linked(steps: tuple[Step, ...], after: str | None) -> Iterator[tuple[str, tuple[Step, str | None]]]:
    for index, step in enumerate(steps):
        following = steps[index + 1].name if index + 1 < len(steps) else after
        yield step.name, (step, following)
        for inner in inside(step):
            yield from _linked(inner, following)


def _problems(journey: Journey) -> Iterator[str]:
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
    names: set[str] = set()
    for step in every_step(journey.steps):
        if step.name in names:
            yield f"duplicate step {step.name!r}"
        names.add(step.name)
        if problem := _problem_of(step):
            yield f"step {step.name!r}: {problem}"
        if isinstance(step, Send) and (other := _sent_together(journey, journey.plan[step.name][1])):
            yield f"steps {step.name!r} and {other!r} would send together: no wait is between them"
    if (goal := journey.goal) and (goal.within is None) == (goal.until is None):
        yield "its goal needs either 'within' or 'until'"
    if goal and goal.within is not None:
        for name, after in _moments_of_sends(journey.steps, None)[0]:
            if after > goal.within:
                yield f"step {name!r} would send {after} after the first message, later than the goal's window"


def _sent_together(journey: Journey, name: str | None) -> str | None:
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
            ways = (inner[0].name if inner else following for inner in inside(step))
            return next(filter(None, (_sent_together(journey, way) for way in ways)), None)
        case _:
            return _sent_together(journey, following)


def _problem_of(step: Step) -> str | None:
    if not re.fullmatch(NAME, step.name):
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
        case Split(variants=variants) if not all(re.fullmatch(NAME, variant) for variant in variants):
            return "its variants' names must be lower-case letters, digits and underscores, 40 at most"
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
                ways = [_moments_of_sends(inner, elapsed) for inner in inside(step)]
                found += [moment for way, _ in ways for moment in way]
                elapsed = max((end for _, end in ways if end is not None), default=elapsed)
            case _:
                pass
    return found, elapsed
