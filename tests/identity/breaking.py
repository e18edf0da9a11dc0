"""Break off work at any of its calls to AWS."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import app


class Cut(Exception):
    """The process died here, as far as the work can tell."""


@contextmanager
def cut_after(calls: int) -> Iterator[None]:
    """Let this many calls to DynamoDB pass; the next is made, and never answered."""
    left, client = calls, app.parts.aws.dynamodb

    def answered(**_: Any) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise Cut

    client.meta.events.register("after-call.dynamodb", answered)
    try:
        yield
    finally:
        client.meta.events.unregister("after-call.dynamodb", answered)


def broken_after(calls: int, work: Callable[[], object]) -> bool:
    """Whether the work broke when it was let do so many calls and no more."""
    try:
        with cut_after(calls):
            work()
    except Cut:
        return True
    return False
