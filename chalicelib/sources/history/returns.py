"""What was given back of the orders in a file: refunds of the customer's latest orders that had these products."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, NamedTuple

from chalicelib.domain.errors import InvalidFact
from chalicelib.domain.facts.inbound import InboundFact, order_name
from chalicelib.domain.facts.order import Order, Refund
from chalicelib.sources.history.fields import RowFields

OWNERS = ("customer_id", "email")
MOST_BROKEN = 1_000
"""Rows that cannot be read and are looked at for whose they may be; of more, nothing is known to be anybody's."""


class Line(NamedTuple):
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
class Returns:
    """The pieces that customers bought in the file so far, and the orders that were rejected, which had some too."""

    _bought: dict[tuple[str, str], list[_Bought]] = field(default_factory=dict)
    _rejected: dict[tuple[str, str], int] = field(default_factory=dict)
    _broken: list[tuple[int, Callable[[str, str], bool]]] = field(default_factory=list)

    def remember(self, found: InboundFact, lines: Sequence[Line]) -> None:
        """An order: its pieces without those that were given back with it."""
        if not isinstance(found.fact, Order):
            return
        pieces: dict[str, Decimal] = {}
        for line in lines:
            if line.quantity < 0 or line.amount >= 0:  # others are discounts
                pieces[line.product] = pieces.get(line.product, Decimal(0)) + line.quantity
        for product, left in pieces.items():
            if left > 0:
                self._bought.setdefault((_buyer(found), product), []).append(_Bought(found.fact.id, left))

    def reject(self, line: int, texts: Mapping[str, str] | None, may_have: Callable[[str, str], bool]) -> None:
        """A row of an order that was rejected; ``texts`` None: it cannot be read, and ``may_have`` whatever texts."""
        if texts is None:
            self._broken.append((line, may_have))
            return
        for name in OWNERS:
            if texts.get(name):
                self._rejected.setdefault((name, texts[name]), line)

    def refunds(self, found: InboundFact, whole: RowFields, lines: Sequence[Line]) -> list[InboundFact]:
        """The refunds of earlier orders that these lines are.

        Raises ``InvalidFact`` for what none of them had, and for what may be of an order that was rejected: it would be
        taken from an older one, and once more when the rejected one is mended and imported.
        """
        if line := self._doubtful(whole.texts):
            problem = f"may be of the order in line {line}, which is rejected: mend that first"
            raise InvalidFact(whole.names.get("id", "id"), problem)
        amounts: dict[str, int] = {}
        returned: dict[str, Decimal] = {}
        for each in lines:
            returned[each.product] = returned.get(each.product, Decimal(0)) - each.quantity
        for product, pieces in returned.items():
            if pieces > sum(each.quantity for each in self._bought.get((_buyer(found), product), [])):
                raise InvalidFact(whole.names.get("quantity", "quantity"), "more is returned than earlier orders had")
        for each in lines:
            for order, share in self._taken(_buyer(found), each):
                amounts[order] = amounts.get(order, 0) + share
        return [_refund(found, order, amount) for order, amount in amounts.items() if amount > 0]

    def _doubtful(self, texts: Mapping[str, str]) -> int | None:
        """The line of a rejected order that may be this customer's; None if there is none."""
        owners = [(name, texts[name]) for name in OWNERS if texts.get(name)]
        for owner in owners:
            if line := self._rejected.get(owner):
                return line
        if len(self._broken) > MOST_BROKEN:
            return self._broken[0][0]
        return next((line for line, may_have in self._broken for owner in owners if may_have(*owner)), None)

    def _taken(self, buyer: str, line: Line) -> list[tuple[str, int]]:
        """The orders that a line's pieces are taken from, the latest first, and each one's share of the amount."""
        taken_from: list[tuple[str, int]] = []
        left, amount = -line.quantity, -line.amount
        for each in reversed(self._bought.get((buyer, line.product), [])):
            taken = min(left, each.quantity)
            if taken > 0:
                share = amount if taken == left else int(amount * taken / left)
                each.quantity, left, amount = each.quantity - taken, left - taken, amount - share
                taken_from.append((each.order, share))
        return taken_from


def _refund(found: InboundFact, order: str, amount: int) -> InboundFact:
    lines: Any = found.fact
    refund = Refund(order, lines.id, lines.placed_at, amount, lines.total.currency)
    return InboundFact(refund, found.person and replace(found.person, visitors=(order_name(order),)))


def _buyer(found: InboundFact) -> str:
    return found.person.own_name if found.person else ""
