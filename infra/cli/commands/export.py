"""``rekindle export CUSTOMER``: print everything stored about a customer as JSON, for a customer who asks for it."""

import argparse
import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from chalicelib.domain.facts.inbound import BEARER_NAME, MERGED_NAME
from chalicelib.domain.time import to_text
from infra.cli.arguments import add_stack, write_json
from infra.cli.command import Command
from infra.cli.commands.show import customer_key
from infra.saved.stores import Stores, stores

COMMAND = Command(
    "export",
    "print everything that is stored about a customer, as JSON",
    (
        "rekindle export ann@example.com --stack rekindle",
        "rekindle export ann@example.com --output ann.json",
    ),
    place=80,
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The customer, the file, and ``--stack``."""
    parser.add_argument("customer", metavar="CUSTOMER", help="an e-mail address, a key, or an id (123, shopify:123)")
    parser.add_argument(
        "--output", metavar="FILE", default="-", help="write to FILE, for its owner only, instead of standard output"
    )
    add_stack(parser)


def run(args: argparse.Namespace) -> int:
    """Print or write every item of the customer."""
    found = stores()
    key = customer_key(found, args.customer)
    write_json(args.output, exported(found, key), is_personal=True)
    return 0


def exported(found: Stores, key: str) -> dict[str, Any]:
    """Every item of both tables about a customer, and about the customers who were merged into them."""
    keys = list(_all_keys(found, key))
    runs = [run for each in keys for run in found.parts.engagement.of(each).enrollments]
    codes = {code for run in runs for code in found.codes_of(run)}
    names = [name for each in keys for name in found.parts.names.names_of(each)]
    digests = {*keys, *(digest for kind, digest in names if kind != BEARER_NAME)}  # a claimed address is another's
    return {
        "customer": key,
        "exported_at": to_text(found.now),
        "from": found.origin,
        "facts": [_readable(item) for each in keys for item in found.parts.commerce.items_of(each)],
        "coupons": [_readable(item) for item in found.parts.coupons.issued(sorted(codes))],
        "engagement": [_readable(item) for each in keys for item in found.parts.engagement.items_of(each)],
        "suppressions": [_readable(item) for item in found.parts.suppressions.stored(sorted(digests))],
        "bounces": [_readable(item) for item in found.parts.bounces.stored_attempts(sorted(digests))],
    }


def _all_keys(found: Stores, key: str) -> Iterator[str]:
    yield key
    for kind, digest in found.parts.names.names_of(key):
        if kind == MERGED_NAME:
            yield from _all_keys(found, digest)


def _readable(item: Mapping[str, Any]) -> dict[str, Any]:
    """An item with its JSON strings parsed."""
    return {name: _parsed(value) for name, value in item.items()}


def _parsed(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _parsed(inner) for name, inner in value.items()}
    if isinstance(value, str) and value.startswith("{"):
        with suppress(ValueError):  # an id may begin so, too
            return json.loads(value)
    return value
