"""One customer who turns out to be two people: some of their names, and what was told by those, are another's."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from chalicelib.domain.facts.inbound import Known, Name


class Whose(StrEnum):
    """Whose something is that is known of a customer who is split: who told it decides."""

    OURS = "ours"
    THEIRS = "theirs"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Division:
    """At ``at``, ``other`` is split off from ``customer``, with these names."""

    customer: str
    other: str
    at: datetime
    names: tuple[Name, ...]

    @property
    def known(self) -> Known:
        """The other customer, who is known since the split."""
        return Known(self.other, self.at)


@dataclass(frozen=True, slots=True)
class Parted:
    """What moves when a customer is split: so many carts and orders. ``profile``: whose it is, None if there is none.

    A profile that both told is joined of what they told, and nobody knows any more what is whose: it is dropped.
    """

    profile: Whose | None
    carts: int
    orders: int
