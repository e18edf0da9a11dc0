"""A question before a command does what cannot be undone."""

import sys

from infra.terminal.console import safe
from infra.terminal.problem import Problem


def confirm(question: str, what: str, nothing: str) -> None:
    """Ask on the terminal; raises ``Problem`` (``nothing``) unless the answer is yes, or if nobody is there to ask.

    ``what`` is done, in words, such as ``erasing in the stack rekindle cannot be undone``.
    """
    if not sys.stdin.isatty():
        raise Problem(f"{what}: without a terminal to confirm it on, use --yes")
    print(safe(f"{question} Type yes to continue: ").plain, end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() != "yes":
        raise Problem(nothing)
