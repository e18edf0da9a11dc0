"""``rekindle close-case CUSTOMER ORDER``: record that the team has handled a customer's bad answer."""

import argparse
import os

import app
from infra.cli.arguments import add_stack
from infra.cli.command import Command
from infra.cli.commands.show import customer_key
from infra.saved.state import TABLES
from infra.saved.stores import stores
from infra.terminal.console import output, safe
from infra.terminal.problem import Problem

COMMAND = Command(
    "close-case",
    "record that the team has handled a customer's bad answer (on a deployed stack)",
    ("rekindle close-case ann@example.com order-1001 --stack rekindle",),
    place=120,
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The customer and the order, and ``--stack``."""
    parser.add_argument("customer", metavar="CUSTOMER", help="an e-mail address, a key, or an id (123, shopify:123)")
    add_stack(parser)
    parser.add_argument("order", metavar="ORDER", help="the order that the answer was about")


def run(args: argparse.Namespace) -> int:
    """Close the case in the deployed tables; raises ``Problem`` when there is none."""
    if not all(os.environ.get(name) for name in TABLES):
        raise Problem("cases can only be closed on a deployed stack: name it with --stack NAME")
    customer = customer_key(stores(), args.customer)
    if not app.parts.survey.close_case(customer, args.order):
        raise Problem(f"customer {args.customer!r} has no open case about order {args.order!r}")
    output().print(safe(f"Closed the case of {args.customer} about order {args.order}."))
    return 0
