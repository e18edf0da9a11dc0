"""Every error Rekindle raises on purpose.

RekindleError
├── InvalidJourney      a definition that could not run; raised when the journey is imported
├── InvalidFact         a fact from outside that does not fit; names the field and what was expected
├── Erased              the person asked to be forgotten: nothing about them is stored again
├── Ambiguous           several customers bear the name that somebody asked for
├── InvalidToken        a token that was forged, damaged, made for something else, or signed by a retired key
├── InvalidSetting      a setting of the environment is missing or malformed
├── TemplateError       a message that cannot be rendered
├── SendRejected        the mail service said no: nothing was sent
│   └── SendThrottled   it said "not now"
├── SendUnknown         nobody can tell whether it was sent
├── Conflict            somebody else changed the item first
└── Unavailable         a service of AWS does not answer for the moment; trying again is right
"""

from collections.abc import Mapping, Sequence
from typing import Any


class RekindleError(Exception):
    """The root of all errors raised on purpose."""


class InvalidJourney(RekindleError):
    """A journey's definition could not run."""

    def __init__(self, journey: str, problem: str) -> None:
        super().__init__(f"journey {journey!r}: {problem}")
        self.journey = journey
        self.problem = problem


class InvalidFact(RekindleError):
    """A fact from outside does not fit: ``field`` is its path, ``problem`` what was expected."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem


class Erased(RekindleError):
    """The person asked to be forgotten: nothing about them is stored again.

    ``has_new_names``: they came with a new name beside the forgotten one.
    """

    def __init__(self, *, has_new_names: bool = False) -> None:
        super().__init__("the person asked to be forgotten")
        self.has_new_names = has_new_names


class Ambiguous(RekindleError):
    """Several customers bear the name that somebody asked for; ``names`` tells them apart."""

    def __init__(self, name: str, names: Sequence[str]) -> None:
        super().__init__(f"{name!r} is the id of several customers: say which, as {' or '.join(names)}")
        self.names = tuple(names)


class InvalidToken(RekindleError):
    """A token was forged, damaged, made for another purpose, or signed by a key no longer live."""


class InvalidSetting(RekindleError):
    """A setting of the environment is missing or malformed."""


class TemplateError(RekindleError):
    """A message could not be rendered."""


class SendRejected(RekindleError):
    """The mail service refused this message: it was definitely not sent."""


class SendThrottled(SendRejected):
    """The mail service refused this message for now: it was definitely not sent."""


class SendUnknown(RekindleError):
    """The mail service did not answer clearly: the message may or may not have been sent."""


class Conflict(RekindleError):
    """The item was changed by somebody else since it was read; ``item`` is what it is now, where that was asked for."""

    def __init__(self, *arguments: object, item: Mapping[str, Any] | None = None) -> None:
        super().__init__(*arguments)
        self.item = item or {}


class Unavailable(RekindleError):
    """A service of AWS does not answer for the moment."""
