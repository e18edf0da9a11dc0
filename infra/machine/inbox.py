"""The mails that SES accepted, parsed, in the order of their acceptance."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_string
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.parser import HeaderParser
from email.policy import default as modern
from email.utils import getaddresses
from functools import cached_property

import moto.ses.models as moto_ses

from chalicelib.domain.facts.address import normal
from infra.machine.stack import ACCOUNT_ID, REGION


@dataclass(frozen=True)
class AcceptedMail:
    """A mail that SES accepted. ``at`` is virtual time, UTC; ``headers`` are as sent, the last of a name wins."""

    message_id: str
    at: datetime
    sender: str
    to: tuple[str, ...]
    headers: Mapping[str, str]
    raw: str = field(repr=False)

    @property
    def subject(self) -> str:
        """The subject, decoded."""
        return str(make_header(decode_header(self.headers.get("Subject", ""))))

    @property
    def tags(self) -> dict[str, str]:
        """SES's message tags."""
        header = self.headers.get("X-SES-MESSAGE-TAGS", "")
        pairs = (pair.partition("=") for pair in header.split(",") if "=" in pair)
        return {name.strip(): value.strip() for name, _, value in pairs}

    @property
    def configuration_set(self) -> str | None:
        """The name of the configuration set that it was sent with."""
        return self.headers.get("X-SES-CONFIGURATION-SET")

    @cached_property
    def mime(self) -> EmailMessage:
        """The whole mail, parsed."""
        return message_from_string(self.raw, _class=EmailMessage, policy=modern)

    @property
    def html(self) -> str:
        """The HTML part, or an empty text."""
        return _part(self.mime, "html")

    @property
    def text(self) -> str:
        """The plain text part, or an empty text."""
        return _part(self.mime, "plain")


class Inbox:
    """All mails, in the order of their acceptance."""

    def __init__(self) -> None:
        self.mails: list[AcceptedMail] = []

    def __len__(self) -> int:
        return len(self.mails)

    def __iter__(self) -> Iterator[AcceptedMail]:
        return iter(self.mails)

    def __getitem__(self, place: int) -> AcceptedMail:
        return self.mails[place]

    def to(self, address: str) -> list[AcceptedMail]:
        """The mails to one address, in whatever form it is written."""
        return [mail for mail in self.mails if normal(address) in map(normal, mail.to)]

    def tagged(self, name: str, value: str) -> list[AcceptedMail]:
        """The mails that carry an SES message tag."""
        return [mail for mail in self.mails if mail.tags.get(name) == value]

    def collect(self, now: datetime) -> list[AcceptedMail]:
        """Add the mails that moto's SES has accepted since the last call; ``now`` is when it accepted them."""
        backend = moto_ses.ses_backends[ACCOUNT_ID][REGION]
        if not backend.sent_messages:
            return []
        accepted, backend.sent_messages = backend.sent_messages, []
        new = [parsed(each, now) for each in accepted]
        self.mails.extend(new)
        return new


def parsed(message: moto_ses.RawMessage, at: datetime) -> AcceptedMail:
    """A mail from moto's record. Raises TypeError for one that was not sent raw, since moto drops the tags of those."""
    if not isinstance(message, moto_ses.RawMessage):
        raise TypeError(f"mails are sent as raw MIME, got a {type(message).__name__}")
    fields = HeaderParser().parsestr(message.raw_data).items()
    headers = {name: " ".join(value.split()) for name, value in fields}
    return AcceptedMail(
        message_id=message.id,
        at=at,
        sender=headers.get("From", message.source),
        to=tuple(dict.fromkeys(address for _, address in getaddresses(message.destinations))),
        headers=headers,
        raw=message.raw_data,
    )


def _part(mime: EmailMessage, subtype: str) -> str:
    body = mime.get_body((subtype,))
    return "" if body is None else str(body.get_content())
