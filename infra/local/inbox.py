"""The mails that SES accepted, parsed, in the order of their acceptance."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_string
from email.message import EmailMessage
from email.policy import default as modern
from email.utils import getaddresses

import moto.ses.models as moto_ses

from infra.local.stack import ACCOUNT_ID, REGION


@dataclass(frozen=True)
class Mail:
    """One accepted mail. ``at`` is virtual time, UTC; ``headers`` keep the mail's own spelling, the last one wins."""

    message_id: str
    at: datetime
    sender: str
    to: tuple[str, ...]
    subject: str
    html: str
    text: str
    headers: Mapping[str, str]
    tags: Mapping[str, str]
    configuration_set: str | None
    raw: str = field(repr=False)


class Inbox:
    """All the mails, and those of one address or one send."""

    def __init__(self) -> None:
        self.mails: list[Mail] = []

    def __len__(self) -> int:
        return len(self.mails)

    def __iter__(self) -> Iterator[Mail]:
        return iter(self.mails)

    def __getitem__(self, place: int) -> Mail:
        return self.mails[place]

    def to(self, address: str) -> list[Mail]:
        """The mails to one bare address, whatever its case."""
        return [mail for mail in self.mails if address.lower() in (each.lower() for each in mail.to)]

    def tagged(self, name: str, value: str) -> list[Mail]:
        """The mails that carry an SES message tag."""
        return [mail for mail in self.mails if mail.tags.get(name) == value]

    def collect(self, now: datetime) -> list[Mail]:
        """Take what moto's SES has accepted since the last time; ``now`` is when that was."""
        backend = moto_ses.ses_backends[ACCOUNT_ID][REGION]
        if not backend.sent_messages:
            return []
        accepted, backend.sent_messages = backend.sent_messages, []
        new = [parsed(each, now) for each in accepted]
        self.mails.extend(new)
        return new


def parsed(message: moto_ses.RawMessage, at: datetime) -> Mail:
    """A mail from what moto kept of it. Raises TypeError for one that was not sent raw: moto drops tags of others."""
    if not isinstance(message, moto_ses.RawMessage):
        raise TypeError(f"mails are sent as raw MIME, got a {type(message).__name__}")
    mime = message_from_string(message.raw_data, _class=EmailMessage, policy=modern)
    headers = {name: str(value) for name, value in mime.items()}
    lowered = {name.lower(): value for name, value in headers.items()}
    return Mail(
        message_id=message.id,
        at=at,
        sender=lowered.get("from", message.source),
        to=tuple(dict.fromkeys(address for _, address in getaddresses(message.destinations))),
        subject=lowered.get("subject", ""),
        html=_part(mime, "html"),
        text=_part(mime, "plain"),
        headers=headers,
        tags=_tags(lowered.get("x-ses-message-tags", "")),
        configuration_set=lowered.get("x-ses-configuration-set"),
        raw=message.raw_data,
    )


def _part(mime: EmailMessage, subtype: str) -> str:
    body = mime.get_body((subtype,))
    return "" if body is None else str(body.get_content())


def _tags(header: str) -> dict[str, str]:
    pairs = (pair.partition("=") for pair in header.replace("\n", "").split(",") if "=" in pair)
    return {name.strip(): value.strip() for name, _, value in pairs}
