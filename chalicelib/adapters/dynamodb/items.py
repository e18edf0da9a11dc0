"""Domain values as plain mappings for storage, and back; the shapes of all items but for their keys."""

import hashlib
from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import datetime
from functools import cache
from typing import Any, TypeVar

import msgspec

from chalicelib.adapters.dynamodb.keys import ERASURE, MERGED
from chalicelib.domain.facts.answer import Answer
from chalicelib.domain.facts.cart import Cart
from chalicelib.domain.facts.cart_changes import cart_of
from chalicelib.domain.facts.consent import Unsubscription
from chalicelib.domain.facts.customer import Customer, Erasure, Merged
from chalicelib.domain.facts.events import Fact
from chalicelib.domain.facts.known import Facts
from chalicelib.domain.facts.launch import Launch
from chalicelib.domain.facts.order import Cancellation, Order, Refund
from chalicelib.domain.journeys.outcomes import Outcome
from chalicelib.domain.journeys.run import Enrollment
from chalicelib.domain.time import from_text, to_text

T = TypeVar("T")
APART = frozenset({"outcomes", "version", "due_at"})
"""What an enrollment's item keeps beside its state."""
_encode = msgspec.json.Encoder().encode

_KINDS: tuple[tuple[str, type[Fact]], ...] = (
    ("CUSTOMER", Customer),
    ("CART#", Cart),
    ("ORDER#", Order),
    ("REFUND#", Refund),
    ("CANCELLATION#", Cancellation),
    ("ANSWER#", Answer),
    ("UNSUBSCRIBE#", Unsubscription),
    ("LAUNCH", Launch),
    (MERGED, Merged),
    (ERASURE, Erasure),
)


def plain(value: Any, without: frozenset[str] = frozenset()) -> str:
    """A dataclass as JSON text, without these fields and those that are None.

    Text, and not DynamoDB's nested maps: each level of those costs a type tag to write, to bill and to read, on the
    table and once more on its stream. What an expression looks at (times, versions, the names of outcomes) stays apart.
    """
    kind: Any = type(value)
    names = _names(kind, without)
    return _encode({name: told for name in names if (told := getattr(value, name)) is not None}).decode()


@cache
def _names(kind: Any, without: frozenset[str]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind) if field.name not in without)


def read(value: str, kind: type[T]) -> T:
    """The dataclass that ``plain`` made this of; raises ``ValueError`` naming the field that does not fit."""
    try:
        return msgspec.json.decode(value, type=kind, strict=True)
    except (msgspec.DecodeError, TypeError) as error:
        raise ValueError(f"stored {kind.__name__}: {error}") from None


def fact_sk(fact: Fact) -> str:
    """The sort key of a fact."""
    match fact:
        case Customer():
            return "CUSTOMER"
        case Cart():
            return f"CART#{fact.id}"
        case Order():
            return f"ORDER#{fact.id}"
        case Refund():
            return f"REFUND#{fact.order_id}#{fact.id}"
        case Cancellation():
            return f"CANCELLATION#{fact.order_id}"
        case Answer():
            return f"ANSWER#{fact.order_id}"
        case Unsubscription():
            return f"UNSUBSCRIBE#{fact.purpose}"
        case Launch():
            return "LAUNCH"
        case Merged():
            return MERGED
        case Erasure():
            return ERASURE


def fact_version(fact: Fact, at: datetime | None = None) -> str:
    """What versions of a fact are compared by, as text; two that say the same are the same version.

    The later holds; of one time the one that ends more (withdrawn, cancelled, fulfilled), else the one that says more,
    whichever came first. ``at`` is the version's time where that is not the fact's own.
    """
    text = plain(fact)
    return (
        f"{to_text(at or fact.at)}#{_finality(fact)}#{len(text):06d}#{hashlib.sha256(text.encode()).hexdigest()[:16]}"
    )


def is_joined(fact: Fact) -> bool:
    """Whether a version of a fact tells a part of it only, to be joined with what is known."""
    match fact:
        case Customer():
            return True
        case Cart():
            return fact.parts is not None
        case Order():
            return bool(fact.repeats)
        case _:
            return False


def joined(one: Fact, other: Fact) -> Fact:
    """What two versions of a fact tell together, whichever came first."""
    match one, other:
        case Customer(), Customer():
            return one.joined(other)
        case Cart(), Cart():
            wholes = [cart.parts.whole if cart.parts else cart for cart in (one, other)]
            whole = max((cart for cart in wholes if cart), key=fact_version, default=None)
            return cart_of(one.id, whole, [each for cart in (one, other) if cart.parts for each in cart.parts.changes])
        case Order(repeats=True), Order(repeats=True):
            return min(one, other, key=fact_version)
        case Order(repeats=True), Order():
            return other
        case Order(), Order(repeats=True):
            return one
        case _:
            return max(one, other, key=fact_version)


def fact_of(item: Mapping[str, Any]) -> Fact | None:
    """The fact an item of ``commerce`` holds; None for the items that are none (aliases, coupons, deliveries)."""
    sk = item["sk"]
    for prefix, kind in _KINDS:
        if sk == prefix or (prefix.endswith("#") and sk.startswith(prefix)):
            return read(item["fact"], kind)
    return None


def _finality(fact: Fact) -> int:
    match fact:
        case Launch():
            return int(fact.withdrawn)
        case Order():
            return 2 * bool(fact.cancelled_at) + bool(fact.fulfilled_at)
        case _:
            return 0


def facts_of(customer: Customer, facts: list[Fact]) -> Facts:
    """All that is known of a customer, from the facts of the partition."""
    profile = next((fact for fact in facts if isinstance(fact, Customer)), customer)
    orders = {fact.id: fact for fact in facts if isinstance(fact, Order)}
    for fact in facts:
        match fact:
            case Refund(order_id=order_id) if (order := orders.get(order_id)) and _counts(fact, order):
                orders[order_id] = replace(order, refunded=min(order.total.amount, order.refunded + fact.amount))
            case Cancellation(order_id, at) if (order := orders.get(order_id)) and order.at < at:
                orders[order_id] = replace(order, cancelled_at=order.cancelled_at or at)
    return Facts(
        customer=profile,
        carts={fact.id: fact for fact in facts if isinstance(fact, Cart)},
        orders=orders,
        answers={fact.order_id: fact for fact in facts if isinstance(fact, Answer)},
        unsubscriptions={fact.purpose: fact for fact in facts if isinstance(fact, Unsubscription)},
    )


def _counts(refund: Refund, order: Order) -> bool:
    return refund.currency in (None, order.total.currency)


def enrollment_state(enrollment: Enrollment) -> str:
    """An enrollment's state, without what the item keeps apart: its outcomes, its version, when it is due."""
    return plain(enrollment, APART)


def enrollment_of(item: Mapping[str, Any]) -> Enrollment:
    """The enrollment an item of ``engagement`` holds."""
    return replace(
        read(item["state"], Enrollment),
        version=item["version"],
        due_at=from_text(item["due_at"]) if "due_at" in item else None,
        outcomes={name: read(outcome, Outcome) for name, outcome in item["outcomes"].items()},
    )


def outcome_value(outcome: Outcome) -> str:
    """One outcome as it stands in the enrollment's map of outcomes."""
    return plain(outcome)
