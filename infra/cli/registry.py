"""Finds the commands: each module in ``infra/cli/commands`` with ``COMMAND``, ``add_arguments`` and ``run``.

Declarations are read from the source without importing it, so that ``rekindle --help`` and the start of a command do
not wait for the imports of all other commands. So they must be literals.
"""

import argparse
import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from chalicelib.domain.errors import RekindleError
from infra.cli.command import Command

COMMANDS = "infra.cli.commands"
"""The package of the commands; one of them may run others, so it is not imported by name here."""


class CommandModule(Protocol):
    """A module that declares a command."""

    COMMAND: Command

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the arguments."""

    def run(self, args: argparse.Namespace) -> int:
        """Run the command, and return the exit status."""


@dataclass(frozen=True)
class Listed:
    """A command and the name of its module."""

    command: Command
    module: str

    def load(self) -> CommandModule:
        """Import the module."""
        return cast(CommandModule, import_module(f"{COMMANDS}.{self.module}"))


def listed() -> list[Listed]:
    """Every command, in the order of the overview. Raises ``RekindleError`` for a module that cannot be read."""
    return sorted(_found(), key=lambda each: (each.command.place, each.command.name))


def _found() -> Iterator[Listed]:
    for folder in import_module(COMMANDS).__path__:
        for path in Path(folder).glob("*.py"):
            if command := _declared(path):
                yield Listed(command, path.stem)


@cache
def _declared(path: Path) -> Command | None:
    """The command that a module declares; ``None`` for a module without one."""
    try:
        found = next(filter(None, map(_value, ast.parse(path.read_bytes()).body)), None)
        return None if found is None else _made(found)
    except (SyntaxError, TypeError, ValueError) as error:
        raise RekindleError(f"{path.name}: COMMAND cannot be read without running it: {error}") from None


def _value(statement: ast.stmt) -> ast.expr | None:
    """The value that a statement assigns to ``COMMAND``, if it does."""
    if isinstance(statement, ast.Assign) and [ast.unparse(each) for each in statement.targets] == ["COMMAND"]:
        return statement.value
    return None


def _made(value: ast.expr) -> Command:
    if not isinstance(value, ast.Call):
        raise ValueError("expected Command(...)")
    named = {str(keyword.arg): ast.literal_eval(keyword.value) for keyword in value.keywords}
    return Command(*map(ast.literal_eval, value.args), **named)
