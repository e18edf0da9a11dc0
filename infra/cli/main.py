"""The command line ``rekindle``: one module a command, and one clear line for whatever goes wrong."""

import argparse
import errno
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from io import TextIOWrapper
from typing import NoReturn

from chalicelib.domain.errors import RekindleError
from infra.stack import deployed
from infra.terminal.console import close_output, complain

STOPPED = 130
"""The exit status of what Ctrl-C stopped."""


@dataclass(frozen=True)
class Command:
    """A command: the module with its ``add_arguments(parser)`` and ``run(args)``, a summary, and examples."""

    name: str
    module: str
    summary: str
    examples: tuple[str, ...]


COMMANDS = (
    Command(
        "demo",
        "infra.demo",
        "run a sample shop through simulated days on the real handlers, then serve it in the browser",
        ("rekindle demo", "rekindle demo --days 30 --customers 500 --seed 7 --headless --json -"),
    ),
    Command(
        "serve",
        "infra.cli.commands.serve",
        "run the API on this machine in real time, for trying a real shop's webhooks through a tunnel",
        (
            "rekindle serve --secret shopify=SECRET",
            "rekindle serve --port 9000 --secret-file shopify=shopify.secret --mails mails",
            "rekindle serve --secret shopify=SECRET --public-url https://example.ngrok.app --json",
        ),
    ),
    Command(
        "replay",
        "infra.cli.commands.replay",
        "play a shop's real history through the same path, the clock following the data",
        ("rekindle replay orders.csv", "rekindle replay orders.csv --carts carts.csv --skip-bad --json result.json"),
    ),
    Command(
        "kpis",
        "infra.cli.commands.kpis",
        "show the journeys' funnels and the shop's figures",
        ("rekindle kpis", "rekindle kpis --from 2026-11-01 --to 2026-11-30", "rekindle kpis --stack rekindle --json"),
    ),
    Command(
        "show",
        "infra.cli.commands.show",
        "tell a customer's story: what happened, which mails went, and why others did not",
        ("rekindle show ann@example.com", "rekindle show 0001 --stack rekindle", "rekindle show 0001 --json"),
    ),
    Command(
        "import",
        "infra.cli.commands.load",
        "bring in a shop's history: customers, orders, carts; it begins no journey unless --enroll is said",
        (
            "rekindle import customers customers.csv --stack rekindle",
            "rekindle import orders orders.jsonl --stack rekindle --rejected rejected.csv",
            "rekindle import orders export.csv --map id=order_number --map placed_at=created_at --dry-run",
        ),
    ),
    Command(
        "sources",
        "infra.cli.commands.sources",
        "list the shop's own tables that are read, and try what an item of one would tell",
        ("rekindle sources", "rekindle sources sales cart.json", "rekindle sources sales - --file mine.yaml --json"),
    ),
    Command(
        "export",
        "infra.cli.commands.export",
        "print all that is stored of a customer, as JSON",
        ("rekindle export ann@example.com --stack rekindle", "rekindle export ann@example.com --output ann.json"),
    ),
    Command(
        "erase",
        "infra.cli.commands.erase",
        "forget a customer who asks for it: delete every item, for good",
        ("rekindle erase ann@example.com --stack rekindle", "rekindle erase ann@example.com --stack rekindle --yes"),
    ),
    Command(
        "validate",
        "infra.cli.commands.validate",
        "check every journey: that it can run, that its messages render, that no published version changed",
        ("rekindle validate", "rekindle validate --accept", "rekindle validate --json"),
    ),
    Command(
        "diagram",
        "infra.cli.commands.diagram",
        "print a journey as a Mermaid flowchart",
        ("rekindle diagram abandoned_cart",),
    ),
    Command(
        "close-case",
        "infra.cli.commands.cases",
        "record that the team has taken care of a customer's bad answer (on a deployed stack)",
        ("rekindle close-case ann@example.com order-1001 --stack rekindle",),
    ),
    Command(
        "upcoming",
        "infra.cli.commands.upcoming",
        "show what is due, by hour and journey",
        ("rekindle upcoming", "rekindle upcoming --hours 168", "rekindle upcoming --stack rekindle --json"),
    ),
    Command(
        "pause",
        "infra.cli.commands.pause",
        "stop a journey's mails until it is resumed; without a journey: tell which are paused",
        ("rekindle pause win_back --stack rekindle", "rekindle pause", "rekindle pause --json"),
    ),
    Command(
        "resume",
        "infra.cli.commands.resume",
        "let a paused journey's mails go out again",
        ("rekindle resume win_back --stack rekindle",),
    ),
    Command(
        "retry",
        "infra.cli.commands.retry",
        "try a failed enrollment again, at the step where it failed",
        (
            "rekindle retry ann@example.com --stack rekindle",
            "rekindle retry 3f9c2a 'abandoned_cart#0123456789abcdef' --stack rekindle",
        ),
    ),
    Command(
        "dlq",
        "infra.cli.commands.dlq",
        "list what could not be handled and was set aside, and bring it back",
        (
            "rekindle dlq list --stack rekindle",
            "rekindle dlq list poison --show --stack rekindle",
            "rekindle dlq redrive feedback --stack rekindle",
            "rekindle dlq redrive --stack rekindle",
        ),
    ),
)


class WrongArguments(RekindleError):
    """The arguments do not fit."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise WrongArguments(f"{message} (try: {self.prog} --help)")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status: 0 well, 1 it could not, 2 wrong arguments, 130 stopped by Ctrl-C."""
    if isinstance(sys.stdout, TextIOWrapper):  # a terminal that lacks letters of a name still shows the rest
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        status = _run(list(sys.argv[1:] if arguments is None else arguments))
        sys.stdout.flush()
        return status
    except WrongArguments as error:
        complain(str(error))
        return 2
    except KeyboardInterrupt:
        complain("stopped")
        return STOPPED
    except BrokenPipeError:
        close_output()
        complain("the output was closed before its end")
    except OSError as error:
        complain(_told(error))
    except (RekindleError, ValueError) as error:
        complain(str(error))
    except Exception as error:
        if os.environ.get("REKINDLE_TRACEBACK"):
            raise
        complain(f"unexpected {type(error).__name__}: {error} (REKINDLE_TRACEBACK=1 shows where)")
    return 1


def _run(arguments: list[str]) -> int:
    if not arguments:
        raise WrongArguments("no command given (try: rekindle --help)")
    if arguments[0] in ("-h", "--help"):
        print(_overview(), end="")
        return 0
    command = next((each for each in COMMANDS if each.name == arguments[0]), None)
    if command is None:
        raise WrongArguments(f"unknown command {arguments[0]!r} (try: rekindle --help)")
    module, parser = import_module(command.module), _parser_of(command)
    module.add_arguments(parser)
    try:
        parsed = parser.parse_args(arguments[1:])
    except SystemExit as done:  # after --help
        return int(done.code or 0)
    with deployed.joined(getattr(parsed, "stack", None)):
        return int(module.run(parsed))


def _parser_of(command: Command) -> _Parser:
    return _Parser(
        prog=f"rekindle {command.name}",
        description=f"{command.summary[0].upper()}{command.summary[1:]}.",
        epilog="examples:\n" + "\n".join(f"  {example}" for example in command.examples),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )


def _overview() -> str:
    listed = "\n".join(f"  {command.name:<11} {command.summary}" for command in COMMANDS)
    return (
        "usage: rekindle COMMAND ...\n\nServerless marketing automation for shops.\n\n"
        f"commands:\n{listed}\n\nrekindle COMMAND --help tells more of each, with examples.\n"
    )


def _told(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"the port is in use already ({error.strerror})"
    reason = error.strerror or str(error) or type(error).__name__
    return f"{error.filename}: {reason}" if error.filename else reason
