"""The outcomes of a story's customers, as lines: ``suppressed abandoned_cart/offer frequency_cap``."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from chalicelib.adapters.dynamodb import keys
from chalicelib.domain.errors import Ambiguous
from chalicelib.domain.journeys.credits import Credit
from chalicelib.domain.journeys.outcomes import Outcome, is_reply
from chalicelib.domain.journeys.run import Enrollment
from chalicelib.wiring import Parts


@dataclass(frozen=True)
class OutcomeLine:
    """One outcome; ``text`` is ``kind journey[/step] [reason]``. ``at`` is UTC."""

    at: datetime
    text: str


def outcomes_of(parts: Parts, who: str) -> list[OutcomeLine] | None:
    """All outcomes of a customer by time; None if nobody is known by this address or id. Raises ``Ambiguous``."""
    key = parts.names.find(who)
    return None if key is None else _outcomes(parts, key)


def everybodys(parts: Parts, names: Iterable[str]) -> dict[str, list[OutcomeLine]]:
    """The outcomes of everybody who is known now: by those of the names that are theirs, else by their key."""
    named = {who: key for who in names if (key := _found(parts, who))}
    others = {key for stored in _stored(parts) if (key := _found(parts, stored))} - set(named.values())
    everybody = {**named, **{key: key for key in sorted(others)}}
    return {who: _outcomes(parts, key) for who, key in everybody.items()}


def _found(parts: Parts, who: str) -> str | None:
    with suppress(Ambiguous):
        return parts.names.find(who)
    return None


def _stored(parts: Parts) -> set[str]:
    """The keys of all customers of whom anything is stored."""
    tables = parts.settings.commerce_table, parts.settings.engagement_table
    found = (item["pk"] for name in tables for item in parts.table(name).scan())
    return {keys.customer_of(pk) for pk in found if keys.is_customer(pk)}


def _outcomes(parts: Parts, key: str) -> list[OutcomeLine]:
    holders: list[Enrollment | Credit] = [*parts.engagement.of(key).enrollments, *parts.credits.of(key)]
    found = [OutcomeLine(each.at, _line(holder, each)) for holder in holders for each in holder.outcomes.values()]
    return sorted(found, key=lambda line: (line.at, line.text))


def fits(wanted: str, line: OutcomeLine) -> bool:
    """Whether an outcome is the one that is expected; a step or reason that is not named is not compared."""
    words, found = wanted.split(), line.text.split()
    if len(words) > len(found):
        return False
    for place, word in enumerate(words):
        same = word == found[place] or (place == 1 and "/" not in word and word == found[1].partition("/")[0])
        if not same:
            return False
    return True


def _line(holder: Enrollment | Credit, outcome: Outcome) -> str:
    about = f"{holder.journey}/{outcome.step}" if outcome.step else holder.journey
    automated = "automated" if outcome.automated or is_reply(outcome, holder.outcomes) else None
    return " ".join(filter(None, (str(outcome.kind), about, outcome.reason, automated)))
