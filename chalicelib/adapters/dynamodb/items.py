"""The shapes of all items but for their keys: domain values as text for storage, and back."""

from collections.abc import Mapping
from dataclasses import fields, replace
from functools import cache
from typing import Any, TypeVar

import msgspec

from chalicelib.adapters.dynamodb import keys
from chalicelib.domain.facts import versions
from chalicelib.domain.facts.cart import Cart
from chalicelib.domain.facts.fact import Fact
from chalicelib.domain.facts.facts import KINDS
from chalicelib.domain.journeys.credits import Credit
from chalicelib.domain.journeys.outcomes import Outcome
from chalicelib.domain.journeys.run import Enrollment
from chalicelib.domain.standing.standing import Standing
from chalicelib.domain.time import from_text

T = TypeVar("T")
APART = frozenset({"outcomes", "version", "due_at", "ordered"})
"""Kept beside an enrollment's state, as attributes of their own."""
MOVED = "moved_to"
"""The attribute of a moved enrollment or credit that names its new customer."""
OVER = "is_over"
"""The attribute of the record of a merge that is over."""
SPLIT_OFF = "split_off"
"""The attribute of the mark of a customer who was split off from this one: the names that they took with them."""
TOTAL = "ordered#"
"""The beginning of the attributes that hold what was ordered, by currency."""
_encode = msgspec.json.Encoder().encode

_KINDS: Mapping[str, type[Fact]] = {each.kind: each for each in KINDS}


def plain(value: Any, without: frozenset[str] = frozenset()) -> str:
    """A dataclass as JSON text, without these fields, those that are None, and flags that are off as by default.

    What is left out is read back as its default, so the default of a stored flag must never become True.

    Text, and not DynamoDB's nested maps: each level of those costs a type tag to write, to bill and to read, on the
    table and once more on its stream. What an expression looks at (times, versions, names of outcomes) stays apart.
    """
    kind: Any = type(value)
    stored = _stored(kind, without)
    return _encode(
        {name: found for name, left_out in stored if (found := getattr(value, name)) is not left_out}
    ).decode()


@cache
def _stored(kind: Any, without: frozenset[str]) -> tuple[tuple[str, bool | None], ...]:
    """The fields of a dataclass, each with the value that is not written down."""
    stored = (field for field in fields(kind) if field.name not in without)
    return tuple((field.name, False if field.default is False else None) for field in stored)


def read(value: str, kind: type[T]) -> T:
    """The dataclass of a text that ``plain`` made; raises ``ValueError`` naming the field that does not fit."""
    try:
        return msgspec.json.decode(value, type=kind, strict=True)
    except (msgspec.DecodeError, TypeError) as error:
        raise ValueError(f"stored {kind.__name__}: {error}") from None


def fact_sk(fact: Fact) -> str:
    """The sort key of a fact."""
    return keys.fact(fact.kind, fact.own_id)


def joined(one: Fact, other: Fact) -> Fact:
    """Two versions of a fact joined; their order does not matter."""
    return versions.joined(one, other, plain)


def fact_content(fact: Fact) -> dict[str, Any]:
    """A fact's item but for its key."""
    text = plain(fact)
    was_empty = isinstance(fact, Cart) and fact.last_empty is not None
    return {"version": versions.version_of(fact, text), "fact": text, **({"emptied": True} if was_empty else {})}


def fact_of(item: Mapping[str, Any]) -> Fact | None:
    """The fact in an item of ``commerce``; None for items that hold none (aliases, coupons, deliveries)."""
    kind = _KINDS.get(keys.kind_of(item["sk"]))
    return read(item["fact"], kind) if kind else None


def enrollment_state(enrollment: Enrollment) -> str:
    """An enrollment's state, without what its item keeps apart: outcomes, version, due time."""
    return plain(enrollment, APART)


def enrollment_of(item: Mapping[str, Any]) -> Enrollment:
    """The enrollment in an item of ``engagement``."""
    return replace(
        read(item["state"], Enrollment),
        version=item["version"],
        due_at=from_text(item["due_at"]) if "due_at" in item else None,
        outcomes={name: read(outcome, Outcome) for name, outcome in item["outcomes"].items()},
        ordered={name.removeprefix(TOTAL): total for name, total in item.items() if name.startswith(TOTAL)},
    )


def counted_of(item: Mapping[str, Any]) -> Enrollment | Credit | Standing | None:
    """What is counted of an item of ``engagement``; None for others, and for what counts where it moved to."""
    sk = item["sk"]
    if MOVED in item:
        return None
    if sk.startswith(keys.ENROLLMENT):
        return enrollment_of(item)
    if sk.startswith(keys.CREDIT):
        return read(item["credit"], Credit)
    return read(item["standing"], Standing) if sk == keys.STANDING else None


def total(currency: str) -> str:
    """The attribute of an enrollment that holds what was ordered in a currency."""
    return TOTAL + currency


def outcome_value(outcome: Outcome) -> str:
    """One outcome as it stands in the enrollment's map of outcomes."""
    return plain(outcome)


def is_merging(item: Mapping[str, Any]) -> bool:
    """Whether an item says that another customer is being merged into its own."""
    return item["sk"].startswith(keys.ABSORBS) and OVER not in item


def key_of(item: Mapping[str, Any]) -> dict[str, str]:
    """The key of a stored item."""
    return {"pk": item["pk"], "sk": item["sk"]}
