"""What a file is read as that a shop system exports: the bodies of its webhooks."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from chalicelib.sources.reading.dialect import Dialect

Row = Mapping[str, str]
"""The cells of a row by their column; an empty one is empty text."""


class Body(NamedTuple):
    """The body of a webhook that says what rows say, and what was paid back of an order, in its currency."""

    content: dict[str, Any]
    refunded: Decimal | None = None


@dataclass(frozen=True)
class Export:
    """What a file of a system is read as. ``topic``: of the webhook with these bodies; JSON Lines have them already.

    For CSV: ``groups``, the column that is the same in all rows of one thing; ``columns``, those that must be there;
    ``body_of``, the body of rows, given the file's dialect and when it was written; ``words``: by the path of a body's
    field, the column that it comes from.
    """

    topic: str
    groups: str
    columns: tuple[str, ...]
    body_of: Callable[[Sequence[Row], Dialect, datetime], Body]
    words: Mapping[str, str] = field(default_factory=dict)
