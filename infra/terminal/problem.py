"""The errors of commands: each is one line that explains what to change."""

from chalicelib.domain.errors import RekindleError


class Problem(RekindleError):
    """A command cannot run; the message is one line that explains what to change."""


class PackagingProblem(Problem):
    """The package cannot be built or deployed."""
