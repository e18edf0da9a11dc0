"""``rekindle secrets``: make, replace and list the secrets in SSM's Parameter Store, which the functions read."""

import argparse
import sys
from collections.abc import Iterator
from getpass import getpass
from secrets import token_hex
from typing import Any

from chalicelib.adapters import secrets as names
from chalicelib.api.http import Use
from chalicelib.sources.registry import sources
from infra.cli.arguments import add_json, print_json
from infra.cli.command import Command
from infra.stack import deployed
from infra.terminal.console import output, safe
from infra.terminal.figures import table
from infra.terminal.problem import Problem

COMMAND = Command(
    "secrets",
    "make, list and replace the secrets of a deployment, in the Parameter Store",
    (
        "rekindle secrets init",
        "rekindle secrets list --path /tea",
        "rekindle secrets show api/facts",
        "rekindle secrets add api/facts      # a second key, live beside the first",
        "rekindle secrets add webhooks/segment < segment.secret",
        "rekindle secrets retire api/facts   # only the newest is live from now on",
    ),
    place=160,
)
PATH = "/rekindle"
MADE = (names.IDENTITY, names.TOKENS, *(names.of_api(use) for use in Use))
"""The secrets that every deployment has; those of webhooks come from the systems that sign."""
LIVE = 2
"""So many values of a secret are live while one is replaced; of those that sign links, all are kept."""
STANDARD = 4096
"""Bytes that a parameter may have."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """``init``, ``list``, ``show``, ``add`` and ``retire``, each with ``--path``."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="init|list|show|add|retire")
    init = verbs.add_parser("init", help="make those that are missing, at random", allow_abbrev=False)
    listing = verbs.add_parser("list", help="list them, without their values", allow_abbrev=False)
    show = verbs.add_parser("show", help="print the live values of one, the newest first", allow_abbrev=False)
    add = verbs.add_parser(
        "add", help="add a value: a random one, or of webhooks the one that is typed or piped", allow_abbrev=False
    )
    retire = verbs.add_parser("retire", help="keep only the newest value", allow_abbrev=False)
    for each in (show, add, retire):
        each.add_argument("name", metavar="NAME", type=_name, help=f"{', '.join(MADE)}, webhooks/SOURCE")
    for each in (init, add):
        each.add_argument("--key-id", metavar="KEY", help="encrypt with this KMS key instead of the account's own")
    for each in (init, listing, show, add, retire):
        each.add_argument("--path", default=PATH, help=f"the stack's parameter Secrets (default: {PATH})")
        add_json(each)


def run(args: argparse.Namespace) -> int:
    """Carry out one of them; raises ``Problem``."""
    with deployed.aws_problems(args.path):
        store = _Store(args.path, getattr(args, "key_id", None))
        match args.verb:
            case "init":
                made = [name for name in MADE if store.make(name, _random(name, ()))]
                plain = {"made": made, "kept": [name for name in MADE if name not in made]}
                return _told(args, plain, _init(args, made))
            case "list":
                return _list(args, store)
            case "show":
                values = store.values(args.name)
                return _told(args, {"name": args.name, "values": values}, values)
            case "add":
                return _add(args, store)
            case _:
                return _retire(args, store)


class _Store:
    """The parameters below a path."""

    def __init__(self, path: str, key_id: str | None) -> None:
        import boto3

        self._path, self._client = path, boto3.client("ssm")
        self._extra: Any = {"KeyId": key_id} if key_id else {}

    def make(self, name: str, value: str) -> bool:
        """Store a secret that does not exist yet; False if it does."""
        try:
            self._put(name, value, overwrite=False)
        except self._client.exceptions.ParameterAlreadyExists:
            return False
        return True

    def put(self, name: str, values: list[str]) -> None:
        """Store these values of a secret, the newest first."""
        text = "\n".join(values)
        if len(text.encode()) > STANDARD:
            raise Problem(f"{name} would have more than {STANDARD} bytes: retire some of its values first")
        self._put(name, text, overwrite=True)

    def values(self, name: str) -> list[str]:
        """The values of a secret, the newest first; raises ``Problem`` if there is none."""
        found = self.found(name)
        if found is None:
            raise Problem(f"there is no secret {self._path}/{name}")
        return found

    def found(self, name: str) -> list[str] | None:
        """As ``values``; None if there is no such secret."""
        try:
            answer = self._client.get_parameter(Name=f"{self._path}/{name}", WithDecryption=True)
        except self._client.exceptions.ParameterNotFound:
            return None
        return [line for line in answer["Parameter"]["Value"].splitlines() if line.strip()]

    def all(self) -> Iterator[dict[str, Any]]:
        """Every secret: its name, when it was last changed (UTC), and how many values are live."""
        pages = self._client.get_paginator("get_parameters_by_path")
        for page in pages.paginate(Path=self._path, Recursive=True, WithDecryption=True):
            for each in page["Parameters"]:
                live = sum(bool(line.strip()) for line in each["Value"].splitlines())
                changed = f"{each['LastModifiedDate']:%Y-%m-%d %H:%M}"
                yield {"name": each["Name"].removeprefix(f"{self._path}/"), "values": live, "changed": changed}

    def _put(self, name: str, value: str, *, overwrite: bool) -> None:
        self._client.put_parameter(
            Name=f"{self._path}/{name}", Value=value, Type="SecureString", Overwrite=overwrite, **self._extra
        )


def _list(args: argparse.Namespace, store: _Store) -> int:
    found = sorted(store.all(), key=lambda each: str(each["name"]))
    if args.json:
        print_json({"secrets": found})
        return 0
    made = table("secret", "live values", "changed (UTC)")
    for each in found:
        made.add_row(safe(each["name"]), str(each["values"]), each["changed"])
    for name in MADE:
        if name not in {each["name"] for each in found}:
            made.add_row(name, "missing", "")
    output().print(made)
    return 0


def _add(args: argparse.Namespace, store: _Store) -> int:
    if args.name == names.IDENTITY:
        raise Problem("the identity never changes: every customer's key is made with it")
    values = store.found(args.name) or []
    new = _random(args.name, values) if args.name in MADE else _given(args.name)
    if new in values:
        raise Problem(f"{args.name} has this value already")
    kept = values if args.name == names.TOKENS else values[: LIVE - 1]
    store.put(args.name, [new, *kept])
    lines = [f"{args.name} has {len(kept) + 1} live value{'s' if kept else ''}; the functions know it in five minutes."]
    if args.name == names.TOKENS:
        lines = [f"{args.name} has {len(kept) + 1} live keys. Functions that run already sign with the former one."]
    return _told(args, {"name": args.name, "live": len(kept) + 1}, lines)


def _retire(args: argparse.Namespace, store: _Store) -> int:
    values = store.values(args.name)
    if args.name != names.IDENTITY and len(values) > 1:
        store.put(args.name, values[:1])
    lines = [f"{args.name} has one live value."]
    if args.name == names.TOKENS:
        lines.append("Links in older mails, to unsubscribe among them, do not work any more.")
    return _told(args, {"name": args.name, "retired": len(values) - 1, "live": 1}, lines)


def _init(args: argparse.Namespace, made: list[str]) -> list[str]:
    if not made:
        return [f"All secrets below {args.path} exist already."]
    lines = [f"Made below {args.path}: {', '.join(made)}."]
    if names.IDENTITY in made:
        lines.append("Keep a copy of identity where you keep passwords: without it, no customer is recognised again.")
        lines.append(f"rekindle secrets show {names.IDENTITY} --path {args.path}")
    return lines


def _told(args: argparse.Namespace, plain: dict[str, Any], lines: list[str]) -> int:
    if args.json:
        print_json(plain)
    else:
        for line in lines:
            print(line)
    return 0


def _random(name: str, values: tuple[str, ...] | list[str]) -> str:
    """A new value; the id of one that signs links is the next number."""
    if name != names.TOKENS:
        return token_hex(32)
    numbers = [int(number) for value in values if (number := value.partition(":")[0].removeprefix("k")).isdecimal()]
    return f"k{max(numbers, default=0) + 1}:{token_hex(32)}"


def _given(name: str) -> str:
    """The secret of a shop system, as it is typed or piped; raises ``Problem`` for an invalid one."""
    text = getpass(f"{name}: ") if sys.stdin.isatty() else sys.stdin.read()
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) != 1:
        raise Problem("expected one line with the secret")
    source = sources()[name.partition("/")[2]]
    if problem := source.webhook().secret_problem(lines[0]):
        raise Problem(problem)
    return lines[0]


def _name(text: str) -> str:
    known = (*MADE, *(names.of_webhook(source) for source in sources()))
    if text not in known:
        raise argparse.ArgumentTypeError(f"expected one of {', '.join(known)}")
    return text
