"""People, their names, and the service that knows them, on stores in memory."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from chalicelib.domain.facts.fact import Fact
from chalicelib.domain.facts.inbound import Known, Name, Person
from chalicelib.services.identify import Identify
from chalicelib.services.refusals import PassOnRefusals
from tests.builders import START
from tests.fakes import FakeCommerce

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


ANN, BOB = Person("shop", email="ann@example.com"), Person("shop", email="bob@example.com")


BROWSER = Person("shop", visitors=("browser-1",))


CART = Person("shop", visitors=("cart-1",))


ORDER = Person("shop", visitors=("order#order-1",))


class Shop(FakeCommerce):
    """Names, facts and the service over them; it remembers what was merged and what was handed over."""

    def __init__(self) -> None:
        super().__init__()
        self.gone: set[str] = set()
        self.merges: list[tuple[str, str, datetime]] = []
        self.moves: list[tuple[str, str, str]] = []
        self.asked: list[set[str]] = []
        self.identify = Identify(
            self, self, self, self, self.identity.names, self.erased, PassOnRefusals(self, self.identity.address_hash)
        )

    def erased(self, hashes: Iterable[str]) -> frozenset[str]:
        self.asked.append(set(hashes))
        return frozenset(self.asked[-1] & self.gone)

    def merge(self, customer: str, into: Known, at: datetime) -> None:
        self.merges.append((customer, into.customer, at))
        super().merge(customer, into, at)

    def hand_over(self, customer: str, into: str, visitor: str) -> None:
        self.moves.append((customer, into, visitor))
        super().hand_over(customer, into, visitor)

    def key(self, person: Person, at: datetime = START) -> str:
        """The person's key; they are known afterwards."""
        key = self.identify(person, at)
        assert key is not None
        return key

    def whose(self, fact: Fact, person: Person, at: datetime | None = None) -> str | None:
        return self.identify.whose(fact, person, at or fact.at).customer

    def names(self, person: Person) -> list[Name]:
        return [*self.identity.names(person).own, *self.identity.names(person).visits]

    def forget_hashes(self, person: Person) -> None:
        """The person was erased: nobody is known by these names, and their hashes are remembered as erased."""
        for name in self.names(person):
            self.aliases.pop(name, None)
            self.gone.add(name[1])


def both(browser: str, *, email: str) -> Person:
    return Person("shop", email=email, visitors=(browser,))
