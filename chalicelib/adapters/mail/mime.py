"""Raw mails, made with the standard library: what SES sends is exactly these bytes (it adds only the ``Message-ID``).

Headers are encoded to ASCII here and every value is checked, so nothing a customer typed can become a header. Bodies
are quoted-printable or, where that is longer (Korean, Japanese), base64; the boundary is a digest: same mail, same
bytes.
"""

import hashlib
import re
from base64 import encodebytes
from binascii import b2a_qp
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.header import Header
from email.message import Message as MimeMessage
from email.policy import compat32
from email.utils import format_datetime, quote

from chalicelib.domain.facts.address import envelope

# The policy ``SMTP`` parses and refolds each header again, several times slower; and 3.11 folds some names wrongly.
_POLICY = compat32.clone(linesep="\r\n", max_line_length=None)
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*", re.ASCII)
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_TAG = re.compile(r"[A-Za-z0-9_-]{1,256}", re.ASCII)
_LINK = re.compile(r"(https://|http://(localhost|127\.0\.0\.1)[:/])[!-;=?-~]{1,900}", re.ASCII)
_LINE = 76
LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class Mailbox:
    """An address with the name shown for it. Any name is safe; the address is checked when a mail is made."""

    email: str
    name: str = ""

    @property
    def address(self) -> str:
        """The address alone, in ASCII. Raises ``ValueError`` (without the address) if it is not an address."""
        address = envelope(self.email)
        if len(address) > 254 or not _ADDRESS.fullmatch(address):
            raise ValueError("expected an e-mail address that SES accepts")
        return address

    def encoded(self) -> str:
        """The form for a header, in ASCII. Raises ``ValueError`` (without the address) if it is not an address."""
        address = self.address
        name = _single_line(self.name)[:LONGEST_NAME]
        if not name:
            return address
        return f'"{quote(name)}" <{address}>' if _is_plain(name) else f"{_words(name)} <{address}>"


def build_mime(
    *,
    sender: Mailbox,
    to: Mailbox,
    subject: str,
    text: str,
    html: str,
    date: datetime,
    unsubscribe_url: str | None = None,
    configuration_set: str | None = None,
    tags: Mapping[str, str] | None = None,
    reply_to: Mailbox | None = None,
) -> bytes:
    """One mail, as text and as HTML, with CRLF line ends; ``date`` is aware.

    ``unsubscribe_url`` adds both headers of RFC 8058. Raises ``ValueError`` for an address, a URL, a tag, a
    configuration set or a date that is invalid in a header.
    """
    if date.tzinfo is None:
        raise ValueError("date must be aware")
    mail = MimeMessage(policy=_POLICY)
    mail["From"] = sender.encoded()
    mail["To"] = to.encoded()
    if reply_to:
        mail["Reply-To"] = reply_to.encoded()
    mail["Subject"] = _subject(subject)
    mail["Date"] = format_datetime(date.astimezone(UTC))
    for name, value in _control_headers(unsubscribe_url, configuration_set, tags or {}):
        mail[name] = value
    mail["MIME-Version"] = "1.0"
    boundary = hashlib.sha256(f"{text}\0{html}".encode(errors="replace")).hexdigest()[:32]
    mail["Content-Type"] = f'multipart/alternative; boundary="=_{boundary}"'
    mail.attach(_part("plain", text))
    mail.attach(_part("html", html))
    return mail.as_bytes()


def _control_headers(
    unsubscribe_url: str | None, configuration_set: str | None, tags: Mapping[str, str]
) -> list[tuple[str, str]]:
    headers = []
    if unsubscribe_url is not None:
        if not _LINK.fullmatch(unsubscribe_url):
            raise ValueError("unsubscribe_url: expected an https URL of printable ASCII, 900 characters at most")
        headers.append(("List-Unsubscribe", f"<{unsubscribe_url}>"))
        headers.append(("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))
    if configuration_set is not None:
        headers.append(("X-SES-CONFIGURATION-SET", _tag("configuration_set", configuration_set)))
    if tags:
        pairs = (f"{_tag('tag name', name)}={_tag(f'tag {name}', value)}" for name, value in tags.items())
        headers.append(("X-SES-MESSAGE-TAGS", ",\r\n ".join(pairs)))
    return headers


def _tag(what: str, value: str) -> str:
    if not _TAG.fullmatch(value):
        raise ValueError(f"{what}: expected 1 to 256 letters, digits, - or _")
    return value


def _subject(subject: str) -> str:
    line = _single_line(subject)
    return line if _is_plain(line) else _words(line, "Subject")


def _is_plain(line: str) -> bool:
    return line.isascii() and len(line) <= 900 and "=?" not in line


def _words(text: str, header: str = "") -> str:
    return Header(text, "utf-8", header_name=header, maxlinelen=_LINE).encode(linesep="\r\n")


def _single_line(text: str) -> str:
    """Without line ends and control characters; invalid Unicode (lone surrogates) becomes a question mark."""
    return _CONTROLS.sub(" ", text).encode(errors="replace").decode().strip()


def _part(subtype: str, body: str) -> MimeMessage:
    data = "\n".join(body.splitlines()).encode(errors="replace") + b"\n"
    quoted = b2a_qp(data, istext=True)
    is_short = len(quoted) <= len(data) * 4 / 3
    part = MimeMessage(policy=_POLICY)
    part["Content-Type"] = f'text/{subtype}; charset="utf-8"'
    part["Content-Transfer-Encoding"] = "quoted-printable" if is_short else "base64"
    part.set_payload((quoted if is_short else encodebytes(data)).decode("ascii"))
    return part
