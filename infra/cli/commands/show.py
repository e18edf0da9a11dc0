"""``rekindle show CUSTOMER``: what happened to one customer, and why, as a timeline."""

import argparse
from typing import Any

from rich.table import Table

from chalicelib.domain.channel import Channel
from chalicelib.domain.facts.facts import Facts
from chalicelib.domain.journeys.engagement import AddressStatus, Engagement, Suppression
from chalicelib.domain.journeys.outcomes import Kind
from chalicelib.domain.standing.standing import Standing
from chalicelib.domain.time import to_text
from chalicelib.services.timeline import Entry, reason_in_words, timeline
from infra.cli.arguments import add_stack, print_json
from infra.cli.command import Command
from infra.saved.stores import Stores, stores
from infra.terminal.console import output, safe
from infra.terminal.figures import NOTHING, money, table
from infra.terminal.problem import Problem

COMMAND = Command(
    "show",
    "show one customer's timeline: what happened, which mails were sent, and why others were not",
    (
        "rekindle show ann@example.com",
        "rekindle show 0001 --stack rekindle",
        "rekindle show 0001 --json",
    ),
    place=50,
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The customer, ``--json`` and ``--stack``."""
    parser.add_argument("customer", metavar="CUSTOMER", help="an e-mail address, a key, or an id (123, shopify:123)")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of tables")
    add_stack(parser)


def run(args: argparse.Namespace) -> int:
    """Print the customer's profile and timeline."""
    found = stores()
    key = customer_key(found, args.customer)
    facts, engagement = found.parts.facts.of(key), found.parts.engagement.of(key)
    address = _address(found, facts.customer.address(Channel.EMAIL))
    entries = timeline(facts, engagement, address, found.parts.credits.of(key))
    if args.json:
        print_json(
            {
                "customer": key,
                "standing": _standing(engagement.standing),
                "suppressed": _suppressed(address.suppression),
                "timeline": list(map(_plain, entries)),
            }
        )
        return 0
    console = output()
    console.print(_profile(key, facts, engagement, address.suppression))
    console.print(_table(entries))
    return 0


def customer_key(found: Stores, text: str) -> str:
    """The key of the customer that ``text`` names; raises ``Problem`` if there is none."""
    key: str | None = found.parts.names.find(text)
    if key is None:
        raise Problem(f"there is no customer {text!r} in {found.origin}")
    return key


def _address(found: Stores, email: str | None) -> AddressStatus:
    if email is None:
        return AddressStatus()
    status: AddressStatus = found.parts.suppressions.status(found.parts.identity.address_hash(email))
    return status


def _suppressed(suppression: Suppression | None) -> dict[str, str] | None:
    return {"reason": suppression.reason, "since": to_text(suppression.at)} if suppression else None


def _plain(entry: Entry) -> dict[str, Any]:
    described = {"at": to_text(entry.at), "kind": entry.kind, "text": entry.text}
    return described | {name: value for name, value in (("journey", entry.journey), ("step", entry.step)) if value}


def _standing(standing: Standing | None) -> dict[str, Any] | None:
    if standing is None:
        return None
    return {
        "orders": standing.orders,
        "revenue": dict(standing.revenue),
        "tier": str(standing.tier),
        "quadrant": str(standing.quadrant),
        "rfm": [standing.r, standing.f, standing.m],
        "last_order_at": to_text(standing.last_order_at) if standing.last_order_at else None,
    }


def _profile(key: str, facts: Facts, engagement: Engagement, suppression: Suppression | None) -> Table:
    customer, standing = facts.customer, engagement.standing
    table = Table.grid(padding=(0, 2))
    table.add_row("key", safe(key))
    table.add_row("address", safe(customer.email or NOTHING))
    if customer.claimed_email:
        note = "not verified; written to" if not customer.email else "not verified; not written to"
        table.add_row("claimed address", f"{safe(customer.claimed_email)} ({note})")
    for other in facts.at_address:
        table.add_row("shares an address", f"with {safe(other.customer.key)}")
    if suppression:
        why = reason_in_words(suppression.reason)
        table.add_row("suppressed", f"since {_time(suppression.at)}: {why}; to lift it: rekindle unsuppress")
    table.add_row("name", safe(customer.name or NOTHING))
    table.add_row("language, zone", f"{customer.language or NOTHING}, {customer.zone or NOTHING}")
    if standing:
        revenue = ", ".join(money(amount, currency) for currency, amount in sorted(standing.revenue.items()))
        table.add_row("orders", f"{standing.orders} ({revenue})")
        quadrant = str(standing.quadrant).replace("_", " ")
        table.add_row("standing", f"{standing.tier}, {quadrant}, RFM {standing.r}{standing.f}{standing.m}")
    for run in engagement.enrollments:
        if run.due_at:
            table.add_row("waiting", f"{run.journey}, step {run.step}, until {_time(run.due_at)}")
        elif failure := run.outcomes.get(Kind.FAILED):
            retry = f"to run it again: rekindle retry {key} '{run.id}'"
            table.add_row("failed", f"{run.journey}, step {failure.step}, {_time(failure.at)}; {retry}")
    return table


def _table(entries: list[Entry]) -> Table:
    made = table("when (UTC)", "journey", "step", "what happened", left=4)
    for entry in entries:
        style = "dim" if entry.kind in ("deferred", "delivered") else None
        made.add_row(_time(entry.at), entry.journey or "", entry.step or "", safe(entry.text), style=style)
    return made


def _time(at: Any) -> str:
    return f"{at:%Y-%m-%d %H:%M}"
