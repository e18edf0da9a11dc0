"""``rekindle resume JOURNEY``: let a paused journey send mails again."""

import argparse

from infra.cli.arguments import add_json, add_stack
from infra.cli.command import Command
from infra.cli.commands.pause import switch

COMMAND = Command(
    "resume",
    "let a paused journey send mails again",
    ("rekindle resume win_back --stack rekindle",),
    place=150,
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The journey, ``--json`` and ``--stack``."""
    parser.add_argument("journey", metavar="JOURNEY", help="the journey's key; rekindle pause lists which are paused")
    add_json(parser)
    add_stack(parser)


def run(args: argparse.Namespace) -> int:
    """Resume a journey."""
    return switch(args, pause=False)
