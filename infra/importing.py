"""Rows of a shop's history as facts: CSV with decimal amounts, or JSON Lines just as ``POST /v1/facts`` takes them.

Every row passes the very types that validate the API's bodies; what does not fit is told with its line and the reason.
"""

import csv
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from chalicelib.api import schemas
from chalicelib.domain.errors import InvalidFact
from chalicelib.domain.incoming import Incoming
from chalicelib.domain.money import parse_money
from infra.console import Problem

JSON_LINES = (".jsonl", ".ndjson", ".json")


class Taken(NamedTuple):
    """What became of a line: a fact, or (``reason``) why it is none."""

    line: int
    fact: Incoming | None
    reason: str = ""


@dataclass(frozen=True)
class Kind:
    """A kind of rows. ``columns`` of CSV: those that must be there, then those that may."""

    tag: str
    needed: tuple[str, ...]
    optional: tuple[str, ...]
    body: Callable[[Mapping[str, str]], dict[str, Any]]


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


def rows(path: Path, kind: Kind, source: str, columns: Mapping[str, str]) -> Iterator[Taken]:
    """Each row of a file with the line it begins in, one at a time. ``columns``: our name of a field → the file's.

    Raises ``Problem`` for a header that does not fit, and ``OSError`` for a file that cannot be read.
    """
    read = _json_lines if path.suffix in JSON_LINES else _csv
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        for line, body in read(path, file, kind, columns):
            yield _taken(line, body, kind, source)


def _taken(line: int, body: Mapping[str, Any] | str, kind: Kind, source: str) -> Taken:
    if isinstance(body, str):
        return Taken(line, None, body)
    try:
        text = json.dumps({**body, "type": kind.tag}).encode()
        (incoming,) = schemas.facts_of(text)
    except InvalidFact as error:
        return Taken(line, None, f"{error.field.removeprefix('$.')}: {error.problem}")
    except ValueError:
        return Taken(line, None, "row: expected UTF-8")
    person = replace(incoming.person, source=source) if incoming.person else None
    return Taken(line, replace(incoming, person=person))


def _csv(
    path: Path, lines: Iterator[str], kind: Kind, columns: Mapping[str, str]
) -> Iterator[tuple[int, dict[str, Any] | str]]:
    reader = csv.reader(lines, strict=True)
    names = {columns.get(name, name): name for name in (*kind.needed, *kind.optional)}
    try:
        header = [name.strip() for name in next(reader, [])]
    except csv.Error as error:
        raise Problem(f"{path}:1: {error}") from None
    for name in kind.needed:
        if header.count(columns.get(name, name)) != 1:
            known = ", ".join((*kind.needed, *(f"[{name}]" for name in kind.optional)))
            raise Problem(f"{path}:1: one column {columns.get(name, name)!r} is needed; the columns are {known}")
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            yield line, f"row: {error}"
            continue
        if cells is None:
            return
        if not cells:
            continue
        if len(cells) != len(header):
            yield line, f"row: expected {len(header)} fields, got {len(cells)}"
            continue
        told = {names[name]: cell.strip() for name, cell in zip(header, cells, strict=True) if name in names}
        filled = {name: cell for name, cell in told.items() if cell}  # an empty cell tells nothing
        if missing := [name for name in kind.needed if name not in filled]:
            yield line, f"{missing[0]}: is required"
            continue
        try:
            yield line, kind.body(filled)
        except ValueError as error:
            yield line, str(error)


def _json_lines(
    path: Path, lines: Iterator[str], kind: Kind, columns: Mapping[str, str]
) -> Iterator[tuple[int, dict[str, Any] | str]]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            body = json.loads(line)
        except ValueError:
            yield number, "row: expected JSON"
            continue
        if not isinstance(body, dict):
            yield number, "row: expected an object"
            continue
        ours = {theirs: name for name, theirs in columns.items()}
        yield number, {ours.get(str(name), str(name)): value for name, value in body.items()}


def _amount(name: str, text: str, currency: str) -> int:
    try:
        return parse_money(text, currency).amount
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None


def _switch(name: str, text: str) -> bool:
    if text.lower() not in ("yes", "no", "true", "false", "1", "0"):
        raise ValueError(f"{name}: expected yes or no, got {text[:40]!r}")
    return text.lower() in ("yes", "true", "1")
