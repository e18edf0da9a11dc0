"""Rows of a shop's history as facts: CSV with decimal amounts, or JSON Lines just as ``POST /v1/facts`` takes them.

Every row passes the very types that validate the API's bodies; what does not fit is told with its line and the reason.
"""

from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, TextIO

import msgspec

from chalicelib.domain.errors import InvalidFact
from chalicelib.domain.facts.inbound import InboundFact
from chalicelib.domain.money import parse_money
from chalicelib.sources.bodies import fact_of
from infra.history.readers import Line, Records, Row, Unreadable, each_once, json_rows, values
from infra.terminal.console import safe
from infra.terminal.problem import Problem

JSON_LINES = (".jsonl", ".ndjson", ".json")
GZIP, ZIP = b"\x1f\x8b", b"PK\x03\x04"
LONGEST_REASON = 200
"""Letters: what is in a row may be in the reason."""


class Taken(NamedTuple):
    """What became of a row: a fact, or (``reason``) why it is none. ``line`` is the one it begins in."""

    line: int
    fact: InboundFact | None
    reason: str = ""


@dataclass(frozen=True)
class Kind:
    """A kind of rows. ``columns`` of CSV: those that must be there, then those that may."""

    tag: str
    needed: tuple[str, ...]
    optional: tuple[str, ...]
    body: Callable[[Mapping[str, str]], dict[str, Any]]

    @property
    def fields(self) -> tuple[str, ...]:
        """All that a row of CSV may tell."""
        return (*self.needed, *self.optional)


def _customer(cells: Mapping[str, str]) -> dict[str, Any]:
    body: dict[str, Any] = {name: cells[name] for name in cells if name not in ("marketing", "marketing_at")}
    if word := cells.get("marketing"):
        at = cells.get("marketing_at") or cells["at"]
        body["consents"] = {"marketing": {"given": _switch("marketing", word), "at": at, "source": "import"}}
    return body


def _order(cells: Mapping[str, str]) -> dict[str, Any]:
    body: dict[str, Any] = dict(cells)
    for name in ("total", "refunded"):
        if name in cells:
            body[name] = _amount(name, cells[name], cells["currency"])
    if "products" in cells:
        body["products"] = cells["products"].split()
    if "referred" in cells:
        body["referred"] = _switch("referred", cells["referred"])
    return body


def _cart(cells: Mapping[str, str]) -> dict[str, Any]:
    products = cells.get("products", "").split()
    lines = [{"product": product, "name": product} for product in products]
    body = {name: value for name, value in cells.items() if name != "products"}
    return {**body, "total": _amount("total", cells["total"], cells["currency"]), "lines": lines}


KINDS = {
    "customers": Kind(
        "customer",
        ("id", "at"),
        ("email", "name", "language", "country", "time_zone", "marketing", "marketing_at"),
        _customer,
    ),
    "orders": Kind(
        "order",
        ("customer_id", "id", "placed_at", "total", "currency"),
        ("at", "refunded", "products", "cart_id", "fulfilled_at", "cancelled_at", "coupon", "referred", "email"),
        _order,
    ),
    "carts": Kind("cart", ("customer_id", "id", "at", "total", "currency"), ("products", "email"), _cart),
}
Body = Mapping[str, Any]
Read = tuple[Iterable[Row], Callable[[Any], Body]]
"""The rows, and what makes a body of what stands in one; it raises ``ValueError``."""


def rows(path: Path, kind: Kind, source: str, columns: Mapping[str, str], after: int = 0) -> Iterator[Taken]:
    """Each row of a file that begins behind line ``after``, one at a time.

    ``columns``: our name of a field → the file's.
    Raises ``Problem`` for a header that does not fit, and ``OSError`` for a file that cannot be read.
    """
    is_json = path.suffix in JSON_LINES
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="\n" if is_json else "") as file:
        found, body = _json(file, columns) if is_json else _csv(path, file, kind, columns)
        for row in found:
            if row.first > after:
                yield _taken(row, kind, source, partial(body, row.content))


def check_text(path: Path) -> None:
    """Raise ``Problem`` for a file that is no text in UTF-8 as a whole, and ``OSError`` for one that cannot be read."""
    with path.open("rb") as file:
        begin = file.read(4) if path.is_file() else b""
    if begin.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        raise Problem(f"{path}: it is in UTF-16, and UTF-8 is needed")
    if begin.startswith((GZIP, ZIP)):
        raise Problem(f"{path}: it is compressed; unpack it first")


def _taken(row: Row, kind: Kind, source: str, body: Callable[[], Body]) -> Taken:
    try:
        text = msgspec.json.encode({**body(), "type": kind.tag})
        incoming = fact_of(text)
    except InvalidFact as error:
        return _rejected(row, _in_words(error))
    except UnicodeEncodeError:
        return _rejected(row, "row: expected UTF-8")
    except ValueError as error:
        return _rejected(row, str(error))
    person = replace(incoming.person, source=source) if incoming.person else None
    return Taken(row.first, replace(incoming, person=person))


def _in_words(error: InvalidFact) -> str:
    if error.field == "$":
        return f"row: {error.problem.replace('is unknown', 'it has an unknown field')}"
    return f"{error.field.removeprefix('$.')}: {error.problem}"


def _rejected(row: Row, reason: str) -> Taken:
    joined = f"; a quote makes one row of lines {row.first} to {row.last}" if row.last > row.first else ""
    return Taken(row.first, None, safe(" ".join(reason.split()))[:LONGEST_REASON].plain + joined)


def _csv(path: Path, file: TextIO, kind: Kind, columns: Mapping[str, str]) -> Read:
    try:
        records = Records(file)
    except Unreadable as error:
        raise Problem(f"{path}:1: {str(error).removeprefix('row: ')}") from None
    names = {columns.get(name, name): name for name in kind.fields}
    _check_header(path, records.header, kind, names)

    def body(cells: list[str] | Unreadable) -> Body:
        if isinstance(cells, Unreadable):
            raise cells
        told = {names[name]: cell.strip() for name, cell in zip(records.header, cells, strict=True) if name in names}
        filled = {name: cell for name, cell in told.items() if cell}  # an empty cell tells nothing
        if missing := [name for name in kind.needed if name not in filled]:
            raise Unreadable(f"{missing[0]}: is required")
        return kind.body(filled)

    return records, body


def _check_header(path: Path, header: Sequence[str], kind: Kind, names: Mapping[str, str]) -> None:
    if not any(header):
        raise Problem(f"{path}:1: a header is needed, and there is none")
    for theirs, ours in names.items():
        if header.count(theirs) > 1 or (ours in kind.needed and theirs not in header):
            known = ", ".join((*kind.needed, *(f"[{name}]" for name in kind.optional)))
            amount = "one column" if ours in kind.needed else "no more than one column"
            raise Problem(f"{path}:1: {amount} {theirs!r} is needed; the columns are {known}")


def _json(file: TextIO, columns: Mapping[str, str]) -> Read:
    ours = {theirs: name for name, theirs in columns.items()}

    def body(line: Line) -> Body:
        found = [(ours.get(name, name), value) for name, value in values(line).items()]
        each_once(found)
        return dict(found)

    return json_rows(file), body


def _amount(name: str, text: str, currency: str) -> int:
    try:
        return parse_money(text, currency).amount
    except ArithmeticError:
        raise ValueError(f"{name}: expected a decimal amount below 10^15") from None
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None


def _switch(name: str, text: str) -> bool:
    if text.lower() not in ("yes", "no", "true", "false", "1", "0"):
        raise ValueError(f"{name}: expected yes or no, got {text[:40]!r}")
    return text.lower() in ("yes", "true", "1")
