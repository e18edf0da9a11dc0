"""Messages about people: profiles, consent and deletion."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from msgspec import UNSET, Raw

from chalicelib.domain.errors import InvalidFact
from chalicelib.domain.facts.consent import Consent
from chalicelib.domain.facts.inbound import ErasureRequest
from chalicelib.domain.time import is_zone
from chalicelib.sources.reading import profiles, texts
from chalicelib.sources.reading.payloads import NULL, lenient, optional
from chalicelib.sources.segment import SOURCE
from chalicelib.sources.segment.bodies import Place, Traits
from chalicelib.sources.segment.event import SegmentEvent, address_in
from chalicelib.sources.webhook import WebhookItem

MAIL_CATEGORIES = frozenset(("marketing", "emailmarketing"))
"""The categories of consent that are about mails, in lower case and without other characters than letters."""
GIVEN, REFUSED = ("true", "1", "yes"), ("false", "0", "no")


def identify(event: SegmentEvent) -> Sequence[WebhookItem]:
    """A profile."""
    traits: Traits = optional(event.message.traits, Traits, f"{event.path}.traits", event.left_out.append) or Traits()
    email, zone = address_in(traits, f"{event.path}.traits", event.left_out), event.context.timezone
    profile = profiles.profile(
        event.at,
        _consent(event, None),
        email or UNSET,
        name=texts.name(traits.name) or texts.name(traits.first_name, traits.last_name),
        language=texts.language(event.context.locale),
        country=texts.country(traits.address.country if isinstance(traits.address, Place) else None),
        zone=zone if zone and is_zone(zone) else None,
    )
    return profiles.profile_facts(replace(event.person, email=email or event.person.email), profile)


def consent_updated(event: SegmentEvent) -> Sequence[WebhookItem]:
    """Whether mails are allowed."""
    return profiles.profile_facts(event.person, profiles.profile(event.at, _consent(event, event.at)))


def delete(event: SegmentEvent) -> Sequence[WebhookItem]:
    """A request for erasure. An anonymous visitor is not enough: they could not be recognised again."""
    return [ErasureRequest(event.person)] if event.person.id or event.person.email else []


def _consent(event: SegmentEvent, since: datetime | None) -> Consent | None:
    """The consent to mails, if there is a category for them; a refusal if there are several and one is refused.

    ``since``: when the customer decided; None if the message only repeats what the browser remembers.
    """
    preferences = event.context.consent.category_preferences if event.context.consent else None
    given = [
        _is_given(f"{event.path}.context.consent.categoryPreferences", value)
        for name, value in (preferences or {}).items()
        if re.sub("[^a-z]", "", name.lower()) in MAIL_CATEGORIES and value != NULL
    ]
    return Consent.reported(all(given), since, event.at, SOURCE.name) if given else None


def _is_given(path: str, answer: Raw) -> bool:
    """An answer, which some scripts write as a text or a number; raises ``InvalidFact`` for any other value."""
    text = str(lenient(answer, bool | int | str)).lower()
    if text not in (*GIVEN, *REFUSED):
        raise InvalidFact(path, "expected true or false")
    return text in GIVEN
