"""A customer unsubscribes through a mail's link: it works without a login, as often as it is used, from then on."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from chalicelib.domain.facts.consent import Purpose, Unsubscription
from chalicelib.domain.facts.events import Fact
from chalicelib.domain.facts.known import Facts
from chalicelib.services.compose import UNSUBSCRIBE
from chalicelib.services.survey import TokenReader


class FactStore(Protocol):
    """Where refusals are kept."""

    def facts(self, customer: str) -> Facts: ...
    def put(self, customer: str, fact: Fact) -> bool: ...


@dataclass(frozen=True)
class Preferences:
    """Takes refusals."""

    store: FactStore
    tokens: TokenReader
    clock: Callable[[], datetime]

    def language(self, token: str) -> str:
        """The language to show the page in. Raises ``InvalidToken``."""
        return self.store.facts(self.tokens.read(UNSUBSCRIBE, token)[0]).customer.language

    def unsubscribe(self, token: str) -> None:
        """Refuse the purpose of the mail that the link stood in. Raises ``InvalidToken``."""
        customer, enrollment, step, purpose = self.tokens.read(UNSUBSCRIBE, token)
        self.store.put(customer, Unsubscription(Purpose(purpose), self.clock(), enrollment, step))
