"""Rows of CSV that are lines of orders: those of one order, which follow each other, become one order.

A line with a negative quantity is a return: in an order with other lines it is a refund of that order. Lines that are
all returns refund earlier orders (``returns.py``).
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, pairwise
from typing import Any, ClassVar, NamedTuple

from chalicelib.domain.errors import InvalidFact
from chalicelib.domain.facts.address import normal
from chalicelib.domain.facts.inbound import InboundFact
from chalicelib.domain.money import is_currency, rounded_units
from chalicelib.sources.fields import ID
from chalicelib.sources.history.csv_file import CsvFile
from chalicelib.sources.history.csv_records import BrokenRow
from chalicelib.sources.history.fields import RowFields
from chalicelib.sources.history.lines import FileRecord, grouped
from chalicelib.sources.history.returns import Line, Returns, is_return
from chalicelib.sources.reading.carts import MOST_PRODUCTS

OF_A_LINE = ("product", "quantity", "price")
"""The fields of a line; all others are the order's."""
THE_SAME: Mapping[str, Callable[[Any], str]] = {
    "currency": str,
    "customer_id": str,
    "email": normal,
    "total": str,
    "refunded": str,
}
"""Those of the order that no row of it has otherwise, and their normal forms. A ``total`` that differs is a line's."""


class _Row(NamedTuple):
    """A row of the file, or why it is none."""

    record: FileRecord
    fields: RowFields | None
    error: InvalidFact | None = None

    @property
    def order(self) -> str | None:
        """The id of its order; None if it has none, or cannot be read."""
        name = "" if self.fields is None or "id" in self.fields.faults else self.fields.texts.get("id", "")
        return name if re.match(ID, name) else None

    @property
    def has_blank_id(self) -> bool:
        """Whether its cell of the id is empty."""
        return self.fields is not None and not self.fields.texts.get("id")


@dataclass
class OrderLines:
    """The orders of a file of order lines. ``fact_in`` reads the order in a row's fields, as in a file of orders.

    ``torn``: the ids of orders whose rows stand apart (``torn_orders``). ``returns``: what was given back of which
    order, known of the whole file before the first refund is told.
    """

    rows: CsvFile
    fact_in: Callable[[RowFields], InboundFact]
    torn: Collection[str]
    returns: Returns
    id_name: str = "id"
    spans: ClassVar[str] = "they are one order"
    _seen: dict[str, int] = field(default_factory=dict)

    def __iter__(self) -> Iterator[FileRecord]:
        """The rows of each order together, and with them those that may be of it and cannot be read."""
        groups = chain(grouped(map(self._row, self.rows), lambda row: row.order), [([], [])])
        before: list[_Row] = []
        for (group, doubtful), (following, _) in pairwise(groups):
            nobodys: list[_Row] = []
            order, before = [*before, *group], []
            for row in doubtful:
                is_ours, is_theirs = self._may_be_of(row, group), self._may_be_of(row, following, is_before=True)
                if is_ours:
                    order.append(row)
                if is_theirs:
                    before.append(_beside(row, following[0]) if is_ours else row)
                if not (is_ours or is_theirs):
                    nobodys.append(row)
            for rows in (sorted(order, key=_first), *([row] for row in nobodys)):
                if rows:
                    yield FileRecord(_first(rows[0]), rows[-1].record.last, rows)

    def _row(self, record: FileRecord) -> _Row:
        try:
            return _Row(record, self.rows.fields(record.content))
        except InvalidFact as error:
            return _Row(record, None, error)

    def _may_be_of(self, row: _Row, order: Sequence[_Row], *, is_before: bool = False) -> bool:
        """Whether a row that cannot be read, or names no order, may be a line of this one; ``is_before``: above it."""
        if not order:
            return False
        if row.has_blank_id:  # in merged cells, an order's id stands in its first row alone
            return not is_before and any(cell.strip() for cell in row.record.content)
        if row.fields:
            return True
        is_between = not is_before and row.record.first < order[-1].record.first
        return is_between or self.rows.may_have("id", order[0].order or "", row.record.content)

    def facts(self, content: Any) -> list[InboundFact]:
        """The order in these rows, or the refunds; raises ``InvalidFact``."""
        rows: Sequence[_Row] = content
        whole, lines = self._read(rows)
        found = self.fact_in(whole)
        return self.returns.refunds(found) if is_return(lines) else [found]

    def learn(self) -> None:
        """Tell ``returns`` of all that the file has."""
        for record in self:
            rows: Sequence[_Row] = record.content
            try:
                whole, lines = self._read(rows)
                self.returns.learn(self.fact_in(whole), whole, lines)
            except InvalidFact:
                self.returns.reject(rows[0].record.first, [row.fields for row in rows if row.fields])
                for row in rows:
                    if isinstance(row.record.content, BrokenRow):
                        may_have = partial(self.rows.may_have, content=row.record.content)
                        self.returns.reject_broken(row.record.first, may_have)
        self.returns.settle()

    def _read(self, rows: Sequence[_Row]) -> tuple[RowFields, list[Line]]:
        """The fields of an order, or of what was given back, and its lines; raises ``InvalidFact``."""
        for each in rows:
            if each.error:
                raise InvalidFact(each.error.field, f"{each.error.problem} (line {each.record.first})")
            if each.fields and not each.order and len(rows) > 1:
                problem = each.fields.faults.get("id", "is missing: each line has the id of its order")
                raise InvalidFact(each.fields.names.get("id", self.id_name), f"{problem} (line {each.record.first})")
        fields = self._in_one_currency(rows)
        lines = [_line_of(each, row.record) for each, row in zip(fields, rows, strict=True)]
        whole = _whole(fields, lines)
        self._check_once(whole, rows[0].record.first)
        return whole, lines

    def _in_one_currency(self, rows: Sequence[_Row]) -> list[RowFields]:
        """The rows' fields: where a row has no currency, amounts are in that of its order's other rows."""
        fields = [each.fields for each in rows if each.fields]
        known = next((text for each in fields if (text := each.texts.get("currency"))), "")
        beside = {"currency": known}
        return [
            each if each.texts.get("currency") or not known else self.rows.fields(row.record.content, beside)
            for each, row in zip(fields, rows, strict=True)
        ]

    def _check_once(self, whole: RowFields, line: int) -> None:
        order = str(whole.values.get("id", ""))
        first = self._seen.setdefault(order, line)
        where = f"in line {first} already" if first != line else "further below" if order in self.torn else ""
        if where:
            problem = f"the order has lines {where}, with others in between: sort the file by this column"
            raise InvalidFact(whole.names.get("id", "id"), problem)


def torn_orders(rows: CsvFile) -> frozenset[str]:
    """The ids of the orders whose rows do not all follow each other, or may not: a row may be one that is broken."""
    places: dict[str, list[int]] = {}
    broken: list[tuple[int, Any]] = []
    group, last = 0, ""
    for record in rows:
        order = rows.text("id", record.content)
        if order and order != last:
            group, last = group + 1, order
            places.setdefault(order, []).append(group)
        elif not order and isinstance(record.content, BrokenRow):
            broken.append((group, record.content))
    torn = {order for order, groups in places.items() if len(groups) > 1}
    for group, content in broken:
        for order in content.cells:
            if not {group, group + 1} & set(places.get(order, (group,))) and rows.may_have("id", order, content):
                torn.add(order)
    return frozenset(torn)


def _first(row: _Row) -> int:
    return row.record.first


def _beside(row: _Row, other: _Row) -> _Row:
    """What an unreadable row, reported with the order before it, is to the order that this other row begins."""
    problem = f"cannot be read, and may be of this order: line {row.record.first}"
    return _Row(other.record, None, InvalidFact("row", problem))


def _line_of(row: RowFields, record: FileRecord) -> Line:
    for name in OF_A_LINE:
        if name in row.faults:
            raise InvalidFact(row.names[name], f"{row.faults[name]} (line {record.first})")
    quantity, price = row.values["quantity"], row.values["price"]
    if quantity < 0 and price < 0:
        raise InvalidFact(row.names["price"], f"is negative beside a negative quantity (line {record.first})")
    currency = row.values.get("currency", "")
    try:
        amount = rounded_units(quantity * price, currency) if is_currency(currency) else 0
    except ValueError as error:
        raise InvalidFact(row.names["price"], f"{error} (line {record.first})") from None
    return Line(row.values.get("product", ""), quantity, amount)


def _whole(rows: Sequence[RowFields], lines: Sequence[Line]) -> RowFields:
    """The order's own fields, each as it stands in the first row that has it, and the sums of the lines.

    Raises ``InvalidFact`` for rows that differ in what an order has once, such as its customer.
    """
    values: dict[str, Any] = {}
    texts: dict[str, str] = {}
    faults: dict[str, str] = {}
    for row in rows:
        for name, value in row.values.items():
            if name in OF_A_LINE:
                continue
            if name not in values or (row.texts.get(name) and not texts[name]):
                values[name], texts[name] = value, row.texts.get(name, "")
                faults.pop(name, None)
                if name in row.faults:
                    faults[name] = row.faults[name]
            elif (form := THE_SAME.get(name)) and row.texts.get(name) and form(value) != form(values[name]):
                raise InvalidFact(row.names[name], "differs in rows of the same order")
    bought = [line for line in lines if line.quantity > 0]
    gross, returned = sum(line.amount for line in bought), -sum(line.amount for line in lines if line.quantity < 0)
    if returned and not bought:
        values["total"] = 0
        faults.pop("total", None)  # it is negative, if it is there
    elif returned and "total" in values and "total" not in faults:
        values["total"] = _gross(values["total"], gross, returned, rows[0])
    values.setdefault("total", gross)
    if bought and returned and "refunded" not in faults:
        values["refunded"] = values.get("refunded", 0) + returned
    products = dict.fromkeys(line.product for line in bought if re.match(ID, line.product))
    values.setdefault("products", list(products)[:MOST_PRODUCTS])
    return RowFields(values, rows[0].names, texts, faults)


def _gross(total: int, gross: int, returned: int, row: RowFields) -> int:
    """What an order came to with what was given back of it later.

    ``total`` is what the file says: some write it with that, some without. Raises ``InvalidFact`` for any other.
    """
    if total not in (gross, gross - returned):
        problem = "is not the sum of the lines, with or without those that were given back: leave the column out"
        raise InvalidFact(row.names["total"], problem)
    return gross
