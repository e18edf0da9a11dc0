"""``rekindle erase CUSTOMER``: permanently delete everything about a customer who asks for it."""

import argparse

import app
from chalicelib.domain.errors import Conflict
from chalicelib.services.erase import Erase
from infra.cli.arguments import add_json, add_stack, print_json
from infra.cli.command import Command
from infra.saved.change import changing
from infra.saved.stores import place
from infra.terminal.console import output, safe
from infra.terminal.problem import Problem
from infra.terminal.question import confirm

COMMAND = Command(
    "erase",
    "permanently delete everything about a customer",
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
    parser.add_argument("--yes", action="store_true", help="do not ask for confirmation")
    add_json(parser)
    add_stack(parser)


def run(args: argparse.Namespace) -> int:
    """Erase a customer; facts about an address that no customer has are refused from now on. Raises ``Problem``."""
    if not args.yes:
        where = place()
        confirm(
            f"Everything about {args.customer} in {where} will be deleted. This cannot be undone.",
            f"erasing in {where} cannot be undone",
            "nothing was erased",
        )
    with changing("erase") as found:
        key = found.parts.names.find(args.customer)
        if key is None and "@" not in args.customer:
            raise Problem(f"there is no customer {args.customer!r} in {found.origin}")
        if key is not None:
            _erase(key)
        if "@" in args.customer:  # also an address that the customer only claimed: its owner asks
            address = found.parts.identity.address_hash(args.customer)
            found.parts.suppressions.forget([address], found.now)
            found.parts.bounces.forget_attempts([address])
    if args.json:
        print_json({"erased": key is not None, "refused": True, "in": found.origin})
        return 0
    console = output()
    if key is None:
        console.print(safe(f"No customer has this address in {found.origin}; nothing about it will be stored."))
        return 0
    console.print(
        safe(f"Every item of this customer is deleted from {found.origin}; the figures keep what they counted.")
    )
    console.print("Keyed hashes stay in the suppression list, so that later facts do not bring the person back.")
    if found.is_deployed:
        console.print(
            "Not covered: backups (35 days), sent mails, and messages in dead-letter queues (rekindle dlq list)."
        )
    return 0


def _erase(key: str) -> None:
    """Erase, and repeat it if a function wrote something about the customer at the same time."""
    erase: Erase = app.parts.erase
    for turn in range(TURNS):
        try:
            return erase(key)
        except Conflict:
            if turn == TURNS - 1:
                raise Problem("the customer's data keeps changing: run the command again, which is safe") from None
