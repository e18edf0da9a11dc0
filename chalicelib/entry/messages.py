"""SQS messages, as Lambda hands them over."""

from collections.abc import Iterator, Mapping
from typing import Any

Answer = dict[str, Any]


def messages(event: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """``(message id, body)`` of each record."""
    return ((record["messageId"], record["body"]) for record in event["Records"])
