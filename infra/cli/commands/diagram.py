"""``rekindle diagram KEY``: a journey as a Mermaid flowchart."""

import argparse

import workflows
from chalicelib.domain.journeys.journey import Journey
from infra.cli.command import Command
from infra.journeys.diagram import mermaid
from infra.terminal.problem import Problem

COMMAND = Command(
    "diagram",
    "print a journey as a Mermaid flowchart",
    ("rekindle diagram abandoned_cart",),
    place=110,
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The journey's key, and a version."""
    parser.add_argument("key", metavar="KEY", help="the journey's key, which is its folder's name")
    parser.add_argument("--version", type=int, metavar="N", help="an older version (default: the one that enrolls)")


def run(args: argparse.Namespace) -> int:
    """Print the diagram; raises ``Problem`` for an unknown journey or version."""
    print(mermaid(_journey(args.key, args.version)), end="")
    return 0


def _journey(key: str, version: int | None) -> Journey:
    known = {journey.key: journey for journey in workflows.current()}
    if key not in known:
        raise Problem(f"there is no journey {key!r}; the journeys are {', '.join(sorted(known))}")
    if version is None:
        return known[key]
    if (key, version) not in workflows.versions():
        versions = ", ".join(str(number) for name, number in sorted(workflows.versions()) if name == key)
        raise Problem(f"journey {key!r} has no version {version}; it has {versions}")
    return workflows.versions()[key, version]
