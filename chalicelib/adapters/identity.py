"""Keyed hashes of addresses and of the sources' own ids: they identify a person without revealing anything."""

import hashlib
import hmac

from chalicelib.domain.facts.address import normal
from chalicelib.domain.facts.inbound import CLAIM_NAME, EMAIL_NAME, ID_NAME, VISIT_NAME, Names, Person


class Identity:
    """Makes hashes with a secret, so that neither a key nor a hash reveals anything about the person."""

    def __init__(self, secret: bytes) -> None:
        self.secret = secret

    def address_hash(self, email: str) -> str:
        """The keyed hash of an e-mail address's normal form: 32 hexadecimal digits; any text has one."""
        return self._digest("email", normal(email))

    def names(self, person: Person) -> Names:
        """The hashes of a person's names; the last of the names that only they have becomes a new person's key."""
        own, claim = [], None
        if person.id is not None:
            own += [(ID_NAME, self._digest("id", person.source, each)) for each in (person.id, *person.former)]
        if person.email is not None:
            address = EMAIL_NAME, self.address_hash(person.email)
            if person.is_proved:
                own.append(address)
            else:
                claim = address
                if person.id is None:
                    own.append((CLAIM_NAME, self._digest("claim", person.source, normal(person.email))))
        visits = [(VISIT_NAME, self._digest("visit", person.source, visitor)) for visitor in person.visitors]
        return Names(tuple(own), tuple(visits), claim)

    def delivery(self, delivery_id: str) -> str:
        """The hash of a delivery's id; the sender chooses the id, so it may contain anything."""
        return self._digest("delivery", delivery_id)

    def _digest(self, *parts: str) -> str:
        return hmac.new(self.secret, "\x1f".join(parts).encode(errors="surrogatepass"), hashlib.sha256).hexdigest()[:32]
