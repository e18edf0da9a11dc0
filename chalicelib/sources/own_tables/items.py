"""The facts in the items of one mapping: the new facts of a changed item, and the meaning of a removed item."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import jmespath  # type: ignore[import-untyped]
from jmespath.parser import ParsedResult  # type: ignore[import-untyped]

from chalicelib.domain.errors import InvalidFact
from chalicelib.domain.money import NO_CURRENCY
from chalicelib.sources.own_tables.functions import OPTIONS
from chalicelib.sources.own_tables.mapping import FactMapping, OwnTable
from chalicelib.sources.own_tables.records import Change
from chalicelib.sources.own_tables.values import EPOCH, fitted, is_usable, without_empty

OWNER_FIELDS: Mapping[str, tuple[str, ...]] = {
    "customer": ("id",),
    "cart": ("customer_id", "id"),
    "order": ("customer_id", "id"),
}
"""The fields that a removal needs."""
OPTIONAL: Mapping[str, tuple[str, ...]] = {
    "customer": ("email", "email_verified"),
    "cart": ("email", "email_verified", "at", "currency"),
    "order": ("email", "email_verified", "at", "placed_at", "fulfilled_at", "cancelled_at"),
}
"""The fields that a removal has too, if they are valid."""
_NO_MONEY = {"total": 0, "currency": NO_CURRENCY}
DEFAULTS: Mapping[str, Mapping[str, Any]] = {"customer": {}, "cart": _NO_MONEY | {"lines": []}, "order": _NO_MONEY}
"""The fields that a body requires and that do not matter for a removal."""
HANDOVER = timedelta(milliseconds=2)
"""A cart becomes empty for its former owner one millisecond after its time; after that it may belong to another."""
EVALUATION_ERRORS = (ValueError, TypeError, ArithmeticError)
"""What an expression may raise on an item of an unexpected shape; JMESPath's own errors are ``ValueError``."""


@dataclass(frozen=True, slots=True)
class ItemFact:
    """A body of ``POST /v1/facts`` from an item; ``removed_at``: when the item was removed, if it was."""

    body: Mapping[str, Any]
    removed_at: datetime | None


@dataclass(frozen=True, slots=True)
class ItemReader:
    """A mapping with compiled expressions."""

    table: OwnTable
    mapping: FactMapping
    when: ParsedResult
    fields: Mapping[str, ParsedResult]

    @classmethod
    def of(cls, table: OwnTable, mapping: FactMapping) -> "ItemReader":
        """Compile a mapping."""
        fields = {name: jmespath.compile(text) for name, text in mapping.fields.items()}
        return cls(table, mapping, jmespath.compile(mapping.when), fields)

    def is_chosen(self, item: Mapping[str, Any] | None) -> bool | None:
        """Whether ``when`` is true of the item; None if it cannot be evaluated, which does not count as a removal."""
        try:
            return item is not None and bool(self.when.search(item, OPTIONS))
        except EVALUATION_ERRORS:
            return None

    def changed(self, old: Mapping[str, Any] | None, new: Mapping[str, Any]) -> Iterator[ItemFact]:
        """The fact in a new or changed item, if it changed; a cart with a new owner is empty for its former owner."""
        now, before = self._body(new), self._body_before(old)
        if now == before:
            return
        if old is None or before is None or self.mapping.removed != "empty" or _owner(before) == _owner(now):
            yield ItemFact(self._fitted(now), None)
            return
        emptied = self._removal(old, EPOCH)
        emptied_at = datetime.fromisoformat(emptied["at"])
        yield ItemFact(emptied, emptied_at)  # before the new cart, since both owners may turn out to be one person
        body = self._fitted(now)
        yield ItemFact({**body, "at": _not_before(emptied_at + HANDOVER, body.get("at"))}, None)

    def removed(self, change: Change) -> Iterator[ItemFact]:
        """The removal of an item, or of its fact, if it has a meaning in the mapping."""
        if change.old is not None and self._is_meaningful(change) and self.is_chosen(change.old):
            yield ItemFact(self._removal(change.old, change.at), change.at)

    def _is_meaningful(self, change: Change) -> bool:
        """Whether a removal has a meaning. An expired cart is empty; an expired order is only archived."""
        removed = self.mapping.removed
        return removed != "ignore" and (removed == "empty" or not change.is_expired)

    def _body(self, item: Mapping[str, Any]) -> dict[str, Any]:
        """The item's values under the body's names, unconverted. Raises ``InvalidFact`` for a cart without a list."""
        found = self._values(self.fields, item)
        if isinstance(consents := found.get("consents"), Mapping):
            found["consents"] = {purpose: each for purpose, each in consents.items() if _is_consent(each)}
        if self.mapping.kind == "cart" and not isinstance(found.get("lines"), list):
            raise InvalidFact("$.lines", "expected a list; an empty cart has []")
        return {"type": self.mapping.kind} | found

    def _body_before(self, item: Mapping[str, Any] | None) -> dict[str, Any] | None:
        """The body before the change; None if there was none, or an invalid one."""
        with suppress(InvalidFact):
            return self._body(item) if item is not None and self.is_chosen(item) else None
        return None

    def _removal(self, item: Mapping[str, Any], at: datetime) -> dict[str, Any]:
        """The body of a removed item: its owner and its time; other invalid fields are ignored."""
        kind = self.mapping.kind
        time = {"placed_at" if kind == "order" else "at": at.isoformat()}
        owner = self._fitted(self._values(OWNER_FIELDS[kind], item))
        return {"type": kind, **DEFAULTS[kind], **time, **dict(self._optional(item)), **owner}

    def _optional(self, item: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
        for name in OPTIONAL[self.mapping.kind]:
            with suppress(InvalidFact):
                value = self._fitted(self._values([name], item)).get(name)
                if is_usable(name, value):
                    yield name, value

    def _values(self, names: Iterable[str], item: Mapping[str, Any]) -> dict[str, Any]:
        """The results of these fields' expressions; raises ``InvalidFact`` if one cannot be evaluated."""
        found = {name: self._value(name, item) for name in names if name in self.fields}
        return {name: value for name, value in found.items() if value is not None}

    def _value(self, name: str, item: Mapping[str, Any]) -> Any:
        try:
            return without_empty(self.fields[name].search(item, OPTIONS))
        except EVALUATION_ERRORS:
            raise InvalidFact(f"$.{name}", "its expression cannot be evaluated on this item") from None

    def _fitted(self, body: Mapping[str, Any]) -> dict[str, Any]:
        return fitted(body, self.table.zone, self.table.amounts)


def _not_before(earliest: datetime, value: Any) -> Any:
    """A body's time, or ``earliest`` if it is before that; the body's type refuses an invalid one later."""
    try:
        return value if datetime.fromisoformat(value) >= earliest else earliest.isoformat()
    except (TypeError, ValueError):
        return value


def _is_consent(value: object) -> bool:
    """Whether a consent states that it was given or refused; otherwise it is left out."""
    return not isinstance(value, Mapping) or "given" in value


def _owner(body: Mapping[str, Any]) -> list[str]:
    return [str(body.get(name)) for name in OWNER_FIELDS["cart"]]
