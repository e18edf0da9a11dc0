"""``rekindle split NAME...``: two people had become one customer; these names are one of them, the rest the other."""

import argparse
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from chalicelib.domain.errors import Conflict, NotOne, Unavailable
from chalicelib.domain.facts.inbound import Name
from chalicelib.domain.facts.splitting import Division, Parted, Whose
from chalicelib.services.split import Split
from infra.cli.arguments import add_json, add_stack, print_json
from infra.cli.command import Command
from infra.saved.change import changing
from infra.saved.stores import Stores
from infra.terminal.console import output, safe
from infra.terminal.problem import Problem
from infra.terminal.question import confirm

COMMAND = Command(
    "split",
    "make two customers of one who turned out to be two people",
    (
        "rekindle split shopify:123 --stack rekindle",
        "rekindle split shopify:123 bob@example.com --stack rekindle --yes",
        "rekindle split shopify:123 ann@example.com --undo --stack rekindle",
    ),
    place=95,
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The names, ``--undo``, ``--yes``, ``--json`` and ``--stack``."""
    parser.add_argument(
        "names",
        metavar="NAME",
        nargs="+",
        help="an id (123, shopify:123) or e-mail address that is the other person's; what was told by it moves with it",
    )
    parser.add_argument(
        "--undo",
        action="store_true",
        help="forget that the customers of two names were split: the next fact that proves it joins them again",
    )
    parser.add_argument("--yes", action="store_true", help="do not ask for confirmation")
    add_json(parser)
    add_stack(parser)


def run(args: argparse.Namespace) -> int:
    """Split a customer, or let two customers be joined again. Raises ``Problem``."""
    if args.undo:
        return _undo(args)
    with changing("split") as found:
        names = [_name(found, text) for text in args.names]
        parted, division = _split(found.parts.split, names, None if args.yes else partial(_ask, args.names, found))
    if args.json:
        print_json(
            {
                "customer": division.customer,
                "split_off": division.other,
                "carts": parted.carts,
                "orders": parted.orders,
                "profile": parted.profile,
                "in": found.origin,
            }
        )
        return 0
    console = output()
    console.print(safe(f"{_listed(args.names)} is a customer of its own now in {found.origin}."))
    for line in _what_it_means(parted):
        console.print(line)
    return 0


def _name(found: Stores, text: str) -> Name:
    name: Name | None = found.parts.names.named(text)
    if name is None:
        if found.parts.names.find(text) is not None:
            raise Problem(f"{text} is only claimed, and nobody's name: name the account's id")
        raise Problem(f"there is no customer {text!r} in {found.origin}")
    return name


def _split(split: Split, names: Sequence[Name], ask: Callable[[Parted], None] | None) -> tuple[Parted, Division]:
    try:
        parted = split.parted(names)
        if ask:
            ask(parted)
        return parted, split(names)
    except NotOne as error:
        raise Problem(str(error)) from None
    except (Conflict, Unavailable):
        raise Problem("the customer's data is changing: run the command again in a minute, which is safe") from None


def _ask(names: Sequence[str], found: Stores, parted: Parted) -> None:
    what = " ".join((f"{_listed(names)} becomes a customer of its own.", *_what_it_means(parted)))
    confirm(what, f"this splits a customer in {found.origin}", "nothing was split")


def _undo(args: argparse.Namespace) -> int:
    if len(args.names) != 2:
        raise Problem("--undo takes two names, one of each customer")
    with changing("split") as found:
        one, other = (found.parts.names.find(text) for text in args.names)
        if one is None or other is None or not found.parts.names.are_apart(one, other):
            raise Problem("these two were not split")
        if any(is_open for _, is_open in found.parts.splits.divisions(one)):
            raise Problem("the split was interrupted: repeat it first")
        found.parts.splits.reunite(one, other)
    if args.json:
        print_json({"customers": [one, other], "apart": False, "in": found.origin})
        return 0
    output().print(safe(f"The next fact that proves that they are one person joins the two in {found.origin}."))
    return 0


def _listed(names: Sequence[str]) -> str:
    return " with ".join(names)


def _what_it_means(parted: Parted) -> Iterator[str]:
    moved = [_counted(parted.orders, "order"), _counted(parted.carts, "cart")]
    moved += ["the profile"] if parted.profile is Whose.THEIRS else []
    yield f"What it told goes with it: {', '.join(moved)}."
    if parted.profile is Whose.BOTH:
        yield (
            "Both told the profile, and what is whose is not known any more: neither is written to until the shop "
            "tells it again (rekindle import customers does)."
        )
    yield "What was refused before counts for both, and so do the mails of the last days for the caps."
    yield "Runs stay with the customer who remains, with what they earned by orders that stay."


def _counted(number: int, what: str) -> str:
    return f"1 {what}" if number == 1 else f"{number} {what}s"
