"""Converts a row to an address that must not get mail, as other tools export their lists."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from chalicelib.domain.errors import InvalidFact
from chalicelib.domain.facts.address import normal
from chalicelib.sources.fields import EMAIL_ADDRESS, Time
from chalicelib.sources.history.fields import RowFields

LONGEST = 254
REASONS = frozenset({"bounce", "complaint"})
IMPORTED = "imported"
"""The reason of an address whose list gives none, or one that Rekindle does not know."""


@dataclass(frozen=True, slots=True)
class SuppressedAddress:
    """An address in its normal form, why it must not get mail, and since when (aware; None: unknown)."""

    address: str
    reason: str
    at: datetime | None


class _Row(msgspec.Struct):
    address: str
    reason: Any = None
    at: Time | None = None


def suppressed_of(row: RowFields) -> SuppressedAddress:
    """The address in a row; raises ``InvalidFact``, its field a column of the file. Errors do not quote addresses."""
    for field, problem in row.faults.items():
        raise InvalidFact(row.names[field], problem)
    try:
        found = msgspec.json.decode(msgspec.json.encode(row.values), type=_Row)
    except (msgspec.ValidationError, UnicodeEncodeError) as error:
        raise InvalidFact(
            "row", str(error) if isinstance(error, msgspec.ValidationError) else "expected UTF-8"
        ) from None
    address = normal(found.address)
    if len(address) > LONGEST or not re.match(EMAIL_ADDRESS, address):
        raise InvalidFact(row.names["address"], "expected an e-mail address")
    reason = found.reason.lower() if isinstance(found.reason, str) else ""
    return SuppressedAddress(address, reason if reason in REASONS else IMPORTED, found.at)
