"""Handle a stream's records in order: what may pass later stops the batch there, what never will is kept aside."""

import logging
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from chalicelib.domain.errors import Conflict, Unavailable
from chalicelib.services.measures import Measure, Tell, tell_nobody

log = logging.getLogger("rekindle.stream")
Record = Mapping[str, Any]


class PoisonBox(Protocol):
    """Keeps whole records that nobody can handle (Lambda's own destination gets only their place)."""

    def put(self, body: Mapping[str, Any]) -> None: ...


def nameless(record: Record) -> Mapping[str, str]:
    """For where a log line says nothing of whose record it is about."""
    return {}


def in_order(
    event: Mapping[str, Any],
    handle: Callable[[Record], None],
    poison: PoisonBox,
    tell: Tell = tell_nobody,
    names: Callable[[Record], Mapping[str, str]] = nameless,
) -> dict[str, Any]:
    """Handle each record; answer with the first that must be tried again, so that Lambda starts anew from there.

    Powertools' batch processor would go on after a failure, and a later record of one customer overtake an earlier.
    ``names``: what a log line may say of a record.
    """
    for record in event["Records"]:
        try:
            handle(record)
        except (Unavailable, Conflict) as error:
            log.warning("tried again", extra={**names(record), "error": type(error).__name__})
            return {"batchItemFailures": [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]}]}
        except Exception as error:
            log.exception("poison record", extra={**names(record), "error": type(error).__name__})
            try:
                poison.put({"error": type(error).__name__, "record": record})
                tell(Measure.POISON_RECORDS, 1)
            except Unavailable:
                return {"batchItemFailures": [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]}]}
    return {"batchItemFailures": []}
