"""The records of a DynamoDB stream, in order: a failure that may pass stops the batch, a poison record is set aside."""

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


def in_order(
    event: Mapping[str, Any],
    handle: Callable[[Record], None],
    poison: Queue,
    emit: Emit = emit_nothing,
    *,
    names: Names,
) -> dict[str, Any]:
    """Handle each record; return the first that must be retried, so that Lambda starts again from there.

    Powertools' batch processor would go on after a failure, and a later record of one customer overtake an earlier.
    A record that fails permanently goes to ``poison``: Lambda's own destination gets only its place in the stream.
    """
    for record in event["Records"]:
        try:
            handle(record)
        except (Unavailable, Conflict) as error:
            log.warning("record retried", extra={**names(record), "error": type(error).__name__})
            return _retry_from(record)
        except Exception as error:
            log.exception("poison record", extra={**names(record), "error": type(error).__name__})
            try:
                poison.put({"error": type(error).__name__, "record": record})
                emit(Metric.POISON_RECORDS, 1)
            except Unavailable:
                return _retry_from(record)
    return {"batchItemFailures": []}


def _retry_from(record: Record) -> dict[str, Any]:
    return {"batchItemFailures": [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]}]}
