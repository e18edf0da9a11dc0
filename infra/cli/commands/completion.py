"""``rekindle completion SHELL``: a script with which a shell completes commands, options and choices."""

import argparse

import shtab

from infra.cli.command import Command
from infra.cli.registry import listed

COMMAND = Command(
    "completion",
    "print a script that completes commands and options in a shell",
    (
        "rekindle completion bash > ~/.local/share/bash-completion/completions/rekindle",
        "rekindle completion zsh > ~/.zsh/completions/_rekindle",
        "rekindle completion fish > ~/.config/fish/completions/rekindle.fish",
    ),
    place=900,
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The shell."""
    parser.add_argument(
        "shell", metavar="SHELL", choices=shtab.SUPPORTED_SHELLS, help=", ".join(shtab.SUPPORTED_SHELLS)
    )


def run(args: argparse.Namespace) -> int:
    """Print the script; all commands are imported for it."""
    parser = argparse.ArgumentParser(prog="rekindle")
    parser.add_argument("--version", action="store_true", help="print the version")
    commands = parser.add_subparsers(metavar="COMMAND")
    for each in listed():
        each.load().add_arguments(commands.add_parser(each.command.name, help=each.command.summary))
    print(shtab.complete(parser, args.shell))
    return 0
