"""The inbox: every sent mail, as its reader sees it, with counted clicks.

SES counts clicks by replacing the links in a mail with its own address, which reports the click and redirects. Here
``/click/<mail>/<link>`` does that: it publishes SES's click event on the real topic and redirects. Links to unsubscribe
are not replaced, so that unsubscribing is not counted as a click.
"""

import html
import re
from collections.abc import Mapping
from datetime import timedelta
from email.header import decode_header, make_header

from werkzeug.wrappers import Request, Response

import app
from infra.demo.rendering import numbered, page, redirect
from infra.demo.simulation import Simulation
from infra.machine.inbox import AcceptedMail
from infra.web.server import HTML

READING = timedelta(minutes=1)
"""The time that reading takes: a click sooner after the delivery counts as a scanner's."""
MAIL_PAGES = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; base-uri 'none'"
LINK = re.compile(r'(<a\b[^>]*?\bhref=")(https?://[^"]+)(")', re.IGNORECASE)


def inbox_page(shop: Simulation, request: Request, shared: Mapping[str, object]) -> Response:
    """The mails, newest first, of all customers or of those that match the filter; those to the team only if asked."""
    address, journey = request.args.get("customer", "").strip(), request.args.get("journey", "")
    team = app.parts.settings.shop.team
    everything = [(n, mail) for n, mail in enumerate(shop.machine.inbox) if team not in mail.to or address == team]
    found = [(n, mail) for n, mail in everything if _matches(mail, address, journey)][::-1]
    shown, place = numbered(found, request.args.get("page", ""))
    journeys = sorted({mail.tags.get("journey", "") for mail in shop.machine.inbox})
    found_by = {"who": address, "journey": journey, "journeys": journeys, "team": team}
    return page("inbox", {**shared, **place, "mails": shown, **found_by})


def mail_page(shop: Simulation, request: Request, shared: Mapping[str, object], number: int) -> Response | None:
    """One mail: its headers, and its HTML or its plain text. None if there is no such mail."""
    if (mail := _mail(shop, number)) is None:
        return None
    shown = {
        "mail": mail,
        "number": number,
        "as_text": request.args.get("as") == "text",
        "sender": str(make_header(decode_header(mail.sender))),
        "unsubscribe": mail.headers.get("List-Unsubscribe", "").strip("<>"),
        "is_team": app.parts.settings.shop.team in mail.to,
    }
    return page("mail", {**shared, **shown})


def mail_html(shop: Simulation, number: int) -> Response | None:
    """The HTML part only, for a frame that can only show it and follow links."""
    if (mail := _mail(shop, number)) is None:
        return None
    body = mail.html.replace("<head>", '<head><base target="_top">', 1)
    counted = iter(range(len(_links(mail))))

    def tracked(found: re.Match[str]) -> str:
        place = next(counted)
        link = found[2] if _unsubscribes(found[2]) else f"/click/{number}/{place}"
        return f"{found[1]}{link}{found[3]}"

    return Response(LINK.sub(tracked, body), headers={"Content-Type": HTML, "Content-Security-Policy": MAIL_PAGES})


def click(shop: Simulation, number: int, place: int) -> Response | None:
    """Publish the click on SES's topic, and redirect to the link."""
    mail = _mail(shop, number)
    links = _links(mail) if mail else []
    if mail is None or place >= len(links):
        return None
    shop.machine.advance_to(max(shop.now, mail.at + READING))
    shop.machine.ses.publish(mail, "click", shop.now, {"link": links[place]})
    shop.machine.pump()
    return redirect(links[place])


def _mail(shop: Simulation, number: int) -> AcceptedMail | None:
    return shop.machine.inbox[number] if number < len(shop.machine.inbox) else None


def _links(mail: AcceptedMail) -> list[str]:
    return [html.unescape(link) for _, link, _ in LINK.findall(mail.html)]


def _unsubscribes(link: str) -> bool:
    return "/v1/unsubscribe/" in link


def _matches(mail: AcceptedMail, who: str, journey: str) -> bool:
    is_theirs = not who or who == mail.tags.get("customer") or any(who.lower() in each.lower() for each in mail.to)
    return is_theirs and (not journey or journey == mail.tags.get("journey"))
