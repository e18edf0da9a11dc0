"""``rekindle unsuppress ADDRESS --reason TEXT``: let an address get mail again that was suppressed."""

import argparse
from collections.abc import Iterator
from shlex import quote

from chalicelib.domain.errors import Conflict
from chalicelib.domain.facts.address import normal
from chalicelib.domain.journeys.engagement import ERASED, Lifting
from chalicelib.domain.time import to_text
from chalicelib.services.timeline import reason_in_words
from infra.cli.arguments import add_json, add_stack, print_json
from infra.cli.command import Command
from infra.cli.commands.pause import LOCAL
from infra.saved.change import changing
from infra.saved.stores import Stores
from infra.terminal.console import output, safe
from infra.terminal.problem import Problem

COMMAND = Command(
    "unsuppress",
    "let an address get mail again that bounced or complained",
    (
        'rekindle unsuppress ann@example.com --reason "her mailbox works again, ticket 4711" --stack rekindle',
        'rekindle unsuppress ann@example.com --reason "she called" --json',
    ),
    place=130,
)
LONGEST_REASON = 500


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The address, the reason, ``--json`` and ``--stack``."""
    parser.add_argument("address", metavar="ADDRESS", help="an e-mail address, in any form")
    parser.add_argument(
        "--reason", metavar="TEXT", required=True, type=_reason, help="why: it is stored, and rekindle show shows it"
    )
    add_json(parser)
    add_stack(parser)


def run(args: argparse.Namespace) -> int:
    """Lift the suppression; raises ``Problem`` if there is none, or if the person asked to be erased."""
    address = normal(args.address)
    with changing("unsuppress") as found:
        lifting = _lifted(found, address, args.reason)
    if args.json:
        print_json(
            {
                "address": address,
                "was": {"reason": lifting.reason, "since": to_text(lifting.since)},
                "lifted_at": to_text(lifting.at),
                "in": found.origin,
            }
        )
        return 0
    console = output()
    for line in _explained(lifting, address, found):
        console.print(safe(line))
    if not found.is_deployed:
        console.print(LOCAL)
    return 0


def _lifted(found: Stores, address: str, why: str) -> Lifting:
    digest = found.parts.identity.address_hash(address)
    suppression = found.parts.suppressions.status(digest).suppression
    if suppression is None:
        raise Problem(f"{address} is not suppressed in {found.origin}")
    if suppression.reason == ERASED:
        raise Problem("the person asked to be erased: their address gets no mail again")
    lifting = Lifting(found.now, why, suppression.reason, suppression.at)
    try:
        found.parts.suppressions.lift(digest, lifting)
    except Conflict:
        raise Problem("the suppression has just changed; look at it and try again") from None
    return lifting


def _explained(lifting: Lifting, address: str, found: Stores) -> Iterator[str]:
    words = reason_in_words(lifting.reason)
    yield f"{address} gets mail again in {found.origin}; it was suppressed since {lifting.since:%Y-%m-%d} ({words})."
    yield "Consents are as they were. A mail that was left out meanwhile is not sent later."
    yield "A later bounce or complaint suppresses the address again; one from before does not."
    if found.is_deployed:
        yield "SES has a list of its own, and sends nothing until the address is deleted from that, too:"
        yield f"aws sesv2 delete-suppressed-destination --email-address {quote(address)}"


def _reason(text: str) -> str:
    if not 0 < len(text.strip()) <= LONGEST_REASON:
        raise argparse.ArgumentTypeError(f"expected a text of 1 to {LONGEST_REASON} characters")
    return text.strip()
