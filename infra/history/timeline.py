"""The facts that a replay plays: those of all files, in the order of their times."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from chalicelib.domain.errors import RekindleError
from chalicelib.domain.facts.cart import Cart
from chalicelib.domain.facts.inbound import InboundFact
from chalicelib.domain.facts.order import Order
from chalicelib.sources.history.columns import FileKind
from infra.history.reading import Check, parsed_rows


class BadRow(RekindleError):
    """A row that does not fit: ``file:line: column: reason``."""


@dataclass
class Timeline:
    """The facts of all files, and how many rows were skipped."""

    facts: list[InboundFact] = field(default_factory=list)
    skipped: int = 0

    def read(self, path: Path, kind: FileKind, on_bad: Callable[[str], None] | None = None) -> None:
        """Add the rows of a file. A bad row raises ``BadRow``, or with ``on_bad`` is passed there and skipped.

        Raises ``Problem`` for a header that does not fit, and ``OSError`` for a file that cannot be read.
        """
        for row in parsed_rows(path, kind, check=_each_thing_once()):
            if row.fact:
                self.facts.append(row.fact)
                continue
            bad = f"{path}:{row.line}: {row.reason}"
            if on_bad is None:
                raise BadRow(bad)
            self.skipped += 1
            on_bad(bad)

    def sort(self) -> None:
        """Bring the facts into the order of their times; of one time carts go before orders, else as in the file."""
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
        """What the orders brought, by currency in minor units."""
        total: Counter[str] = Counter()
        for order in self.orders():
            total[order.total.currency] += order.total.amount
        return total


def is_order(fact: InboundFact) -> bool:
    """Whether this is an order."""
    return isinstance(fact.fact, Order)


def customer_of(fact: InboundFact) -> str:
    """The id of the customer that a row is about."""
    return (fact.person and fact.person.id) or ""


def _each_thing_once() -> Check:
    """Refuses an order that is in a file twice, and a cart of two customers."""
    owners: dict[str, tuple[str, int]] = {}

    def check(fact: InboundFact, line: int) -> str:
        thing = fact.fact.id if isinstance(fact.fact, Order | Cart) else ""
        owner, first = owners.setdefault(thing, (customer_of(fact), line))
        if first != line and (is_order(fact) or owner != customer_of(fact)):
            return f"{thing!r} is in line {first} already"
        return ""

    return check
