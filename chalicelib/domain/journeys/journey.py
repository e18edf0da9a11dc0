"""The vocabulary of journeys: a definition is data, checked when it is made and run by ``engine``.

>>> Journey(
...     key="hello", version=1, purpose=Purpose.SERVICE, enroll=On(OrderPlaced, key="order_id"),
...     steps=(Wait("a_day", days(1)), Send("thanks", template="thanks")),
... ).steps[0].name
'a_day'
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from chalicelib.domain.errors import InvalidJourney
from chalicelib.domain.facts.answer import AnswerChanged, SurveyAnswered
from chalicelib.domain.facts.cart import CartChanged, CartEmptied
from chalicelib.domain.facts.consent import Purpose
from chalicelib.domain.facts.fact import Event
from chalicelib.domain.facts.launch import LaunchAnnounced, LaunchEnded, LaunchWithdrawn
from chalicelib.domain.facts.order import OrderCancelled, OrderFulfilled, OrderPlaced, OrderRefunded
from chalicelib.domain.journeys.rules import problems
from chalicelib.domain.journeys.steps import (
    MARKETING,
    ONCE,
    PER_KEY,
    SERVICE,
    SKIP,
    At,
    Branch,
    CoolDown,
    Coupon,
    Defer,
    Goal,
    Message,
    Notify,
    Reentry,
    Send,
    Split,
    Step,
    Unknown,
    Wait,
    Weekday,
    days,
    every_step,
    hours,
    inside,
    minutes,
)
from chalicelib.domain.journeys.triggers import Either, On, alternatives

__all__ = [
    "MARKETING", "ONCE", "PER_KEY", "SERVICE", "SKIP", "AnswerChanged", "At", "Branch", "CartChanged", "CartEmptied",
    "CoolDown", "Coupon", "Defer", "Either", "Goal", "Journey", "LaunchAnnounced", "LaunchEnded", "LaunchWithdrawn",
    "Message", "Notify", "On", "OrderCancelled", "OrderFulfilled", "OrderPlaced", "OrderRefunded", "Purpose", "Reentry",
    "Send", "Split", "Step", "SurveyAnswered", "Unknown", "Wait", "Weekday", "alternatives", "days", "every_step",
    "hours", "minutes",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Journey:
    """A journey's definition. ``(key, version)`` is pinned on each enrollment; a published version never changes.

    ``priority``: if several sends are due for one customer, the highest is first. ``grace``: if a fact's first step was
    due longer ago than this, it enrolls nobody (imported history). Raises ``InvalidJourney`` if it could not run.
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
    listens_to: frozenset[type[Event]] = field(init=False, repr=False, compare=False)
    """The events that may end, wake or credit a run; needed for each stream record, so computed once."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "plan", dict(_linked(self.steps, None)))

        for problem in problems(self):
            raise InvalidJourney(self.key, problem)
        object.__setattr__(self, "listens_to", frozenset(on.event for on in self._listened()))

    @property
    def messages(self) -> list[Message]:
        """Every step that sends something, in the order of the definition."""
        return [step for step in every_step(self.steps) if isinstance(step, Send | Notify)]

    def _listened(self) -> Iterator[On]:
        yield from alternatives(self.exit)
        if self.goal:
            yield self.goal.on
        for step in every_step(self.steps):
            if isinstance(step, Wait):
                yield from (*alternatives(step.awaited), *alternatives(step.recheck))

    def check_messages(self, found: Mapping[str, Collection[str]], languages: Sequence[str]) -> None:
        """Raise ``InvalidJourney`` unless each message exists in each of the shop's languages.

        ``found``: the languages of the messages in the journey's folder.
        """
        for message in self.messages:
            written = found.get(message.template)
            if not written:
                raise InvalidJourney(self.key, f"step {message.name!r}: unknown template {message.template!r}")
            if missing := sorted(set(languages) - set(written)):
                raise InvalidJourney(self.key, f"template {message.template!r} lacks the language {missing[0]!r}")


def _linked(steps: tuple[Step, ...], after: str | None) -> Iterator[tuple[str, tuple[Step, str | None]]]:
    for index, step in enumerate(steps):
        following = steps[index + 1].name if index + 1 < len(steps) else after
        yield step.name, (step, following)
        for inner in inside(step):
            yield from _linked(inner, following)
