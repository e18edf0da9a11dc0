"""The command line ``rekindle``: one module per command, and one clear line for each error."""

import argparse
import sys
import textwrap
from collections.abc import Sequence
from importlib.metadata import version
from io import TextIOWrapper
from shutil import get_terminal_size
from typing import NoReturn

from chalicelib.domain.errors import RekindleError
from infra.cli.command import Command
from infra.cli.registry import Listed, listed
from infra.stack import deployed
from infra.terminal.console import complain, replace_closed_output
from infra.terminal.status import exit_status


class WrongArguments(RekindleError):
    """The arguments are invalid."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise WrongArguments(f"{message} (try: {self.prog} --help)")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return the exit status.

    0: success; 1: failure, or the reader of its output is gone; 2: invalid arguments; 130: stopped by Ctrl-C.
    """
    replace_closed_output()
    if isinstance(sys.stdout, TextIOWrapper):  # a terminal that cannot show some letters still shows the others
        sys.stdout.reconfigure(errors="backslashreplace")
    return exit_status(lambda: _answered(list(sys.argv[1:] if arguments is None else arguments)))


def _answered(arguments: list[str]) -> int:
    try:
        return _run(arguments)
    except WrongArguments as error:
        complain(str(error))
        return 2


def _run(arguments: list[str]) -> int:
    commands = listed()
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(_overview(commands), end="")
        return 0
    if arguments[0] == "--version":
        print(f"rekindle {version('rekindle')}")
        return 0
    chosen = next((each for each in commands if each.command.name == arguments[0]), None)
    if chosen is None:
        raise WrongArguments(f"unknown command {arguments[0]!r} (try: rekindle --help)")
    module, parser = chosen.load(), _parser_of(chosen.command)
    module.add_arguments(parser)
    try:
        parsed = parser.parse_args(arguments[1:])
    except SystemExit as done:  # after --help
        return int(done.code or 0)
    with deployed.joined(getattr(parsed, "stack", None)):
        return module.run(parsed)


def _parser_of(command: Command) -> _Parser:
    return _Parser(
        prog=f"rekindle {command.name}",
        description=_wrapped(f"{command.summary[0].upper()}{command.summary[1:]}."),
        epilog="examples:\n" + "\n".join(f"  {example}" for example in command.examples),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )


def _overview(commands: Sequence[Listed]) -> str:
    lines = "\n".join(_wrapped(each.command.summary, f"  {each.command.name:<11} ") for each in commands)
    return (
        "usage: rekindle COMMAND ...\n       rekindle --version\n\nServerless marketing automation for shops.\n\n"
        f"commands:\n{lines}\n\nrekindle COMMAND --help describes a command, with examples.\n"
    )


def _wrapped(text: str, first: str = "") -> str:
    """The text in lines as wide as the terminal (argparse leaves two columns free), the first behind ``first``."""
    return textwrap.fill(first + text, get_terminal_size().columns - 2, subsequent_indent=" " * len(first))
