"""The errors of commands: one line that says what to change."""

from chalicelib.domain.errors import RekindleError


class Problem(RekindleError):
    """A command cannot do what was asked; the message is one line that says what to change."""


class PackagingProblem(Problem):
    """The package cannot be made or deployed."""
