"""A customer unsubscribes through a mail's link: without a login, at once, and as often as the link is used."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from chalicelib.domain.facts.consent import Purpose, Unsubscription
from chalicelib.domain.messages.languages import chosen
from chalicelib.services.compose import UNSUBSCRIBE
from chalicelib.services.ports import FactStore, TokenReader


@dataclass(frozen=True)
class Preferences:
    """Records unsubscriptions."""

    store: FactStore
    tokens: TokenReader
    clock: Callable[[], datetime]
    languages: Sequence[str]

    def language(self, token: str) -> str:
        """The language to show the page in. Raises ``InvalidToken``."""
        customer = self.store.of(self.tokens.read(UNSUBSCRIBE, token)[0]).customer
        return chosen(customer.language, self.languages)

    def unsubscribe(self, token: str) -> None:
        """Unsubscribe from the purpose of the mail with this link. Raises ``InvalidToken``.

        It is stored for the customer whom the mail's own customer is by now.
        """
        customer, enrollment, step, purpose = self.tokens.read(UNSUBSCRIBE, token)
        customer = self.store.of(customer).customer.key
        self.store.put(customer, Unsubscription(Purpose(purpose), self.clock(), enrollment, step))
