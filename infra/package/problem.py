"""What can go wrong here, and what is told meanwhile."""

import sys

from infra.console import Problem


class PackagingProblem(Problem):
    """Something keeps the package from being made or deployed; the message is one line that says what to change."""


def say(text: str) -> None:
    """One line of progress."""
    print(text, file=sys.stderr, flush=True)
