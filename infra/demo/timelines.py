"""A customer's time line: the engine's own, as ``rekindle show`` prints it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from importlib.util import find_spec
from typing import Protocol, cast

from chalicelib.domain.customer import Facts
from chalicelib.domain.outcomes import Outcome
from chalicelib.domain.pages import Engagement
from infra.demo.words import amount


class Entry(Protocol):
    """One line."""

    @property
    def at(self) -> datetime: ...
    @property
    def text(self) -> str: ...
    @property
    def journey(self) -> str | None: ...
    @property
    def step(self) -> str | None: ...
    @property
    def kind(self) -> str: ...


@dataclass(frozen=True, slots=True)
class _Line:
    at: datetime
    text: str
    journey: str | None
    step: str | None
    kind: str


def time_line(facts: Facts, engagement: Engagement) -> Sequence[Entry]:
    """Everything that happened to a customer, oldest first."""
    if find_spec("chalicelib.services.timeline"):
        lines = import_module("chalicelib.services.timeline").timeline(facts, engagement)
        return cast(Sequence[Entry], lines)
    return sorted([*_told(facts), *_done(engagement)], key=lambda line: line.at)


def _told(facts: Facts) -> Iterator[_Line]:
    for order in facts.orders.values():
        worth = amount(order.total.amount, order.total.currency)
        yield _Line(order.placed_at, f"ordered {order.id} for {worth}", None, None, "order")
        if order.fulfilled_at:
            yield _Line(order.fulfilled_at, f"order {order.id} arrived", None, None, "order")
        if order.cancelled_at:
            yield _Line(order.cancelled_at, f"order {order.id} called off", None, None, "order")
    for cart in facts.carts.values():
        what = f"changed cart {cart.id}" if cart.lines else f"emptied cart {cart.id}"
        yield _Line(cart.at, what, None, None, "cart")
    for answer in facts.answers.values():
        yield _Line(answer.at, f"answered {answer.score} about order {answer.order_id}", None, None, "answer")
    for refusal in facts.unsubscriptions.values():
        yield _Line(refusal.at, f"unsubscribed from {refusal.purpose}", None, None, "refusal")


def _done(engagement: Engagement) -> Iterator[_Line]:
    for run in engagement.enrollments:
        for outcome in run.outcomes.values():
            yield _Line(outcome.at, _said(outcome), run.journey, outcome.step, str(outcome.kind))


def _said(outcome: Outcome) -> str:
    parts = [str(outcome.kind) + (" by a machine" if outcome.automated else "")]
    if outcome.reason:
        parts.append(f"({outcome.reason.replace('_', ' ')})")
    if outcome.value:
        parts.append(amount(outcome.value.amount, outcome.value.currency))
    if outcome.score is not None:
        parts.append(f"score {outcome.score}")
    return " ".join(parts)
