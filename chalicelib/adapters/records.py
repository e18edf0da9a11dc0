"""Domain values as plain mappings for storage, and back; the shapes of all items but for their keys."""

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from chalicelib.domain.customer import Answer, Cart, Customer, Facts, Launch, Order, Unsubscription
from chalicelib.domain.enrollment import Enrollment
from chalicelib.domain.events import Fact
from chalicelib.domain.outcomes import Outcome

T = TypeVar("T")

_KINDS: tuple[tuple[str, type[Fact]], ...] = (
    ("CUSTOMER", Customer),
    ("CART#", Cart),
    ("ORDER#", Order),
    ("ANSWER#", Answer),
    ("UNSUBSCRIBE#", Unsubscription),
    ("LAUNCH", Launch),
)


def plain(value: Any) -> dict[str, Any]:
    """A dataclass as a mapping of plain values, without what is None."""
    result: dict[str, Any] = _compact(msgspec.to_builtins(value, str_keys=True))
    return result


def _compact(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _compact(inner) for name, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [_compact(inner) for inner in value]
    return value


def read(value: Mapping[str, Any], kind: type[T]) -> T:
    """The dataclass that ``plain`` made this of; raises ``ValueError`` naming the field that does not fit."""
    try:
        return msgspec.convert(value, kind, strict=True)
    except msgspec.ValidationError as error:
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
        case Answer():
            return f"ANSWER#{fact.order_id}"
        case Unsubscription():
            return f"UNSUBSCRIBE#{fact.purpose}"
        case Launch():
            return "LAUNCH"


def fact_of(item: Mapping[str, Any]) -> Fact | None:
    """The fact an item of ``commerce`` holds; None for the items that are none (aliases, coupons, deliveries)."""
    sk = item["sk"]
    for prefix, kind in _KINDS:
        if sk == prefix or (prefix.endswith("#") and sk.startswith(prefix)):
            return read(item["fact"], kind)
    return None


def facts_of(customer: Customer, facts: list[Fact]) -> Facts:
    """All that is known of a customer, from the facts of the partition."""
    profile = next((fact for fact in facts if isinstance(fact, Customer)), customer)
    return Facts(
        customer=profile,
        carts={fact.id: fact for fact in facts if isinstance(fact, Cart)},
        orders={fact.id: fact for fact in facts if isinstance(fact, Order)},
        answers={fact.order_id: fact for fact in facts if isinstance(fact, Answer)},
        unsubscriptions={fact.purpose: fact for fact in facts if isinstance(fact, Unsubscription)},
    )


def enrollment_state(enrollment: Enrollment) -> dict[str, Any]:
    """An enrollment's state, without what the item keeps apart: its outcomes, its version, when it is due."""
    state = plain(enrollment)
    for apart in ("outcomes", "version", "due_at"):
        state.pop(apart, None)
    return state


def enrollment_of(item: Mapping[str, Any]) -> Enrollment:
    """The enrollment an item of ``engagement`` holds."""
    state = {**item["state"], "version": item["version"], "outcomes": item["outcomes"]}
    if "due_at" in item:
        state["due_at"] = item["due_at"]
    return read(state, Enrollment)


def outcome_value(outcome: Outcome) -> dict[str, Any]:
    """One outcome as it stands in the enrollment's map of outcomes."""
    return plain(outcome)
