"""What the bodies of all kinds of facts have in common."""

from datetime import datetime

import msgspec

from chalicelib.domain.facts.inbound import InboundFact
from chalicelib.sources.reading import times


class Body(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A JSON object that has these fields and no others."""

    def check_times(self, path: str) -> None:
        """Raise ``InvalidFact`` for a time outside the years that are accepted."""
        for name in self.__struct_fields__:
            value = getattr(self, name)
            if isinstance(value, datetime):
                times.check(f"{path}.{name}", value)


class FactBody(Body):
    """The body of a fact. Its tag is the kind, which ``type`` names; one without a tag is a base of others."""

    def fact(self, path: str) -> InboundFact:
        """As a fact; raises ``InvalidFact`` with a path that begins with ``path``."""
        raise NotImplementedError
