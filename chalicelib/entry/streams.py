"""The records of a DynamoDB stream, in order: a failure that may pass is retried, a poison record is set aside.

What cannot be handled now keeps only what must not overtake it waiting: Lambda reads on in a shard only when a batch is
done, and one customer's trouble must not be that of all. So such records go to a queue of their own, if there is one
(``later``), from which each is tried again for an hour. So does a record that kills the process, after an hour.
"""

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib.domain.errors import Conflict, Unavailable
from chalicelib.entry.messages import messages
from chalicelib.services.metrics import Emit, Metric, emit_nothing
from chalicelib.services.ports import Queue

log = logging.getLogger("rekindle.stream")
Record = Mapping[str, Any]
Names = Callable[[Record], Mapping[str, str]]
"""The log fields of a record."""
MOST_TROUBLED, MOST_PUT_OFF = 3, 10
"""With so many in trouble, the trouble is not theirs: the batch ends, since each costs the time of all its attempts.
More, where they can be put off: one person has several names while they are merged."""
STUCK_AFTER = timedelta(hours=1)
"""A record that is alone and so old may have killed the process each time, and keeps its shard waiting."""


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
    later: Queue | None = None,
) -> dict[str, Any]:
    """Handle each record; return the first that must be retried, so that Lambda starts again from there.

    ``queue``: records of one queue must not overtake each other, as Powertools' batch processor would let them. Those
    of the others are handled meanwhile, and handled again when Lambda starts from the one that failed.
    ``later``: takes those, and what must not overtake them, so that Lambda need not start again.
    A record that fails permanently goes to ``poison``: Lambda's own destination gets only its place in the stream.
    """
    troubled: dict[str, str] = {}
    most = MOST_PUT_OFF if later else MOST_TROUBLED
    waiting: list[tuple[Record, str]] = []
    for record in event["Records"]:
        if queue(record) in troubled:
            waiting.append((record, "Waiting"))
            continue
        try:
            _tried(record, handle, poison, emit, names)
        except (Unavailable, Conflict) as error:
            log.warning("record retried", extra={**names(record), "error": type(error).__name__})
            troubled[queue(record)] = record["dynamodb"]["SequenceNumber"]
            waiting.append((record, type(error).__name__))
            if len(troubled) == most:
                break
    if later is None or len(troubled) == most or not put_off(later, waiting):
        return {"batchItemFailures": [{"itemIdentifier": first} for first in list(troubled.values())[:1]]}
    return {"batchItemFailures": []}


def one_by_one(event: Mapping[str, Any], again: Callable[[Mapping[str, Any]], dict[str, Any]]) -> dict[str, Any]:
    """The records that were put off, as the messages of ``later`` bring them; those that fail come again.

    ``again`` handles an event of the stream.
    """
    failed = [
        message_id
        for message_id, body in messages(event)
        if again({"Records": [json.loads(body)["record"]]})["batchItemFailures"]
    ]
    return {"batchItemFailures": [{"itemIdentifier": each} for each in failed]}


def is_put_off(event: Mapping[str, Any]) -> bool:
    """Whether an event is of the queue ``later``, and not of the stream."""
    return any(record.get("eventSource") == "aws:sqs" for record in event["Records"])


def is_stuck(event: Mapping[str, Any], now: datetime) -> bool:
    """Whether an event of the stream is a single record that is older than ``STUCK_AFTER``.

    Lambda halves a batch that kills the process until its record is alone. After an outage others may look the same.
    """
    written_at = datetime.fromtimestamp(event["Records"][0]["dynamodb"]["ApproximateCreationDateTime"], UTC)
    return len(event["Records"]) == 1 and now - written_at > STUCK_AFTER


def put_off(later: Queue, records: Sequence[tuple[Record, str]]) -> bool:
    """Put records off; False if that is impossible now, too."""
    try:
        for record, error in records:
            later.put({"error": error, "record": record})
    except Unavailable:
        return False
    return True


def _tried(record: Record, handle: Callable[[Record], None], poison: Queue, emit: Emit, names: Names) -> None:
    """As ``_handled``; what another process has just changed is often right a moment later."""
    try:
        _handled(record, handle, poison, emit, names)
    except (Unavailable, Conflict):
        _handled(record, handle, poison, emit, names)


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
