"""The records of a DynamoDB stream, in order: a failure that may pass is retried, a poison record is set aside.

What cannot be handled now keeps only what must not overtake it waiting: Lambda gives up the rest of a batch after some
attempts, and one customer's trouble must not be that of all.
"""

import json
import logging
from collections.abc import Callable, Mapping
from typing import Any

from chalicelib.domain.errors import Conflict, Unavailable
from chalicelib.services.metrics import Emit, Metric, emit_nothing
from chalicelib.services.ports import Queue

log = logging.getLogger("rekindle.stream")
Record = Mapping[str, Any]
Names = Callable[[Record], Mapping[str, str]]
"""The log fields of a record."""
MOST_TROUBLED = 3
"""With so many in trouble, the trouble is not theirs: the batch ends, since each costs the time of all its attempts."""


def item(record: Record) -> str:
    """The key of the item that a record is about."""
    return json.dumps(record["dynamodb"]["Keys"], sort_keys=True)


def everything(record: Record) -> str:
    """One for all: no record may overtake another."""
    return ""


def in_order(
    event: Mapping[str, Any],
    handle: Callable[[Record], None],
    poison: Queue,
    emit: Emit = emit_nothing,
    *,
    names: Names,
    queue: Callable[[Record], str] = everything,
) -> dict[str, Any]:
    """Handle each record; return the first that must be retried, so that Lambda starts again from there.

    ``queue``: records of one queue must not overtake each other, as Powertools' batch processor would let them. Those
    of the others are handled meanwhile, and handled again when Lambda starts from the one that failed.
    A record that fails permanently goes to ``poison``: Lambda's own destination gets only its place in the stream.
    """
    troubled: dict[str, str] = {}
    for record in event["Records"]:
        if queue(record) in troubled:
            continue
        try:
            _handled(record, handle, poison, emit, names)
        except (Unavailable, Conflict) as error:
            log.warning("record retried", extra={**names(record), "error": type(error).__name__})
            troubled[queue(record)] = record["dynamodb"]["SequenceNumber"]
            if len(troubled) == MOST_TROUBLED:
                break
    return {"batchItemFailures": [{"itemIdentifier": first} for first in list(troubled.values())[:1]]}


def _handled(record: Record, handle: Callable[[Record], None], poison: Queue, emit: Emit, names: Names) -> None:
    """Handle a record, or set it aside; raises ``Unavailable`` or ``Conflict`` if it must be retried."""
    try:
        handle(record)
    except (Unavailable, Conflict):
        raise
    except Exception as error:
        log.exception("poison record", extra={**names(record), "error": type(error).__name__})
        poison.put({"error": type(error).__name__, "record": record})
        emit(Metric.POISON_RECORDS, 1)
