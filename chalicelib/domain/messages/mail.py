"""A message as it leaves for a person, and the shop as it signs its mails."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Shop:
    """The shop as its mails show it. ``url`` is the shop's, ``public_url`` where Rekindle's API answers."""

    name: str
    address: str
    url: str
    sender: str
    team: str
    public_url: str


@dataclass(frozen=True, slots=True)
class Mail:
    """One rendered message to one address; ``tags`` come back with the mail service's events."""

    to: str
    to_name: str
    subject: str
    html: str
    text: str
    at: datetime
    tags: Mapping[str, str]
    unsubscribe_url: str | None = None
