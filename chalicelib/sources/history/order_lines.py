"""Rows of CSV that are lines of orders: those of one order, which follow each other, become one order.

A line with a negative quantity is a return: in an order with other lines it is a refund of that order. Lines that are
all returns refund the customer's latest orders before them in the file of these products.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import chain, pairwise
from typing import Any, ClassVar, NamedTuple

from chalicelib.domain.errors import InvalidFact
from chalicelib.domain.facts.address import normal
from chalicelib.domain.facts.inbound import InboundFact, order_name
from chalicelib.domain.facts.order import Order, Refund
from chalicelib.domain.money import is_currency, rounded_units
from chalicelib.sources.fields import ID
from chalicelib.sources.history.csv_file import CsvFile
from chalicelib.sources.history.fields import RowFields
from chalicelib.sources.history.lines import FileRecord, grouped
from chalicelib.sources.reading.carts import MOST_PRODUCTS

OF_A_LINE = ("product", "quantity", "price")
"""The fields of a line; all others are the order's."""
THE_SAME: Mapping[str, Callable[[str], str]] = {"currency": str, "customer_id": str, "email": normal}
"""Those of the order that no row of it has otherwise, and their normal forms."""


class _Row(NamedTuple):
    """A row of the file, or why it is none."""

    record: FileRecord
    fields: RowFields | None
    error: InvalidFact | None = None

    @property
    def order(self) -> str | None:
        """The id of its order; None if it has none, or cannot be read."""
        return self.fields.texts.get("id") or None if self.fields else None


class _Line(NamedTuple):
    """A line; ``amount`` is of all its pieces, in minor units."""

    product: str
    quantity: Decimal
    amount: int


@dataclass
class _Bought:
    """What of one product a customer bought with an order, less what was returned."""

    order: str
    quantity: Decimal


@dataclass
class OrderLines:
    """The orders of a file of order lines. ``fact_in`` reads the order in a row's fields, as in a file of orders.

    ``torn``: the ids of orders whose rows stand apart (``torn_orders``), as far as that is known before.
    """

    rows: CsvFile
    fact_in: Callable[[RowFields], InboundFact]
    torn: Collection[str] = ()
    id_name: str = "id"
    spans: ClassVar[str] = "they are one order"
    _seen: dict[str, int] = field(default_factory=dict)
    _bought: dict[tuple[str, str], list[_Bought]] = field(default_factory=dict)

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
        if row.fields:  # in merged cells, an order's id stands in its first row alone
            return not is_before and any(cell.strip() for cell in row.record.content)
        is_between = not is_before and row.record.first < order[-1].record.first
        return is_between or self.rows.may_have("id", order[0].order or "", row.record.content)

    def facts(self, content: Any) -> list[InboundFact]:
        """The order in these rows, or the refunds; raises ``InvalidFact``."""
        rows: Sequence[_Row] = content
        for each in rows:
            if each.error:
                raise InvalidFact(each.error.field, f"{each.error.problem} (line {each.record.first})")
            if each.fields and not each.order and len(rows) > 1:
                problem = f"is missing: each line has the id of its order (line {each.record.first})"
                raise InvalidFact(each.fields.names.get("id", self.id_name), problem)
        fields = [each.fields for each in rows if each.fields]
        lines = [_line_of(each, row.record) for each, row in zip(fields, rows, strict=True)]
        whole = _whole(fields, lines)
        self._check_once(whole, rows[0].record.first)
        found = self.fact_in(whole)
        if not any(line.quantity < 0 for line in lines) or any(line.quantity > 0 for line in lines):
            self._remember(found, lines)
            return [found]
        return self._returned(found, whole, lines)

    def _check_once(self, whole: RowFields, line: int) -> None:
        order = str(whole.values.get("id", ""))
        first = self._seen.setdefault(order, line)
        where = f"in line {first} already" if first != line else "further below" if order in self.torn else ""
        if where:
            problem = f"the order has lines {where}, with others in between: sort the file by this column"
            raise InvalidFact(whole.names.get("id", "id"), problem)

    def _remember(self, found: InboundFact, lines: Sequence[_Line]) -> None:
        for line in lines:
            if line.quantity > 0 and isinstance(found.fact, Order):
                self._bought.setdefault((_buyer(found), line.product), []).append(_Bought(found.fact.id, line.quantity))

    def _returned(self, found: InboundFact, whole: RowFields, lines: Sequence[_Line]) -> list[InboundFact]:
        """The refunds of earlier orders that these lines are; raises ``InvalidFact`` for what none of them had."""
        amounts: dict[str, int] = {}
        returned: dict[str, Decimal] = {}
        for line in lines:
            returned[line.product] = returned.get(line.product, Decimal(0)) - line.quantity
        for product, pieces in returned.items():
            if pieces > sum(each.quantity for each in self._bought.get((_buyer(found), product), [])):
                raise InvalidFact(whole.names.get("quantity", "quantity"), "more is returned than earlier orders had")
        for line in lines:
            bought = self._bought.get((_buyer(found), line.product), [])
            left, amount = -line.quantity, -line.amount
            for each in reversed(bought):
                taken = min(left, each.quantity)
                if taken > 0:
                    share = amount if taken == left else int(amount * taken / left)
                    each.quantity, left, amount = each.quantity - taken, left - taken, amount - share
                    amounts[each.order] = amounts.get(each.order, 0) + share
        return [_refund(found, order, amount) for order, amount in amounts.items() if amount > 0]


def torn_orders(rows: CsvFile) -> frozenset[str]:
    """The ids of the orders whose rows do not all follow each other."""
    seen, torn, last = set[str](), set[str](), ""
    for record in rows:
        order = rows.text("id", record.content)
        if order and order != last:
            torn |= {order} & seen
            seen.add(order)
            last = order
    return frozenset(torn)


def _first(row: _Row) -> int:
    return row.record.first


def _beside(row: _Row, other: _Row) -> _Row:
    """What an unreadable row, reported with the order before it, is to the order that this other row begins."""
    problem = f"cannot be read, and may be of this order: line {row.record.first}"
    return _Row(other.record, None, InvalidFact("row", problem))


def _refund(found: InboundFact, order: str, amount: int) -> InboundFact:
    lines: Any = found.fact
    refund = Refund(order, lines.id, lines.placed_at, amount, lines.total.currency)
    return InboundFact(refund, found.person and replace(found.person, visitors=(order_name(order),)))


def _buyer(found: InboundFact) -> str:
    return found.person.own_name if found.person else ""


def _line_of(row: RowFields, record: FileRecord) -> _Line:
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
    return _Line(row.values.get("product", ""), quantity, amount)


def _whole(rows: Sequence[RowFields], lines: Sequence[_Line]) -> RowFields:
    """The order's own fields, each as it stands in the first row that has it, and the sums of the lines.

    Raises ``InvalidFact`` for rows of two customers, or in two currencies.
    """
    values: dict[str, Any] = {}
    texts: dict[str, str] = {}
    faults: dict[str, str] = {}
    for row in rows:
        for name, value in row.values.items():
            if name not in OF_A_LINE and name not in values:
                values[name] = value
                texts[name] = row.texts.get(name, "")
                if name in row.faults:
                    faults[name] = row.faults[name]
            elif (form := THE_SAME.get(name)) and value and values[name] and form(value) != form(values[name]):
                raise InvalidFact(row.names[name], "differs in rows of the same order")
    bought = [line for line in lines if line.quantity > 0]
    returned = -sum(line.amount for line in lines if line.quantity < 0)
    values.setdefault("total", sum(line.amount for line in bought))
    if bought and returned:
        values["refunded"] = values.get("refunded", 0) + returned
    products = dict.fromkeys(line.product for line in bought if re.match(ID, line.product))
    values.setdefault("products", list(products)[:MOST_PRODUCTS])
    return RowFields(values, rows[0].names, texts, faults)
