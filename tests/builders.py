"""Builders: a whole thing of which a test says only what matters to it."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib.domain.facts.answer import Answer
from chalicelib.domain.facts.cart import Cart, Line
from chalicelib.domain.facts.consent import Consent, Purpose, Unsubscription
from chalicelib.domain.facts.customer import Customer
from chalicelib.domain.facts.facts import SUBJECTS, Facts
from chalicelib.domain.facts.launch import Launch
from chalicelib.domain.facts.order import Order
from chalicelib.domain.journeys.contacts import Contacts
from chalicelib.domain.journeys.credits import Credit
from chalicelib.domain.journeys.journey import Journey
from chalicelib.domain.journeys.outcomes import Kind, Outcome
from chalicelib.domain.journeys.policy import Policy
from chalicelib.domain.journeys.run import Enrollment
from chalicelib.domain.journeys.situation import Situation
from chalicelib.domain.money import Money


def utc(text: str) -> datetime:
    """``utc("2026-03-02 10:00")``."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


START = utc("2026-03-02 10:00")
"""A Monday morning on which, unless a test says otherwise, everything begins."""


def a_customer(key: str = "ann", *, consent: bool | None = True, **more: Any) -> Customer:
    """Ann, who may be written to; ``consent`` None means that she never said anything."""
    consents = {} if consent is None else {Purpose.MARKETING: Consent(consent, START - timedelta(days=30))}
    given: dict[str, Any] = {"at": START - timedelta(days=30), "email": "ann@example.com", "consents": consents}
    return Customer(key, **(given | more))


def a_cart(cart_id: str = "cart-1", at: datetime = START, *, lines: int = 1) -> Cart:
    """A cart with so many lines of tea."""
    tea = tuple(Line(f"tea-{number}", "Tea", price=1250) for number in range(lines))
    return Cart(cart_id, at, Money(1250 * lines, "USD"), tea)


def an_order(order_id: str = "order-1", at: datetime = START, total: int = 2000, **more: Any) -> Order:
    """An order of 20 dollars."""
    return Order(order_id, at, Money(total, "USD"), **({"at": at} | more))


def a_launch(launch_id: str = "spring", **more: Any) -> Launch:
    """A launch ten days after ``START`` for two days; gold 48 h and silver 24 h before everyone."""
    given: dict[str, Any] = {
        "at": START,
        "name": "Spring teas",
        "products": ("first-flush",),
        "segment": "loyal",
        "opens_at": START + timedelta(days=10),
        "ends_at": START + timedelta(days=12),
        "early_by": {"gold": timedelta(hours=48), "silver": timedelta(hours=24)},
    }
    return Launch(launch_id, **(given | more))


def an_answer(order_id: str = "order-1", at: datetime = START, score: int = 9, **more: Any) -> Answer:
    """An answer to the survey about an order."""
    return Answer(order_id, at, score, **more)


def facts(*things: Customer | Cart | Order | Answer | Launch | Unsubscription) -> Facts:
    """All that is known of a customer: Ann, unless another is among ``things``."""
    return Facts(
        customer=next((thing for thing in things if isinstance(thing, Customer)), a_customer()),
        carts={thing.id: thing for thing in things if isinstance(thing, Cart)},
        orders={thing.id: thing for thing in things if isinstance(thing, Order)},
        answers={thing.order_id: thing for thing in things if isinstance(thing, Answer)},
        unsubscriptions={thing.purpose: thing for thing in things if isinstance(thing, Unsubscription)},
        launch=next((thing for thing in things if isinstance(thing, Launch)), None),
    )


def an_enrollment(journey: Journey | None = None, **more: Any) -> Enrollment:
    """A run that began at ``START`` and waits at its first step (or, without a journey, at a step "message")."""
    given: dict[str, Any] = {
        "customer": "ann",
        "journey": journey.key if journey else "hello",
        "journey_version": journey.version if journey else 1,
        "occurrence": "order-1",
        "subject": "order-1",
        "trigger": journey.enroll.event.__name__ if journey else "OrderPlaced",
        "entered_at": START,
        "ran_at": START,
        "step": journey.steps[0].name if journey else "message",
        "due_at": START,
        "outcomes": {"enrolled": Outcome("enrolled", Kind.ENROLLED, START)},
    }
    return Enrollment(**(given | more))


def a_situation(
    enrollment: Enrollment | None = None, known: Facts | None = None, now: datetime = START,
    policy: Policy | None = None, contacts: Contacts | None = None,
) -> Situation:  # fmt: skip
    """What a decision looks at, at ``now``; the cart or the order that began the run is there."""
    run, held = enrollment or an_enrollment(), known or facts()
    if SUBJECTS.get(run.trigger) is Cart and run.subject not in held.carts:
        held = replace(held, carts={**held.carts, run.subject: a_cart(run.subject, run.entered_at)})
    if SUBJECTS.get(run.trigger) is Order and run.subject not in held.orders:
        held = replace(held, orders={**held.orders, run.subject: an_order(run.subject, run.entered_at)})
    return Situation(run, held, now, policy or Policy(), contacts or Contacts())


def with_credits(run: Enrollment, credits: Iterable[Credit]) -> Enrollment:
    """A run with the outcomes that its credits stand for."""
    own = (credit.outcomes for credit in credits if credit.enrollment == run.id)
    return replace(run, outcomes={**run.outcomes, **{name: each for found in own for name, each in found.items()}})


def outcomes_of(enrollment: Enrollment, *kinds: Kind) -> list[tuple[Kind, str | None, str | None]]:
    """Kind, step and reason of a run's outcomes (of these kinds; all but "enrolled" without), in order."""
    wanted = kinds or tuple(kind for kind in Kind if kind is not Kind.ENROLLED)
    return [(each.kind, each.step, each.reason) for each in enrollment.outcomes.values() if each.kind in wanted]
