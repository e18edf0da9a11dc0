"""One message of a kind that is read."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from msgspec import UNSET

from chalicelib.domain.errors import InvalidFact
from chalicelib.domain.facts.inbound import InboundFact, Person, browser_name, order_name
from chalicelib.sources.decoding import decoded
from chalicelib.sources.fields import Time
from chalicelib.sources.reading import profiles, texts, times
from chalicelib.sources.reading.payloads import lenient, optional
from chalicelib.sources.reading.repairs import repaired
from chalicelib.sources.segment import SOURCE
from chalicelib.sources.segment.bodies import Context, Message, Traits

NOBODY = frozenset(
    ("", "undefined", "null", "none", "nan", "false", "true", "[object object]", "anonymous", "-1", "n/a")
)


@dataclass(frozen=True, slots=True)
class SegmentEvent:
    """A message: its path in the body, who it is about, and its time (UTC).

    ``left_out``: what could be left out, since it does not fit.
    """

    path: str
    message: Message
    context: Context
    person: Person
    at: datetime
    left_out: list[InvalidFact]

    @property
    def properties_path(self) -> str:
        """Where its properties are."""
        return f"{self.path}.properties"

    def properties(self, kind: Any) -> Any:
        """Its properties, as this type; raises ``InvalidFact``."""
        return repaired(self.message.properties, kind, self.properties_path, self.left_out.append)

    def buyer_of(self, order_id: str) -> Person:
        """The person, known by this order too: later messages about it may leave the person out."""
        return replace(self.person, visitors=(*self.person.visitors, order_name(order_id)))

    def address(self) -> list[InboundFact]:
        """The address of the person, if the message has it: a guest's comes with what they do."""
        return profiles.profile_facts(self.person, profiles.profile(self.at, email=self.person.email or UNSET))


def event_of(path: str, message: Message) -> SegmentEvent:
    """A message with its person and time; raises ``InvalidFact``."""
    left_out: list[InvalidFact] = []
    context: Context = optional(message.context, Context, f"{path}.context", left_out.append) or Context()
    at = times.moment(f"{path}.timestamp", decoded(message.timestamp, Time, f"{path}.timestamp"))
    email = address_in(context.traits, f"{path}.context.traits", left_out) if context.traits else None
    user, visitor = _id(message.user_id), _id(lenient(message.anonymous_id, str | int))
    person = Person(SOURCE.name, user, email, (browser_name(visitor),) if visitor else (), is_public=SOURCE.is_public)
    return SegmentEvent(path, message, context, person, at, left_out)


def address_in(traits: Traits, path: str, left_out: list[InvalidFact]) -> str | None:
    """The address in a profile; None, and reported, if there is a text that is none."""
    if (email := texts.address(traits.email)) is None and (traits.email or "").strip():
        left_out.append(InvalidFact(f"{path}.email", "expected an e-mail address"))
    return email


def _id(value: str | int | None) -> str | None:
    """An id; None for what scripts write where there is none: all who have it would be one person."""
    text = "" if value is None else str(value).strip()
    return None if text.lower() in NOBODY or not text.strip("0-") else str(value)
