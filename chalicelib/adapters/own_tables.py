"""The shop's own tables: what the records of their streams tell, by the mapping in ``infra/sources.yaml``.

A mapping names, for each field of a body of ``POST /v1/facts``, a JMESPath expression over the item in plain values.
It is checked when the package is made, and ships as JSON.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

import jmespath  # type: ignore[import-untyped]
import msgspec
from jmespath import functions
from jmespath.parser import ParsedResult  # type: ignore[import-untyped]

from chalicelib.domain.errors import InvalidFact
from chalicelib.domain.money import is_currency, minor_units

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECONDS = 10**11
"""A number from here on is a time in milliseconds since 1970 UTC (of 1973 or later), below it one in seconds."""
TIMES = frozenset({"at", "placed_at", "fulfilled_at", "cancelled_at"})
AMOUNTS = frozenset({"total", "refunded", "price"})
IDS = frozenset({"id", "customer_id", "cart_id", "coupon", "product", "products"})
DYNAMODB = "dynamodb.amazonaws.com"
"""Who removes items that have expired."""


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
    amounts: Literal["decimal", "minor"] = "decimal"
    zone: str = "UTC"
    filters: tuple[dict[str, Any], ...] = ()

    @property
    def arn(self) -> str:
        """The table's own ARN, which stays the same when its stream is made anew."""
        return self.stream.partition("/stream/")[0]


class Sources(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole mapping."""

    tables: tuple[OwnTable, ...] = ()


class Functions(functions.Functions):  # type: ignore[misc]
    """JMESPath's functions and one more: ``split(pk, '#')[1]`` is ``17`` where ``pk`` is ``CUSTOMER#17``."""

    @functions.signature({"types": ["string"]}, {"types": ["string"]})  # type: ignore[untyped-decorator]
    def _func_split(self, text: str, separator: str) -> list[str]:
        return text.split(separator)


_OPTIONS = jmespath.Options(custom_functions=Functions())


@dataclass(frozen=True, slots=True)
class Row:
    """A body of ``POST /v1/facts`` that an item tells; ``removed_at``: when it was removed, if it was."""

    body: Mapping[str, Any]
    removed_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Reader:
    """A mapping, its expressions compiled."""

    table: OwnTable
    mapping: FactMapping
    when: ParsedResult
    fields: Mapping[str, ParsedResult]

    def body(self, item: Mapping[str, Any] | None) -> dict[str, Any] | None:
        """The item's values by the body's names, as they are; None where it tells nothing of this kind."""
        if item is None or not self.when.search(item, _OPTIONS):
            return None
        found = {name: _without_nulls(field.search(item, _OPTIONS)) for name, field in self.fields.items()}
        if isinstance(consents := found.get("consents"), Mapping):
            found["consents"] = {purpose: word for purpose, word in consents.items() if _is_word(word)}
        return {"type": self.mapping.kind} | {name: value for name, value in found.items() if value is not None}


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
        change, is_removed = record["dynamodb"], record["eventName"] == "REMOVE"
        old, new = (_item(change.get(image)) for image in ("OldImage", "NewImage"))
        if (old if is_removed else new) is None:
            raise ValueError("the stream does not have the images of its items")
        is_expired = record.get("userIdentity", {}).get("principalId") == DYNAMODB
        for reader in self._readers[arn]:
            before, now = reader.body(old), reader.body(new)
            if now is not None and now != before:
                yield Row(_fitted(now, reader.table), None)
            elif is_removed and before is not None and _counts(reader.mapping, is_expired):
                at = EPOCH + timedelta(seconds=float(change["ApproximateCreationDateTime"]))
                yield Row(_fitted(before, reader.table), at)


def read(path: Path) -> tuple[OwnTable, ...]:
    """The mapping in the package; raises ``OSError`` where there is none."""
    return msgspec.json.decode(path.read_bytes(), type=Sources).tables


def dump(tables: Sequence[OwnTable]) -> bytes:
    """The mapping as it goes into the package."""
    return msgspec.json.encode(Sources(tuple(tables)))


def place(record: Mapping[str, Any]) -> dict[str, str]:
    """What a log line may say of a record: its place in the stream, and nothing of its keys, which are the shop's."""
    return {"sequence": str(record["dynamodb"]["SequenceNumber"])}


def plain(attribute: Mapping[str, Any]) -> Any:
    """An attribute value in plain Python: numbers are exact, sets are sorted lists, bytes stay text in Base64."""
    ((kind, value),) = attribute.items()
    match kind:
        case "N":
            return _number(value)
        case "M":
            return {name: plain(inner) for name, inner in value.items()}
        case "L":
            return [plain(inner) for inner in value]
        case "NS":
            return sorted(map(_number, value))
        case "SS" | "BS":
            return sorted(value)
        case "NULL":
            return None
        case _:
            return value


def _reader(table: OwnTable, mapping: FactMapping) -> _Reader:
    fields = {name: jmespath.compile(text) for name, text in mapping.fields.items()}
    return _Reader(table, mapping, jmespath.compile(mapping.when), fields)


def _item(image: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if image is None else {name: plain(value) for name, value in image.items()}


def _number(text: str) -> int | Decimal:
    value = Decimal(text)
    return int(value) if value == value.to_integral_value() else value


def _is_word(word: object) -> bool:
    """A consent of which nothing says whether it was given is no word at all."""
    return not isinstance(word, Mapping) or "given" in word


def _counts(mapping: FactMapping, is_expired: bool) -> bool:
    """Whether a removal tells something. An item that expired is a cart at an end, but only an archived order."""
    return mapping.removed != "ignore" and (mapping.removed == "empty" or not is_expired)


def _without_nulls(value: Any) -> Any:
    """A value without the nulls in it: what is not there tells nothing."""
    match value:
        case Mapping():
            kept = {name: _without_nulls(inner) for name, inner in value.items()}
            return {name: inner for name, inner in kept.items() if inner is not None} or None
        case list():
            return [inner for inner in map(_without_nulls, value) if inner is not None]
        case _:
            return value


def _fitted(body: Mapping[str, Any], table: OwnTable) -> dict[str, Any]:
    """A body with its times as text, its amounts in minor units, and its ids as text."""

    def fit(name: str, value: Any, path: str) -> Any:
        if isinstance(value, Mapping):
            return {inner: fit(inner, each, f"{path}.{inner}") for inner, each in value.items()}
        if isinstance(value, list):
            return [fit(name, each, f"{path}[{number}]") for number, each in enumerate(value)]
        try:
            if name in TIMES:
                return _time(value, table.zone)
            if name in AMOUNTS and table.amounts == "decimal":
                return _minor(value, body.get("currency"))
        except (ValueError, OverflowError, InvalidOperation, TypeError):
            expected = "a time: ISO 8601, or seconds since 1970" if name in TIMES else "an amount of this currency"
            raise InvalidFact(path, f"expected {expected}") from None
        return str(value) if name in IDS and isinstance(value, int) and not isinstance(value, bool) else value

    return {name: fit(name, value, f"$.{name}") for name, value in body.items()}


def _time(value: Any, zone: str) -> str:
    if isinstance(value, str) and not (value.isascii() and value.isdecimal() and len(value) > 8):
        found = datetime.fromisoformat(value.strip())
        return (found if found.tzinfo else found.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC).isoformat()
    number = Decimal(str(value))
    milliseconds = number if number >= MILLISECONDS else number * 1000
    return (EPOCH + timedelta(milliseconds=int(milliseconds))).isoformat()


def _minor(value: Any, currency: object) -> int:
    if not isinstance(currency, str) or not is_currency(currency):
        raise ValueError
    return minor_units(Decimal(str(value).strip()), currency)
