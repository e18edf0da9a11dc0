"""``rekindle close-case CUSTOMER ORDER``: the team has taken care of a customer's bad answer."""

import argparse
import os

from chalicelib import wiring
from infra.commands.arguments import add_stack
from infra.commands.show import customer_key
from infra.console import Problem, output, safe
from infra.local_state import TABLES, stores


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The customer and the order, and ``--stack``."""
    parser.add_argument("customer", metavar="CUSTOMER", help="an e-mail address, the shop's own id, or a customer key")
    add_stack(parser)
    parser.add_argument("order", metavar="ORDER", help="the order that the answer was about")


def run(args: argparse.Namespace) -> int:
    """Close the case in the deployed tables."""
    if not all(os.environ.get(name) for name in TABLES):
        raise Problem("cases are closed on a deployed stack: name it with --stack NAME")
    customer = customer_key(stores(), args.customer)
    if not wiring.survey().close_case(customer, args.order):
        raise Problem(f"customer {args.customer!r} has no open case about order {args.order!r}")
    output().print(safe(f"Closed the case of {args.customer} about order {args.order}."))
    return 0
