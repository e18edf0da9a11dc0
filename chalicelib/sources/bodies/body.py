"""What the bodies of all kinds of facts have in common."""

from datetime import datetime, timedelta

import msgspec

from chalicelib.domain.errors import InvalidFact
from chalicelib.domain.facts.fact import FAST_CLOCK
from chalicelib.domain.facts.inbound import InboundFact
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
