"""What keeps a command from doing what was asked: one line that says what to change."""

from chalicelib.domain.errors import RekindleError


class Problem(RekindleError):
    """What keeps a command from doing what was asked, in words for the one who asked."""


class PackagingProblem(Problem):
    """Something keeps the package from being made or deployed; the message is one line that says what to change."""
