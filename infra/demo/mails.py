"""The inbox: every mail that was sent, as it looks, with its links leading through a click counter.

SES counts clicks by rewriting the links of a mail to its own address, which tells the sender and sends the reader on.
Here ``/click/<mail>/<link>`` does that: it publishes SES's click event on the real topic and redirects. Links to
unsubscribe are left as they are, so that refusing counts as nothing else.
"""

import html
import re
from collections.abc import Mapping
from datetime import timedelta
from email.header import decode_header, make_header

from chalicelib import wiring
from infra.demo.simulation import Simulation
from infra.demo.web import numbered, page, redirect
from infra.machine.inbox import Mail
from infra.web.server import HTML, Reply, Request

READING = timedelta(minutes=1)
"""Nobody clicks a mail before having read it: a click sooner after the delivery is taken for a machine's."""
MAIL_PAGES = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; base-uri 'none'"
LINK = re.compile(r'(<a\b[^>]*?\bhref=")(https?://[^"]+)(")', re.IGNORECASE)


def inbox_page(shop: Simulation, request: Request, shared: Mapping[str, object]) -> Reply:
    """The mails, newest first, of all customers or those that the filters leave."""
    who, journey = request.query.get("customer", "").strip(), request.query.get("journey", "")
    found = [(n, mail) for n, mail in enumerate(shop.machine.inbox) if _fits(mail, who, journey)][::-1]
    shown, place = numbered(found, request.query.get("page", ""))
    journeys = sorted({mail.tags.get("journey", "") for mail in shop.machine.inbox})
    return page("inbox", {**shared, **place, "mails": shown, "who": who, "journey": journey, "journeys": journeys})


def mail_page(shop: Simulation, request: Request, shared: Mapping[str, object], number: int) -> Reply | None:
    """One mail: its headers, and how it looks, or its plain text. None when there is no such mail."""
    if (mail := _mail(shop, number)) is None:
        return None
    told = {
        "mail": mail,
        "number": number,
        "as_text": request.query.get("as") == "text",
        "sender": str(make_header(decode_header(mail.sender))),
        "refusal": mail.headers.get("List-Unsubscribe", "").strip("<>"),
        "is_team": wiring.settings().shop.team in mail.to,
    }
    return page("mail", {**shared, **told})


def mail_html(shop: Simulation, number: int) -> Reply | None:
    """The HTML part alone, for a frame that may do nothing but show it and follow links."""
    if (mail := _mail(shop, number)) is None:
        return None
    body = mail.html.replace("<head>", '<head><base target="_top">', 1)
    counted = iter(range(len(_links(mail))))

    def tracked(found: re.Match[str]) -> str:
        place = next(counted)
        link = found[2] if _is_refusal(found[2]) else f"/click/{number}/{place}"
        return f"{found[1]}{link}{found[3]}"

    return Reply(LINK.sub(tracked, body), headers={"Content-Type": HTML, "Content-Security-Policy": MAIL_PAGES})


def click(shop: Simulation, number: int, place: int) -> Reply | None:
    """Tell SES's topic of the click, and send the reader on."""
    mail = _mail(shop, number)
    links = _links(mail) if mail else []
    if mail is None or place >= len(links):
        return None
    shop.machine.advance_to(max(shop.now, mail.at + READING))
    shop.machine.ses.publish(mail, "click", shop.now, {"link": links[place]})
    shop.machine.pump()
    return redirect(links[place])


def _mail(shop: Simulation, number: int) -> Mail | None:
    return shop.machine.inbox[number] if number < len(shop.machine.inbox) else None


def _links(mail: Mail) -> list[str]:
    return [html.unescape(link) for _, link, _ in LINK.findall(mail.html)]


def _is_refusal(link: str) -> bool:
    return "/v1/unsubscribe/" in link


def _fits(mail: Mail, who: str, journey: str) -> bool:
    is_theirs = not who or who == mail.tags.get("customer") or any(who.lower() in each.lower() for each in mail.to)
    return is_theirs and (not journey or journey == mail.tags.get("journey"))
