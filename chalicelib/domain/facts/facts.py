"""Every kind of fact, and all the facts of one customer together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from chalicelib.domain.channel import Channel
from chalicelib.domain.facts.answer import Answer
from chalicelib.domain.facts.cart import Cart, CartChanged, CartEmptied, CartLink
from chalicelib.domain.facts.consent import UNSUBSCRIBE, Consent, Purpose, Unsubscription, together
from chalicelib.domain.facts.customer import ADDRESSES, Customer, Erasure, Merged
from chalicelib.domain.facts.fact import Event, Fact
from chalicelib.domain.facts.launch import Launch, LaunchEnded
from chalicelib.domain.facts.order import Cancellation, Order, OrderCancelled, OrderFulfilled, OrderPlaced, Refund
from chalicelib.domain.time import NEVER

KINDS: tuple[type[Fact], ...] = (
    Customer,
    Cart,
    CartLink,
    Order,
    Refund,
    Cancellation,
    Answer,
    Unsubscription,
    Launch,
    Merged,
    Erasure,
)
"""Every kind of fact that is stored."""
SUBJECTS: Mapping[str, type[Fact]] = {
    **dict.fromkeys((CartChanged.__name__, CartEmptied.__name__), Cart),
    **dict.fromkeys((OrderPlaced.__name__, OrderFulfilled.__name__, OrderCancelled.__name__), Order),
}
"""By the event that began a run: the kind of the fact that the run is about, if its owner may change."""


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is known of one customer, read together; ``launch`` is the one an enrollment is about, if any.

    ``merging``: customers who are being merged into this one: only their facts are here yet.
    ``at_address``: the facts (no carts, no answers) of each other customer who bears the address that this one is
    written to. They may be the same person or not, so they stop messages, and do nothing else. ``bearers``: the keys of
    others who may be written to at any address that this customer bears or bore. ``apart``: who was split off from this
    customer, and when: what was sent before that may have been sent to them.
    """

    customer: Customer
    carts: Mapping[str, Cart] = field(default_factory=dict)
    orders: Mapping[str, Order] = field(default_factory=dict)
    answers: Mapping[str, Answer] = field(default_factory=dict)
    unsubscriptions: Mapping[Purpose, Unsubscription] = field(default_factory=dict)
    launch: Launch | None = None
    merging: tuple[str, ...] = ()
    at_address: tuple[Facts, ...] = ()
    bearers: tuple[str, ...] = ()
    apart: Mapping[str, datetime] = field(default_factory=dict)

    def consent(self, purpose: Purpose) -> Consent | None:
        """The latest consent to ``purpose``: the profile's, or a refusal through a mail if that was later."""
        latest = self.customer.consents.get(purpose)
        refusal = self.unsubscriptions.get(purpose)
        if refusal and (latest is None or refusal.overrules(latest)):
            return Consent(given=False, at=refusal.at, source=UNSUBSCRIBE)
        return latest

    def refusals(self, purpose: Purpose) -> Iterator[Consent]:
        """What of ``purpose`` is refused now: the latest consent if it refuses, and a refusal through a mail beside it.

        An account that is deleted withdraws its consent, and what its owner refused through a mail stays refused.
        """
        latest, refusal = self.consent(purpose), self.unsubscriptions.get(purpose)
        if latest is None or latest.given:
            return
        yield latest
        if refusal and latest.source != UNSUBSCRIBE:
            yield Consent(given=False, at=refusal.at, source=UNSUBSCRIBE)

    def refused_at_address(self, purpose: Purpose) -> Iterator[Consent]:
        """Refusals of others who bear the address: all count, unless this customer has the address and agreed later.

        Of who is written to elsewhere by now, none counts; of an account that was deleted, only one through a mail.
        """
        own = self.consent(purpose)
        is_dated = self.customer.email and own and own.given and not own.undated
        for other in self.at_address:
            for refusal in other.refusals(purpose):
                has_agreed_later = is_dated and own and own.at > refusal.at
                if not (has_agreed_later or _is_of_elsewhere(other.customer, self.customer, refusal)):
                    yield refusal

    def unsubscribed(
        self, purpose: Purpose, at: datetime, enrollment: str | None = None, step: str | None = None
    ) -> Unsubscription:
        """The refusal at ``at`` of all that is known: it counts against the consent known now, whatever its time."""
        consent, before = self.customer.consents.get(purpose), self.unsubscriptions.get(purpose)
        claimed = together(consent.claimed if consent else (), before.claimed if before else ())
        return Unsubscription(purpose, max(at, consent.at) if consent else at, enrollment, step, claimed)

    def things(self) -> Iterator[Fact]:
        """All facts of the customer but the profile and the launch."""
        yield from self.carts.values()
        yield from self.orders.values()
        yield from self.answers.values()
        yield from self.unsubscriptions.values()

    def history(self, now: datetime) -> Iterator[Event]:
        """Everything that happened to this customer up to ``now``, as far as it is still known."""
        for thing in self.things():
            for event in thing.events():
                if not (event.is_announced and event.at > now):
                    yield event
        if launch := self.launch:
            yield from launch.events()
            if launch.ends_at <= now:
                yield LaunchEnded(launch.id, launch.ends_at, launch)


def facts_of(customer: Customer, facts: Iterable[Fact]) -> Facts:
    """All that is known of a customer, from single facts; ``customer`` stands in where there is no profile.

    Refunds and cancellations that a source reports apart are folded into their orders: a refund never takes more than
    the order brought and counts in the order's currency only; a cancellation older than the order's last version is
    undone by it. Facts that include an erasure are an erased customer's: the stream may not have handled it yet.
    """
    known = list(facts)
    orders = {fact.id: fact for fact in known if isinstance(fact, Order)}
    for fact in known:
        match fact:
            case Refund(order_id=order_id) if (order := orders.get(order_id)) and _counts(fact, order):
                orders[order_id] = replace(order, refunded=order.refunded + fact.amount)
            case Cancellation(order_id, at) if (order := orders.get(order_id)) and order.at <= at:
                orders[order_id] = replace(order, cancelled_at=order.cancelled_at or at)
    profile = next((fact for fact in known if isinstance(fact, Customer)), customer)
    return Facts(
        customer=replace(profile, erased=True) if any(isinstance(fact, Erasure) for fact in known) else profile,
        carts=_with_links(known),
        orders=orders,
        answers={fact.order_id: fact for fact in known if isinstance(fact, Answer)},
        unsubscriptions={fact.purpose: fact for fact in known if isinstance(fact, Unsubscription)},
    )


def _with_links(known: Iterable[Fact]) -> dict[str, Cart]:
    """The carts, each with the link back to it that was reported apart, if it has none of its own."""
    carts, links = dict[str, Cart](), dict[str, str | None]()
    for fact in known:
        if isinstance(fact, Cart):
            carts[fact.id] = fact
        elif isinstance(fact, CartLink):
            links[fact.cart_id] = fact.url
    return {name: replace(cart, url=cart.url or links[name]) if name in links else cart for name, cart in carts.items()}


def _is_of_elsewhere(other: Customer, customer: Customer, refusal: Consent) -> bool:
    """Whether a refusal of another who bore the address says nothing about it any more."""
    if any(other.address(channel) for channel in Channel):
        return not any(other.reads_at(customer, channel) for channel in Channel)
    is_deleted = any(other.reported_at(own) > NEVER for own, _ in ADDRESSES.values())
    return is_deleted and refusal.source != UNSUBSCRIBE


def _counts(refund: Refund, order: Order) -> bool:
    return refund.currency in (None, order.total.currency)
