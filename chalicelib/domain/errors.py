"""Every error Rekindle raises on purpose.

RekindleError
├── InvalidJourney      a definition that could not run; raised when the journey is imported
├── InvalidFact         an invalid fact from outside; names the field and what was expected
├── Erased              the person asked to be erased: nothing about them is stored again
├── Ambiguous           several customers have the requested name
├── NotOne              names that are not some of one customer's, which could be split off
├── InvalidToken        a token that was forged, damaged, made for something else, or signed by a retired key
├── InvalidSetting      a setting of the environment is missing or malformed
├── TemplateError       a message that cannot be rendered
├── SendRejected        the mail service refused the message: nothing was sent
│   ├── SendThrottled   it refused it temporarily
│   └── SendingStopped  it refuses every message of this account
├── SendUnknown         it is unknown whether the message was sent
├── Conflict            another process changed the item first
└── Unavailable         a service of AWS is temporarily unavailable; the caller should try again
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
    """A fact from outside is invalid: ``field`` is the path of the field, ``problem`` what was expected."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem


class Erased(RekindleError):
    """The person asked to be erased: nothing about them is stored again.

    ``has_new_names``: besides the erased name, the request had a new one.
    """

    def __init__(self, *, has_new_names: bool = False) -> None:
        super().__init__("the person asked to be forgotten")
        self.has_new_names = has_new_names


class Ambiguous(RekindleError):
    """Several customers have the requested name; ``names`` distinguishes them."""

    def __init__(self, name: str, names: Sequence[str]) -> None:
        super().__init__(f"{name!r} is the id of several customers: say which, as {' or '.join(names)}")
        self.names = tuple(names)


class NotOne(RekindleError):
    """These names are not some, but not all, of one customer's."""


class InvalidToken(RekindleError):
    """A token was forged, damaged, made for another purpose, or signed by a retired key."""


class InvalidSetting(RekindleError):
    """A setting of the environment is missing or malformed."""


class TemplateError(RekindleError):
    """A message could not be rendered."""


class SendRejected(RekindleError):
    """The mail service refused this message: it was definitely not sent."""


class SendThrottled(SendRejected):
    """The mail service refused this message for now: it was definitely not sent."""


class SendingStopped(SendRejected):
    """The service refuses every message of this account for now; the error's text has no personal data."""


class SendUnknown(RekindleError):
    """The mail service gave no clear answer: the message may or may not have been sent."""


class Conflict(RekindleError):
    """Another process changed the item since it was read; ``item`` is its current state, if that was requested."""

    def __init__(self, *arguments: object, item: Mapping[str, Any] | None = None) -> None:
        super().__init__(*arguments)
        self.item = item or {}


class Unavailable(RekindleError):
    """A service of AWS is temporarily unavailable."""
