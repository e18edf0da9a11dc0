"""The mails of a story: which one is meant, its links, and how it is described."""

import html
import re
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlsplit

from chalicelib.domain.facts.address import normal
from chalicelib.domain.time import to_text
from infra.machine.inbox import AcceptedMail
from infra.scenario.moments import moment
from infra.scenario.story import ExpectedMail, Mail, MailChoice

_LINK = re.compile(r'<a\b[^>]*?\bhref="(https?://[^"]+)"', re.IGNORECASE)
PAGES = {"survey": "/v1/surveys/", "unsubscribe": "/v1/unsubscribe/"}


class NoSuchMail(LookupError):
    """No accepted mail, or no link in it, is the one that is meant."""


def chosen(choice: Mail, mails: Sequence[AcceptedMail]) -> AcceptedMail:
    """The mail that is meant. Raises ``NoSuchMail``."""
    if not isinstance(choice, MailChoice):
        if not mails:
            raise NoSuchMail("no mail was accepted so far")
        return mails[-1]
    wanted = ExpectedMail(to=choice.to, message=choice.message)
    found = [mail for mail in mails if _is_to(wanted, mail) and _is_message(wanted, mail)]
    place = choice.nth - 1 if choice.nth > 0 else choice.nth
    if choice.nth == 0 or not -len(found) <= place < len(found):
        what = " ".join(filter(None, (choice.message, f"to {choice.to}" if choice.to else None))) or "mail"
        raise NoSuchMail(f"there is no mail {choice.nth} of {what}: {len(found)} were accepted")
    return found[place]


def shop_link(mail: AcceptedMail, number: int, shop_url: str) -> str:
    """The ``number``-th link to the shop, from 1. Raises ``NoSuchMail``."""
    host = urlsplit(shop_url).netloc
    links = [html.unescape(link) for link in _LINK.findall(mail.html)]
    found = [link for link in links if urlsplit(link).netloc == host]
    if number > len(found):
        raise NoSuchMail(f"the mail has {len(found)} links to {shop_url}, not {number}")
    return found[number - 1]


def page_path(mail: AcceptedMail, page: str) -> str:
    """The path of the mail's link to a page of the API. Raises ``NoSuchMail``."""
    known = [mail.headers.get("List-Unsubscribe", "").strip("<>"), *map(html.unescape, _LINK.findall(mail.html))]
    for link in known:
        path = urlsplit(link).path
        if path.startswith(PAGES[page]):
            return path
    raise NoSuchMail(f"the mail has no link to {page}")


def message_of(mail: AcceptedMail) -> str:
    """``journey/step``; empty for a mail that is not a journey's."""
    tags = mail.tags
    return f"{tags['journey']}/{tags['step']}" if "journey" in tags and "step" in tags else ""


def fits(wanted: ExpectedMail, mail: AcceptedMail, now: datetime) -> bool:
    """Whether a mail is as expected; only what is given is compared."""
    words = f"{mail.subject}\n{mail.text}\n{mail.html}"
    return (
        _is_to(wanted, mail)
        and _is_message(wanted, mail)
        and (wanted.at is None or moment(wanted.at, now) == mail.at)
        and (wanted.subject is None or wanted.subject == mail.subject)
        and all(each in words for each in several(wanted.contains))
        and not any(each in words for each in several(wanted.lacks))
    )


def several(texts: str | list[str]) -> list[str]:
    """One text, or several, as a list."""
    return [texts] if isinstance(texts, str) else texts


def shown(wanted: ExpectedMail, now: datetime) -> str:
    """What is expected of a mail, in one line."""
    at = to_text(moment(wanted.at, now)) if wanted.at else None
    named = {"to": wanted.to, "message": wanted.message, "at": at, "subject": wanted.subject}
    texts = {"contains": ", ".join(several(wanted.contains)), "lacks": ", ".join(several(wanted.lacks))}
    return "  ".join(f"{name}: {value}" for name, value in (named | texts).items() if value) or "any mail"


def shown_found(mail: AcceptedMail) -> str:
    """A mail in one line."""
    at = to_text(mail.at)
    return f"to: {', '.join(mail.to)}  message: {message_of(mail)}  at: {at}  subject: {mail.subject}"


def _is_to(wanted: ExpectedMail, mail: AcceptedMail) -> bool:
    return wanted.to is None or normal(wanted.to) in map(normal, mail.to)


def _is_message(wanted: ExpectedMail, mail: AcceptedMail) -> bool:
    return wanted.message is None or wanted.message == message_of(mail)
