"""The shop's own tables: what the records of their streams tell, by the mapping in ``infra/sources.yaml``.

A mapping names, for each field of a body of ``POST /v1/facts``, a JMESPath expression over the item in plain values.
It is checked when the package is made, and ships as JSON.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import jmespath  # type: ignore[import-untyped]
import msgspec
from jmespath.parser import ParsedResult  # type: ignore[import-untyped]

from chalicelib.domain.errors import InvalidFact
from chalicelib.domain.money import NO_CURRENCY
from chalicelib.sources.own_tables.functions import OPTIONS
from chalicelib.sources.own_tables.values import EPOCH, Amounts, fitted, is_usable, plain, without_nothing

DYNAMODB = "dynamodb.amazonaws.com"
"""Who removes items that have expired."""
WHOSE: Mapping[str, tuple[str, ...]] = {
    "customer": ("id",),
    "cart": ("customer_id", "id"),
    "order": ("customer_id", "id"),
}
"""What a removal cannot do without."""
BESIDES: Mapping[str, tuple[str, ...]] = {
    "customer": ("email",),
    "cart": ("email", "at", "currency"),
    "order": ("email", "at", "placed_at", "fulfilled_at", "cancelled_at"),
}
"""What a removal tells besides where it can be read."""
NOTHING = {"total": 0, "currency": NO_CURRENCY}
UNREAD: Mapping[str, Mapping[str, Any]] = {"customer": {}, "cart": NOTHING | {"lines": []}, "order": NOTHING}
"""What the bodies want and a removal does not: of an item that is gone, nothing of this matters."""
MOMENT = timedelta(milliseconds=2)
"""After a cart has left its owner, one millisecond after its own time, it may be another's."""
MISFITS = (ValueError, TypeError, ArithmeticError)
"""What comes of an expression that does not suit an item: JMESPath's own errors are ``ValueError``."""


class FactMapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A fact that an item tells, ``when`` that expression is true of it; all texts in ``fields`` are expressions."""

    kind: Literal["customer", "cart", "order"]
    fields: dict[str, str]
    when: str = "`true`"
    removed: Literal["ignore", "empty", "cancel", "erase"] = "ignore"


class OwnTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table of the shop's. ``zone`` is that of times without an offset; ``filters`` are Lambda's, of ``dynamodb``."""

    name: str
    stream: str
    facts: tuple[FactMapping, ...]
    amounts: Amounts = "decimal"
    zone: str = "UTC"
    filters: tuple[dict[str, Any], ...] = ()

    @property
    def arn(self) -> str:
        """The table's own ARN, which stays the same when its stream is made anew."""
        return self.stream.partition("/stream/")[0]


class Sources(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole mapping."""

    tables: tuple[OwnTable, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """A body of ``POST /v1/facts`` that an item tells; ``removed_at``: when it was removed, if it was."""

    body: Mapping[str, Any]
    removed_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Change:
    """What a record says of an item, in plain values: how it was, how it is (None: it is not there), and when."""

    old: Mapping[str, Any] | None
    new: Mapping[str, Any] | None
    at: datetime
    is_expired: bool


@dataclass(frozen=True, slots=True)
class _Reader:
    """A mapping, its expressions compiled."""

    table: OwnTable
    mapping: FactMapping
    when: ParsedResult
    fields: Mapping[str, ParsedResult]

    def is_chosen(self, item: Mapping[str, Any] | None) -> bool | None:
        """Whether ``when`` is true of the item; None where it does not suit the item, which is no reason to remove."""
        try:
            return item is not None and bool(self.when.search(item, OPTIONS))
        except MISFITS:
            return None

    def changed(self, old: Mapping[str, Any] | None, new: Mapping[str, Any]) -> Iterator[Row]:
        """What an item tells that it did not tell before, and that a cart is not its former owner's any more."""
        now, before = self._body(new), self._body_before(old)
        if now == before:
            return
        if old is not None and before is not None and self.mapping.removed == "empty" and _whose(before) != _whose(now):
            left = self._removal(old, EPOCH)
            left_at = datetime.fromisoformat(left["at"])
            yield Row(left, left_at)  # no later, and the new one after it: both may turn out to be one person's
            body = self._fitted(now)
            yield Row({**body, "at": _not_before(left_at + MOMENT, body.get("at"))}, None)
        else:
            yield Row(self._fitted(now), None)

    def gone(self, change: _Change) -> Iterator[Row]:
        """That an item is gone, or told this until now, where the mapping says so."""
        if change.old is not None and self._counts(change) and self.is_chosen(change.old):
            yield Row(self._removal(change.old, change.at), change.at)

    def _counts(self, change: _Change) -> bool:
        """Whether a removal tells something. An item that expired is a cart at its end, but only an archived order."""
        removed = self.mapping.removed
        return removed != "ignore" and (removed == "empty" or not change.is_expired)

    def _body(self, item: Mapping[str, Any]) -> dict[str, Any]:
        """The item's values by the body's names, as they are. Raises ``InvalidFact`` for a cart without a list."""
        found = self._values(self.fields, item)
        if isinstance(consents := found.get("consents"), Mapping):
            found["consents"] = {purpose: word for purpose, word in consents.items() if _is_word(word)}
        if self.mapping.kind == "cart" and not isinstance(found.get("lines"), list):
            raise InvalidFact("$.lines", "expected a list; that of an empty cart is []")
        return {"type": self.mapping.kind} | found

    def _body_before(self, item: Mapping[str, Any] | None) -> dict[str, Any] | None:
        """What the item told before; None, too, where that cannot be read: then it was nothing."""
        with suppress(InvalidFact):
            return self._body(item) if item is not None and self.is_chosen(item) else None
        return None

    def _removal(self, item: Mapping[str, Any], at: datetime) -> dict[str, Any]:
        """Of an item that is gone, whose it was, and its time: nobody can mend what else does not fit any more."""
        kind = self.mapping.kind
        time = {"placed_at" if kind == "order" else "at": at.isoformat()}
        whose = self._fitted(self._values(WHOSE[kind], item))
        return {"type": kind, **UNREAD[kind], **time, **dict(self._besides(item)), **whose}

    def _besides(self, item: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
        for name in BESIDES[self.mapping.kind]:
            with suppress(InvalidFact):
                value = self._fitted(self._values([name], item)).get(name)
                if is_usable(name, value):
                    yield name, value

    def _values(self, names: Iterable[str], item: Mapping[str, Any]) -> dict[str, Any]:
        """What the expressions of these fields find. Raises ``InvalidFact`` for one that does not suit the item."""
        found = {name: self._value(name, item) for name in names if name in self.fields}
        return {name: value for name, value in found.items() if value is not None}

    def _value(self, name: str, item: Mapping[str, Any]) -> Any:
        try:
            return without_nothing(self.fields[name].search(item, OPTIONS))
        except MISFITS:
            raise InvalidFact(f"$.{name}", "its expression does not suit what the item holds") from None

    def _fitted(self, body: Mapping[str, Any]) -> dict[str, Any]:
        return fitted(body, self.table.zone, self.table.amounts)


class OwnTables:
    """Reads the records of all mapped tables."""

    def __init__(self, tables: Sequence[OwnTable]) -> None:
        self._readers = {table.arn: tuple(_reader(table, each) for each in table.facts) for table in tables}

    def rows(self, record: Mapping[str, Any]) -> Iterator[Row]:
        """What a record tells that the item did not tell before.

        Raises ``InvalidFact`` for a value that does not fit, and ``ValueError`` for a stream that nobody mapped, or
        one without the images that are needed.
        """
        arn = str(record["eventSourceARN"]).partition("/stream/")[0]
        if arn not in self._readers:
            raise ValueError("the stream of a table that is not mapped")
        change = _change(record)
        chosen = [(reader, reader.is_chosen(change.new)) for reader in self._readers[arn]]
        kinds = {reader.mapping.kind for reader, is_chosen in chosen if is_chosen}
        for reader, is_chosen in chosen:
            if change.new is not None and is_chosen:
                yield from reader.changed(change.old, change.new)
            elif is_chosen is False and reader.mapping.kind not in kinds:
                yield from reader.gone(change)


def _not_before(earliest: datetime, told: Any) -> Any:
    """A time as it was told, unless it is too early; what is none is left for the body's type to refuse."""
    try:
        return told if datetime.fromisoformat(told) >= earliest else earliest.isoformat()
    except (TypeError, ValueError):
        return told


def read(path: Path) -> tuple[OwnTable, ...]:
    """The mapping in the package; raises ``OSError`` where there is none."""
    return msgspec.json.decode(path.read_bytes(), type=Sources).tables


def dump(tables: Sequence[OwnTable]) -> bytes:
    """The mapping as it goes into the package."""
    return msgspec.json.encode(Sources(tuple(tables)))


def place(record: Mapping[str, Any]) -> dict[str, str]:
    """What a log line may say of a record: its place in the stream, and nothing of its keys, which are the shop's."""
    return {"sequence": str(record["dynamodb"]["SequenceNumber"])}


def _reader(table: OwnTable, mapping: FactMapping) -> _Reader:
    fields = {name: jmespath.compile(text) for name, text in mapping.fields.items()}
    return _Reader(table, mapping, jmespath.compile(mapping.when), fields)


def _change(record: Mapping[str, Any]) -> _Change:
    change, is_removed = record["dynamodb"], record["eventName"] == "REMOVE"
    old, new = (_item(change.get(image)) for image in ("OldImage", "NewImage"))
    if (old if is_removed else new) is None:
        raise ValueError("the stream does not have the images of its items")
    at = EPOCH + timedelta(seconds=float(change.get("ApproximateCreationDateTime", 0)))
    return _Change(old, new, at, record.get("userIdentity", {}).get("principalId") == DYNAMODB)


def _item(image: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if image is None else {name: plain(value) for name, value in image.items()}


def _is_word(word: object) -> bool:
    """A consent of which nothing says whether it was given is no word at all."""
    return not isinstance(word, Mapping) or "given" in word


def _whose(body: Mapping[str, Any]) -> list[str]:
    return [str(body.get(name)) for name in WHOSE["cart"]]
