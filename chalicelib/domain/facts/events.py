"""What happened, in the past tense: events read from facts, old and new, or from all that is known now.

Each event names the customer's thing it is about by ``key`` (a cart, an order, a launch) and has its own time ``at``.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from chalicelib.domain.facts.answer import Answer
from chalicelib.domain.facts.cart import Cart
from chalicelib.domain.facts.consent import Purpose, Unsubscription
from chalicelib.domain.facts.customer import Customer, Erasure, Merged
from chalicelib.domain.facts.fact import Fact
from chalicelib.domain.facts.known import Facts
from chalicelib.domain.facts.launch import Launch
from chalicelib.domain.facts.order import Cancellation, Order, Refund


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to one customer, or (for a launch) to many."""

    key_name: ClassVar[str] = ""
    key: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CartChanged(Event):
    """A cart changed and has lines."""

    key_name: ClassVar[str] = "cart_id"
    cart: Cart


@dataclass(frozen=True, slots=True)
class CartEmptied(Event):
    """A cart has no lines any more."""

    key_name: ClassVar[str] = "cart_id"
    cart: Cart


@dataclass(frozen=True, slots=True)
class OrderPlaced(Event):
    """An order was placed. Its ``cart_id`` is the cart it came from, if the shop says so."""

    key_name: ClassVar[str] = "order_id"
    order: Order

    @property
    def cart_id(self) -> str | None:
        """The cart that became this order."""
        return self.order.cart_id


@dataclass(frozen=True, slots=True)
class OrderFulfilled(Event):
    """An order reached its customer."""

    key_name: ClassVar[str] = "order_id"
    order: Order


@dataclass(frozen=True, slots=True)
class OrderCancelled(Event):
    """An order was called off."""

    key_name: ClassVar[str] = "order_id"
    order: Order


@dataclass(frozen=True, slots=True)
class SurveyAnswered(Event):
    """A customer answered the survey about an order."""

    key_name: ClassVar[str] = "order_id"
    answer: Answer


@dataclass(frozen=True, slots=True)
class Unsubscribed(Event):
    """A customer refused a purpose through a mail's link."""

    key_name: ClassVar[str] = "purpose"
    purpose: Purpose


@dataclass(frozen=True, slots=True)
class LaunchAnnounced(Event):
    """A launch was announced or changed."""

    key_name: ClassVar[str] = "launch_id"
    launch: Launch


@dataclass(frozen=True, slots=True)
class LaunchWithdrawn(Event):
    """A launch was called off."""

    key_name: ClassVar[str] = "launch_id"
    launch: Launch


@dataclass(frozen=True, slots=True)
class LaunchEnded(Event):
    """A launch is over."""

    key_name: ClassVar[str] = "launch_id"
    launch: Launch


def events_of(fact: Fact) -> Iterator[Event]:
    """All the events that one fact, as it stands, tells of."""
    match fact:
        case Cart(lines=()):
            yield CartEmptied(fact.id, fact.at, fact)
        case Cart():
            yield CartChanged(fact.id, fact.at, fact)
        case Order():
            yield OrderPlaced(fact.id, fact.placed_at, fact)
            if fact.fulfilled_at:
                yield OrderFulfilled(fact.id, fact.fulfilled_at, fact)
            if fact.cancelled_at:
                yield OrderCancelled(fact.id, fact.cancelled_at, fact)
        case Answer():
            yield SurveyAnswered(fact.order_id, fact.at, fact)
        case Unsubscription():
            yield Unsubscribed(fact.purpose, fact.at, fact.purpose)
        case Launch(withdrawn=True):
            yield LaunchWithdrawn(fact.id, fact.at, fact)
        case Launch():
            yield LaunchAnnounced(fact.id, fact.at, fact)
        case Customer() | Refund() | Cancellation() | Merged() | Erasure():
            return


def news(old: Fact | None, new: Fact) -> list[Event]:
    """The events that ``new`` tells and ``old``, its former version, did not."""
    known = set(map(_identity, events_of(old))) if old else set()
    return [event for event in events_of(new) if _identity(event) not in known]


def _identity(event: Event) -> tuple[type[Event], str, datetime]:
    return type(event), event.key, event.at


def history(facts: Facts, now: datetime) -> Iterator[Event]:
    """Everything that happened to this customer up to ``now``, as far as it is still known."""
    things: tuple[Fact, ...] = (
        *facts.carts.values(),
        *facts.orders.values(),
        *facts.answers.values(),
        *facts.unsubscriptions.values(),
    )
    for thing in things:
        for event in events_of(thing):
            if not (isinstance(event, OrderFulfilled) and event.at > now):  # announced, not yet done
                yield event
    if launch := facts.launch:
        yield from events_of(launch)
        if launch.ends_at <= now:
            yield LaunchEnded(launch.id, launch.ends_at, launch)
