"""``rekindle close-case CUSTOMER ORDER``: record that the team has handled a customer's bad answer."""

import argparse

from infra.cli.arguments import add_json, add_stack, print_json
from infra.cli.command import Command
from infra.cli.commands.pause import LOCAL
from infra.cli.commands.show import customer_key
from infra.saved.change import changing
from infra.saved.stores import stores
from infra.terminal.console import output, safe
from infra.terminal.problem import Problem

COMMAND = Command(
    "close-case",
    "record that the team has handled a customer's bad answer",
    (
        "rekindle close-case ann@example.com order-1001 --stack rekindle",
        "rekindle close-case ann@example.com order-1001 --json",
    ),
    place=120,
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The customer and the order, ``--json`` and ``--stack``."""
    parser.add_argument("customer", metavar="CUSTOMER", help="an e-mail address, a key, or an id (123, shopify:123)")
    parser.add_argument("order", metavar="ORDER", help="the order that the answer was about")
    add_json(parser)
    add_stack(parser)


def run(args: argparse.Namespace) -> int:
    """Close the case; raises ``Problem`` when there is none."""
    customer = customer_key(stores(), args.customer)
    with changing("close-case") as found:
        if not found.parts.survey.close_case(customer, args.order):
            raise Problem(f"customer {args.customer!r} has no open case about order {args.order!r}")
    if args.json:
        print_json({"customer": customer, "order": args.order, "closed": True, "in": found.origin})
        return 0
    console = output()
    console.print(safe(f"Closed the case of {args.customer} about order {args.order}."))
    if not found.is_deployed:
        console.print(LOCAL)
    return 0
