"""What the bodies of all kinds of facts have in common."""

from dataclasses import replace
from datetime import datetime, timedelta

import msgspec

from chalicelib.domain.errors import InvalidFact
from chalicelib.domain.facts.fact import FAST_CLOCK
from chalicelib.domain.facts.inbound import SHOP, InboundFact, Person
from chalicelib.sources.fields import Id, SpacedEmail
from chalicelib.sources.reading import times

AHEAD = FAST_CLOCK // timedelta(minutes=1)


class Body(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A JSON object that has these fields and no others."""

    def times(self) -> dict[str, datetime]:
        """Its times, by field."""
        values = {name: getattr(self, name) for name in self.__struct_fields__}
        return {name: value for name, value in values.items() if isinstance(value, datetime)}

    def check_times(self, path: str) -> None:
        """Raise ``InvalidFact`` for a time outside the years that are accepted."""
        for name, value in self.times().items():
            times.check(f"{path}.{name}", value)


class FactBody(Body):
    """The body of a fact. Its tag is the kind, which ``type`` names; one without a tag is a base of others."""

    def fact(self, path: str) -> InboundFact:
        """As a fact; raises ``InvalidFact`` with a path that begins with ``path``."""
        raise NotImplementedError

    def fact_by(self, now: datetime, path: str) -> InboundFact:
        """As a fact; raises ``InvalidFact`` for a time ahead of ``now``, too, unless it may be (an opening).

        A consent's time is not checked here: it is never more than a claim.
        """
        found = self.fact(path)
        for name, value in self.times().items():
            if value > now + FAST_CLOCK and name not in found.fact.announced:
                raise InvalidFact(f"{path}.{name}", f"expected a time at most {AHEAD} minutes ahead of now")
        return found


class PersonalBody(FactBody):
    """The body of a fact about a person: a customer, or a guest, who is their address.

    ``email_verified``: the shop vouches that the address is this customer's (they followed a link in a mail to it).
    """

    email: SpacedEmail | None = None
    email_verified: bool = False

    def __post_init__(self) -> None:
        """Leave out spaces around the address."""
        self.email = self.email.strip() if self.email else self.email

    def person(self, path: str, own_id: str | None, *visitors: str) -> Person:
        """Whom it is about; ``path``: of the id, if that is needed. Raises ``InvalidFact``."""
        if own_id is None and self.email is None:
            raise InvalidFact(path, "is required, or the email of a guest")
        return Person(SHOP, own_id, self.email, visitors, is_verified=self.email_verified)


class OwnedBody(PersonalBody):
    """The body of a fact about something that a customer or a guest owns."""

    customer_id: Id | None = None

    def owner(self, path: str, *visitors: str) -> Person:
        """Whose it is; an account's address on what it owns was typed in. Raises ``InvalidFact``."""
        found = self.person(f"{path}.customer_id", self.customer_id, *visitors)
        return replace(found, is_typed=self.customer_id is not None and self.email is not None)
