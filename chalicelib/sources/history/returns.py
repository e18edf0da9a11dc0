"""What was given back of the orders in a file: refunds of the customer's latest orders that had these products."""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from chalicelib.domain.errors import InvalidFact
from chalicelib.domain.facts.address import normal
from chalicelib.domain.facts.inbound import InboundFact, order_name
from chalicelib.domain.facts.order import Order, Refund
from chalicelib.sources.fields import ID, SPACED_EMAIL_ADDRESS
from chalicelib.sources.history.fields import RowFields

OWNERS: Mapping[str, str] = {"customer_id": ID, "email": SPACED_EMAIL_ADDRESS}
"""Whose an order is, by its column, and the pattern of that."""
MOST_BROKEN = 1_000
"""Rows that cannot be read and are looked at for whose they may be; of more, nothing is known to be anybody's."""


class Line(NamedTuple):
    """A line; ``amount`` is of all its pieces, in minor units."""

    product: str
    quantity: Decimal
    amount: int


def is_return(lines: Sequence[Line]) -> bool:
    """Whether these are pieces that were given back, and nothing that was bought: some stay where they are, with 0."""
    return any(line.quantity < 0 for line in lines) and not any(line.quantity > 0 for line in lines)


class _Pieces(NamedTuple):
    """Pieces of one product in an order. They are sorted by time."""

    at: datetime
    id: str
    quantity: Decimal


@dataclass
class _Return:
    """What was given back together, by whom (``buyer``, ``owners``), and what it refunds, or why nothing."""

    found: InboundFact
    at: datetime
    buyer: str
    owners: list[tuple[str, str]]
    lines: Sequence[Line]
    names: Mapping[str, str]
    refunds: list[InboundFact] = field(default_factory=list)
    error: InvalidFact | None = None


@dataclass
class Returns:
    """What was given back of the orders in a file.

    First all of the file is learned, what is rejected too; then it is settled, in the order of time. So nothing depends
    on how the file is sorted, and importing it again, mended, refunds nothing twice.
    """

    _bought: dict[tuple[str, str], list[_Pieces]] = field(default_factory=dict)
    _returned: dict[str, _Return] = field(default_factory=dict)
    _rejected: dict[tuple[str, str], int] = field(default_factory=dict)
    _of_anybody: dict[str, int] = field(default_factory=dict)
    _broken: list[tuple[int, Callable[[str, str], bool]]] = field(default_factory=list)

    def learn(self, found: InboundFact, whole: RowFields, lines: Sequence[Line]) -> None:
        """An order, less what was given back with it; or what was given back alone."""
        order = found.fact
        if not isinstance(order, Order):
            return
        if is_return(lines):
            given = [line for line in lines if line.quantity]
            returned = _Return(found, order.placed_at, _buyer(found), _owners(whole), given, whole.names)
            self._returned.setdefault(order.id, returned)
            return
        if order.cancelled_at or order.refunded >= order.total.amount > 0:
            return  # nothing of it is left to give back
        pieces: dict[str, Decimal] = {}
        for line in lines:
            if line.quantity < 0 or line.amount >= 0:  # others are discounts
                pieces[line.product] = pieces.get(line.product, Decimal(0)) + line.quantity
        for product, left in pieces.items():
            if left > 0:
                self._bought.setdefault((_buyer(found), product), []).append(_Pieces(order.placed_at, order.id, left))

    def reject(self, line: int, rows: Sequence[RowFields]) -> None:
        """An order that is rejected: its customer's, anybody's if that is a fault, or nobody's if there is none."""
        for row in rows:
            for owner in _owners(row):
                self._rejected.setdefault(owner, line)
        if any(_is_fault(name, row) for row in rows for name in OWNERS):
            for row in rows:
                self._of_anybody.setdefault(row.texts.get("product", ""), line)

    def reject_broken(self, line: int, may_have: Callable[[str, str], bool]) -> None:
        """A row that cannot be read, and ``may_have`` a text in the column of a field."""
        self._broken.append((line, may_have))

    def settle(self) -> None:
        """Decide which orders were refunded: the latest ones before the return that have its products."""
        for pieces in self._bought.values():
            pieces.sort()
        for name, returned in sorted(self._returned.items(), key=lambda each: (each[1].at, each[0])):
            try:
                self._settle(name, returned)
            except InvalidFact as error:
                returned.error = error

    def refunds(self, found: InboundFact) -> list[InboundFact]:
        """The refunds that these lines are.

        Raises ``InvalidFact`` for what no order before had, and for what may be of an order that was rejected: it would
        be taken from an older one, and once more when the rejected one is mended and imported.
        """
        order: Any = found.fact
        returned = self._returned[order.id]
        if returned.error:
            raise returned.error
        return returned.refunds

    def _settle(self, name: str, returned: _Return) -> None:
        if number := self._doubtful(returned):
            problem = f"may be of the order in line {number}, which is rejected: mend that first"
            raise InvalidFact(returned.names.get("id", "id"), problem)
        wanted: dict[str, Decimal] = {}
        for line in returned.lines:
            wanted[line.product] = wanted.get(line.product, Decimal(0)) - line.quantity
        for product, pieces in wanted.items():
            held = self._bought.get((returned.buyer, product), [])
            if pieces > sum(each.quantity for each in held if each.at <= returned.at):
                problem = "more is returned than earlier orders had"
                raise InvalidFact(returned.names.get("quantity", "quantity"), problem)
        amounts: dict[str, int] = {}
        for line in returned.lines:
            for order, share in _taken(self._bought[returned.buyer, line.product], line, returned.at):
                amounts[order] = amounts.get(order, 0) + share
        found = ((order, amount) for order, amount in amounts.items() if amount > 0)
        returned.refunds = [_refund(returned, name, order, amount) for order, amount in found]

    def _doubtful(self, returned: _Return) -> int | None:
        """The line of a rejected order that this may be of; None if there is none."""
        owners = returned.owners
        found = [self._rejected.get(owner) for owner in owners]
        found += [self._of_anybody.get(line.product) for line in returned.lines]
        if line := next(filter(None, found), None):
            return line
        if len(self._broken) > MOST_BROKEN:
            return self._broken[0][0]
        return next((line for line, may_have in self._broken for owner in owners if may_have(*owner)), None)


def _taken(held: list[_Pieces], line: Line, at: datetime) -> Iterator[tuple[str, int]]:
    """The orders that a line's pieces are taken from, the latest first, and each one's share of the amount."""
    left, amount = -line.quantity, -line.amount
    for place in range(bisect_right(held, at, key=lambda each: each.at) - 1, -1, -1):
        taken = min(left, held[place].quantity)
        if taken > 0:
            share = amount if taken == left else int(amount * taken / left)
            held[place] = held[place]._replace(quantity=held[place].quantity - taken)
            left, amount = left - taken, amount - share
            yield held[place].id, share
        if not left:
            return


def _is_fault(name: str, row: RowFields) -> bool:
    """Whether what stands in a column of owners is neither one nor nothing."""
    text = row.texts.get(name, "")
    return bool(text) and (name in row.faults or not re.match(OWNERS[name], text))


def _owners(row: RowFields) -> list[tuple[str, str]]:
    """Whose a row is, by its column and in its normal form."""
    named = ((name, row.texts.get(name)) for name in OWNERS if name not in row.faults)
    return [(name, normal(text).casefold()) for name, text in named if text]


def _refund(returned: _Return, name: str, order: str, amount: int) -> InboundFact:
    lines: Any = returned.found.fact
    person = returned.found.person
    refund = Refund(order, name, returned.at, amount, lines.total.currency)
    return InboundFact(refund, person and replace(person, visitors=(order_name(order),)))


def _buyer(found: InboundFact) -> str:
    return found.person.own_name if found.person else ""
