"""A message to a person, and the shop as its mails show it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Shop:
    """The shop as its mails show it. ``url`` is the shop's site, ``public_url`` is Rekindle's API."""

    name: str
    address: str
    url: str
    sender: str
    team: str
    public_url: str


@dataclass(frozen=True, slots=True)
class Mail:
    """One rendered message to one address; the mail service's events return its ``tags``."""

    to: str
    to_name: str
    subject: str
    html: str
    text: str
    at: datetime
    tags: Mapping[str, str]
    unsubscribe_url: str | None = None
