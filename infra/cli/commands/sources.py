"""``rekindle sources``: list the shop's own tables that are read, and show the facts that an item becomes."""

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from chalicelib.domain.errors import InvalidFact
from chalicelib.sources.own_tables.facts import fact_of
from chalicelib.sources.own_tables.mapping import OwnTable
from chalicelib.sources.own_tables.tables import OwnTables
from chalicelib.sources.own_tables.values import plain
from infra.cli.arguments import STDOUT, add_json, print_json
from infra.cli.command import Command
from infra.own_tables import mapping as own_tables
from infra.terminal.console import complain, output
from infra.terminal.figures import table
from infra.terminal.problem import Problem

COMMAND = Command(
    "sources",
    "list the shop's own tables that are read, and show the facts that an item becomes",
    (
        "rekindle sources",
        "rekindle sources sales cart.json",
        "rekindle sources sales - --file mine.yaml --json",
    ),
    place=70,
)

_TYPES = frozenset(["S", "N", "B", "SS", "NS", "BS", "M", "L", "NULL", "BOOL"])
"""The types of DynamoDB's own JSON, as the AWS command line prints it."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The table, the item, the mapping and ``--json``."""
    parser.add_argument("table", metavar="TABLE", nargs="?", help="a table, by its name in the mapping")
    parser.add_argument(
        "item",
        metavar="ITEM",
        nargs="?",
        help="a file with one of its items as JSON, plain or as the AWS command line prints it ('-': standard input)",
    )
    parser.add_argument("--file", metavar="FILE", type=Path, help="the mapping (default: infra/sources.yaml)")
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """List the tables, or print the facts of an item; 1 if it is invalid. Raises ``Problem``."""
    tables = own_tables.read(args.file)
    if args.table is None:
        _list(tables, as_json=args.json)
        return 0
    chosen = next((each for each in tables if each.name == args.table), None)
    if chosen is None:
        known = ", ".join(each.name for each in tables) or "none"
        raise Problem(f"the mapping has no table {args.table!r} (it has: {known})")
    if args.item is None:
        raise Problem("name an item too: a file with JSON, or - for standard input")
    try:
        record = _record(chosen, _image(args.item, _item(args.item)))
        facts = [dict(each.body) for each in OwnTables([chosen]).facts(record)]
        for body in facts:
            fact_of(body)
    except InvalidFact as error:
        if args.json:
            print_json({"facts": [], "fault": str(error)})
        complain(f"{chosen.name}: the item would go to the dead-letter queue: {error}")
        return 1
    if not facts and not args.json:
        complain(f"{chosen.name}: this item becomes no fact: no `when` selects it")
    else:
        print_json({"facts": facts})
    return 0


def _list(tables: tuple[OwnTable, ...], *, as_json: bool) -> None:
    if as_json:
        print_json({"tables": [_described(each) for each in tables]})
        return
    if not tables:
        output().print("no table of the shop is mapped (docs/own-tables.md)")
        return
    made = table("table", "stream", "facts", "starts on", left=4)
    for each in tables:
        row = _described(each)
        made.add_row(row["name"], row["table"], ", ".join(row["facts"]), row["filters"])
    output().print(made)


def _described(own: OwnTable) -> dict[str, Any]:
    filters = f"{len(own.filters)} filters" if own.filters else "every change"
    name = own.arn.rpartition("/")[2]
    return {"name": own.name, "table": name, "facts": [fact.kind for fact in own.facts], "filters": filters}


def _item(path: str) -> Mapping[str, Any]:
    text = sys.stdin.read() if path == STDOUT else Path(path).read_text("utf-8")
    try:
        found = json.loads(text, parse_float=str, parse_constant=_refuse_constant)
    except RecursionError:
        raise Problem(f"{path}: nested too deeply") from None
    except ValueError as error:
        raise Problem(f"{path}: not JSON: {error}") from None
    if isinstance(found, dict) and isinstance(found.get("Item"), dict):
        found = found["Item"]
    if not isinstance(found, dict) or not found:
        raise Problem(f"{path}: expected one item, an object")
    return found


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a number")


def _image(path: str, item: Mapping[str, Any]) -> dict[str, Any]:
    """The item as DynamoDB stores it. Raises ``Problem`` for an attribute that it cannot store."""
    from boto3.dynamodb.types import TypeSerializer

    is_typed = all(isinstance(value, dict) and len(value) == 1 and value.keys() <= _TYPES for value in item.values())
    image = {}
    for name, value in item.items():
        try:
            image[name] = value if is_typed else TypeSerializer().serialize(value)
            plain(image[name])
        except (ValueError, TypeError, ArithmeticError, AttributeError):
            raise Problem(f"{path}: $.{name}: expected a value that DynamoDB can store") from None
    return image


def _record(own: OwnTable, image: Mapping[str, Any]) -> dict[str, Any]:
    """The stream record of a new item."""
    return {"eventSourceARN": own.stream, "eventName": "INSERT", "dynamodb": {"NewImage": image}}
