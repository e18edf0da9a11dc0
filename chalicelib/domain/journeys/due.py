"""Due enrollments: their keys, and a batch of them with the data to decide about them."""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from chalicelib.domain.channel import Channel
from chalicelib.domain.journeys.circuit import Circuit
from chalicelib.domain.journeys.contacts import Contacts
from chalicelib.domain.journeys.run import Enrollment


class DueKey(NamedTuple):
    """The key of a due enrollment, and when it became due (UTC, as text)."""

    pk: str
    sk: str
    due_at: str


class Unreadable(NamedTuple):
    """A due enrollment that cannot be read, and how often it was postponed for that."""

    key: DueKey
    customer: str
    enrollment: str
    times: int


@dataclass(frozen=True, slots=True)
class DueBatch:
    """Some enrollments, the contact histories of their customers by key, and the journeys that are paused.

    ``moving``: those that are being moved to another customer, each with that customer. ``unreadable``: those that
    cannot be read, or whose customer's history cannot be. Those that DynamoDB did not process are left out.
    ``circuits``: the open ones, by channel.
    """

    enrollments: tuple[Enrollment, ...] = ()
    moving: tuple[tuple[Enrollment, str], ...] = ()
    contacts: Mapping[str, Contacts] = field(default_factory=dict)
    paused: frozenset[str] = frozenset()
    unreadable: tuple[Unreadable, ...] = ()
    circuits: Mapping[Channel, Circuit] = field(default_factory=dict)


def lane_of(customer: str, count: int) -> str:
    """The customer's lane, of so many: two processes never handle one customer's runs at the same time."""
    return lane_name(zlib.crc32(customer.encode()) % count)


def lane_name(number: int) -> str:
    """The name of a lane, a slice of the customers, by its number."""
    return f"L{number}"
