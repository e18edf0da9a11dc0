"""What could not be read of the facts that a source sent: where it was, and what was expected there, without values."""

import re
from dataclasses import dataclass
from datetime import datetime

from chalicelib.domain.errors import InvalidFact

IS_UNKNOWN = "is unknown"
"""The problem with a field that no such message has; its name is the sender's own word."""
_PLACE = re.compile(r"\[\d+\]")


@dataclass(frozen=True, slots=True, order=True)
class Rejection:
    """``field`` is the path of the field that did not fit, with ``[]`` for any place in a list.

    ``topic`` is what the source calls this kind of message; empty if that is unknown.
    """

    source: str
    topic: str
    field: str
    problem: str

    @classmethod
    def of(cls, source: str, topic: str, error: InvalidFact) -> "Rejection":
        """From the error of one message, without what the sender wrote: the name of an unknown field is left out."""
        field, problem = error.field, error.problem
        if problem == IS_UNKNOWN:
            field, problem = field.rpartition(".")[0] or field, "has an unknown field"
        return cls(source, topic, _PLACE.sub("[]", field), problem)


@dataclass(frozen=True, slots=True)
class Rejected:
    """How often one kind of rejection happened on a day (UTC), first and last."""

    rejection: Rejection
    number: int
    first_at: datetime
    last_at: datetime
