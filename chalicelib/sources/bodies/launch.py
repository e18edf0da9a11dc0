"""A launch."""

from datetime import timedelta
from typing import Annotated

from msgspec import Meta, field

from chalicelib.domain.errors import InvalidFact
from chalicelib.domain.facts.inbound import InboundFact
from chalicelib.domain.facts.launch import Launch
from chalicelib.domain.standing.segments import SEGMENT_NAMES
from chalicelib.domain.standing.standing import Tier
from chalicelib.sources.bodies.body import FactBody
from chalicelib.sources.fields import URL, Id, Name, Time
from chalicelib.sources.reading.carts import MOST_PRODUCTS
from chalicelib.sources.reading.times import truncated


class LaunchBody(FactBody, tag="launch"):
    """A launch. ``early_by``: hours of early access by tier."""

    id: Id
    at: Time
    name: Name
    products: Annotated[tuple[Id, ...], Meta(min_length=1, max_length=MOST_PRODUCTS)]
    segment: Annotated[str, Meta(extra_json_schema={"enum": sorted(SEGMENT_NAMES)})]
    opens_at: Time
    ends_at: Time
    early_by: dict[Tier, Annotated[int, Meta(ge=1, le=24 * 60)]] = field(default_factory=dict)
    withdrawn: bool = False
    url: Annotated[str, Meta(max_length=500, pattern=URL)] | None = None

    def fact(self, path: str) -> InboundFact:
        """As a fact; raises ``InvalidFact``."""
        self.check_times(path)
        if self.segment not in SEGMENT_NAMES:
            raise InvalidFact(f"{path}.segment", f"expected one of {', '.join(sorted(SEGMENT_NAMES))}")
        if self.ends_at <= self.opens_at:
            raise InvalidFact(f"{path}.ends_at", "expected a time after opens_at")
        fact = Launch(
            id=self.id,
            at=truncated(self.at),
            name=self.name,
            products=self.products,
            segment=self.segment,
            opens_at=truncated(self.opens_at),
            ends_at=truncated(self.ends_at),
            early_by={str(tier): timedelta(hours=number) for tier, number in self.early_by.items()},
            withdrawn=self.withdrawn,
            url=self.url or "",
        )
        return InboundFact(fact)
