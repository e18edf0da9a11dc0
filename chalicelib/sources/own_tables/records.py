"""Records of a table's stream, in plain values."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from chalicelib.sources.own_tables.values import EPOCH, plain

EXPIRED_BY = "dynamodb.amazonaws.com"
"""The principal that removes expired items."""


@dataclass(frozen=True, slots=True)
class Change:
    """The change of an item at ``at`` (UTC), from ``old`` to ``new``; None means no item."""

    old: Mapping[str, Any] | None
    new: Mapping[str, Any] | None
    at: datetime
    is_expired: bool


def change_of(record: Mapping[str, Any]) -> Change:
    """The change in a record; raises ``ValueError`` if the stream does not have the images that are needed."""
    change, is_removed = record["dynamodb"], record["eventName"] == "REMOVE"
    old, new = (_item(change.get(image)) for image in ("OldImage", "NewImage"))
    if (old if is_removed else new) is None:
        raise ValueError("the stream does not have the images of its items")
    at = EPOCH + timedelta(seconds=float(change.get("ApproximateCreationDateTime", 0)))
    return Change(old, new, at, record.get("userIdentity", {}).get("principalId") == EXPIRED_BY)


def place(record: Mapping[str, Any]) -> dict[str, str]:
    """The fields of a record for a log line: its place in the stream. Its keys are the shop's, and may be personal."""
    return {"sequence": str(record["dynamodb"]["SequenceNumber"])}


def _item(image: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if image is None else {name: plain(value) for name, value in image.items()}
