"""``rekindle erase CUSTOMER``: forget someone who asks for it, for good."""

import argparse
import sys

from chalicelib import wiring
from chalicelib.domain.errors import Conflict
from infra.cli.arguments import add_json, add_stack, print_json
from infra.cli.command import Command
from infra.saved.change import changing
from infra.terminal.console import output, safe
from infra.terminal.problem import Problem

COMMAND = Command(
    "erase",
    "forget a customer who asks for it: delete every item, for good",
    (
        "rekindle erase ann@example.com --stack rekindle",
        "rekindle erase ann@example.com --stack rekindle --yes",
    ),
    place=90,
)

TURNS = 5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The customer, ``--yes``, ``--json`` and ``--stack``."""
    parser.add_argument("customer", metavar="CUSTOMER", help="an e-mail address, a key, or an id (123, shopify:123)")
    parser.add_argument("--yes", action="store_true", help="do not ask whether it is meant")
    add_json(parser)
    add_stack(parser)


def run(args: argparse.Namespace) -> int:
    """Erase a customer; an address that nobody is known by is refused from now on."""
    if not args.yes:
        _ask(args.customer)
    with changing("erase") as found:
        key = found.commerce.find(args.customer)
        if key is None and "@" not in args.customer:
            raise Problem(f"there is no customer {args.customer!r} in {found.origin}")
        if key is None:
            found.engagement.forget([found.identity.address_hash(args.customer)], found.now)
        else:
            _erase(key)
    if args.json:
        print_json({"erased": key is not None, "refused": True, "in": found.origin})
        return 0
    console = output()
    if key is None:
        console.print(safe(f"Nobody is known by this address in {found.origin}; nothing of it is stored from now on."))
        return 0
    console.print(
        safe(f"Every item of this customer is deleted from {found.origin}; the figures keep what they counted.")
    )
    console.print("Keyed hashes stay in the suppression list, so that nothing told later brings the person back.")
    if found.is_deployed:
        console.print(
            "Not covered: backups (35 days), mails that were sent, and what was set aside (rekindle dlq list)."
        )
    return 0


def _erase(key: str) -> None:
    """Erase, and again when a function wrote something about the customer at the same moment."""
    erase = wiring.erase()
    for turn in range(TURNS):
        try:
            return erase(key)
        except Conflict:
            if turn == TURNS - 1:
                raise Problem("others keep changing this customer: erase them again; nothing is lost by it") from None


def _ask(customer: str) -> None:
    if not sys.stdin.isatty():
        raise Problem("this cannot be undone: say --yes where nobody can be asked")
    print(
        f"All that is stored of {customer} will be deleted, which cannot be undone. Type yes to go on: ",
        end="",
        file=sys.stderr,
    )
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() != "yes":
        raise Problem("nothing was erased")
