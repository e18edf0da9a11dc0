"""The facts that a replay plays: those of all files, in the order of their times."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from chalicelib.domain.errors import RekindleError
from chalicelib.domain.facts.cart import Cart
from chalicelib.domain.facts.inbound import SHOP, InboundFact
from chalicelib.domain.facts.order import Order, Refund
from chalicelib.sources.history.columns import FileKind
from infra.history.reading import AS_USUAL, Check, FileOptions, check_text, parsed_rows


class BadRow(RekindleError):
    """An invalid row: ``file:line: column: reason``."""


@dataclass
class Timeline:
    """The facts of all files, and how many rows were skipped."""

    facts: list[InboundFact] = field(default_factory=list)
    skipped: int = 0

    def read(
        self, path: Path, kind: FileKind, how: FileOptions = AS_USUAL, on_bad: Callable[[str], None] | None = None
    ) -> None:
        """Add the rows of a file. An invalid row raises ``BadRow``, or is passed to ``on_bad`` and skipped.

        Raises ``Problem`` for an invalid header, and ``OSError`` for a file that cannot be read.
        """
        check_text(path, how.encoding)
        for row in parsed_rows(path, kind, how, check=_each_thing_once()):
            if not row.reason:
                played = (_played(fact, is_export=how.export is not None) for fact in row.facts)
                self.facts += filter(None, played)
                continue
            bad = f"{path}:{row.line}: {row.reason}"
            if on_bad is None:
                raise BadRow(bad)
            self.skipped += 1
            on_bad(bad)

    def sort(self) -> None:
        """Sort the facts by time; at the same time, carts come before orders, and otherwise in the file's order."""
        self.facts.sort(key=lambda each: (each.fact.at, is_order(each)))

    @property
    def begin(self) -> datetime:
        """When the first fact happened."""
        return self.facts[0].fact.at

    @property
    def end(self) -> datetime:
        """When the last fact happened."""
        return self.facts[-1].fact.at

    def orders(self) -> list[Order]:
        """The orders."""
        return [each.fact for each in self.facts if isinstance(each.fact, Order)]

    def revenue(self) -> Mapping[str, int]:
        """The revenue of the orders, by currency, in minor units."""
        total: Counter[str] = Counter()
        for order in self.orders():
            total[order.total.currency] += order.total.amount
        return total


def _played(fact: InboundFact, *, is_export: bool) -> InboundFact | None:
    """A fact as it was at its own time, about somebody who bears one name; None for what is not played (a profile).

    ``is_export``: what was paid back of an order is known, but not when.
    """
    person = fact.person and replace(fact.person, source=SHOP, id=customer_of(fact), email=None)
    match fact.fact:
        case Order() as order:
            order = replace(order, at=order.placed_at, fulfilled_at=None, cancelled_at=None, coupon=None)
            return InboundFact(replace(order, refunded=0) if is_export else order, person)
        case Cart() | Refund():
            return InboundFact(fact.fact, person)
        case _:
            return None


def is_order(fact: InboundFact) -> bool:
    """Whether this is an order."""
    return isinstance(fact.fact, Order)


def customer_of(fact: InboundFact) -> str:
    """The id of the customer that a row is about, or a guest's address in its normal form."""
    return fact.person.own_name if fact.person else ""


def _each_thing_once() -> Check:
    """Refuses an order that is in a file twice, and a cart of two customers."""
    owners: dict[str, tuple[str, int]] = {}

    def check(fact: InboundFact, line: int) -> str:
        if not isinstance(fact.fact, Order | Cart):
            return ""
        thing = fact.fact.id
        owner, first = owners.setdefault(thing, (customer_of(fact), line))
        if first != line and (is_order(fact) or owner != customer_of(fact)):
            return f"{thing!r} is in line {first} already"
        return ""

    return check
