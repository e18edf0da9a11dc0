"""A customer unsubscribes through a mail's link: without a login, at once, and as often as the link is used."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from chalicelib.domain.channel import Channel
from chalicelib.domain.facts.consent import Purpose
from chalicelib.domain.facts.customer import Customer
from chalicelib.domain.facts.facts import Facts
from chalicelib.domain.facts.inbound import EMAIL_NAME
from chalicelib.domain.messages.languages import chosen
from chalicelib.domain.time import NEVER
from chalicelib.services.compose import UNSUBSCRIBE
from chalicelib.services.ports import FactStore, NameStore, RunStore, TokenReader


@dataclass(frozen=True)
class Preferences:
    """Records unsubscriptions."""

    store: FactStore
    names: NameStore
    runs: RunStore
    address_hash: Callable[[str], str]
    tokens: TokenReader
    clock: Callable[[], datetime]
    languages: Sequence[str]

    def language(self, token: str) -> str:
        """The language to show the page in. Raises ``InvalidToken``."""
        customer = self.store.of(self.tokens.read(UNSUBSCRIBE, token)[0]).customer
        return chosen(customer.language, self.languages)

    def unsubscribe(self, token: str) -> None:
        """Unsubscribe from the purpose of the mail with this link. Raises ``InvalidToken``.

        It is stored for the customer whom the mail's own customer is by now, and for each who was split off from that
        one since: the mail may have been theirs. If that customer is not written to at the mail's address any more
        (they moved, or were erased), it is stored for those who are.
        """
        customer, enrollment, step, purpose, address = self.tokens.read(UNSUBSCRIBE, token)
        known = self._known(customer)
        refusal = known.unsubscribed(Purpose(purpose), self.clock(), enrollment, step)
        self.store.put(known.customer.key, refusal)
        if known.apart:
            run = self.runs.wherever(customer, enrollment)
            self._refuse(known, Purpose(purpose), run.entered_at if run else NEVER)
        if not self._is_written_to(known, address):
            self._refuse_at(address, Purpose(purpose))

    def _refuse(self, known: Facts, purpose: Purpose, since: datetime) -> None:
        """Let those who were split off after ``since`` refuse, too, and those who were split off from them."""
        waiting, done = [known], {known.customer.key}
        for facts in waiting:
            for other, at in facts.apart.items():
                theirs = self._known(other)
                if since < at and theirs.customer.key not in done:
                    done.add(theirs.customer.key)
                    self.store.put(theirs.customer.key, theirs.unsubscribed(purpose, self.clock()))
                    waiting.append(theirs)

    def _refuse_at(self, address: str, purpose: Purpose) -> None:
        """Let everybody refuse who is written to at the address with this hash."""
        known, claiming = self.names.look_up((), (EMAIL_NAME, address))
        for customer in sorted({*claiming, *(each.customer for each in known.values())}):
            facts = self._known(customer)
            if self._is_written_to(facts, address):
                self.store.put(facts.customer.key, facts.unsubscribed(purpose, self.clock()))

    def _is_written_to(self, facts: Facts, address: str) -> bool:
        return address in (self.address_hash(facts.customer.address(channel) or "") for channel in Channel)

    def _known(self, customer: str) -> Facts:
        """What is known of the customer; nothing if an item cannot be read: that must not stop an unsubscription."""
        try:
            return self.store.of(customer)
        except ValueError:
            return Facts(Customer(customer, NEVER))
