"""Redriving a dead-letter queue: its messages return to the queue they came from, or are handled here.

A message is deleted only after it was handled, so no message is lost if the process dies; handling one twice changes
nothing. The stream of a record decides which handler gets it:

``enroll`` reads the current facts, so a record may arrive late or twice.

``rollup`` adds an item's change to the counters, in any order, but each record exactly once. The counters of a shard
remember the last record of that shard, and would refuse an older one: a redriven record is counted under its own
shard, which is kept for longer than the record can be on the queue. If Lambda gave up on a *batch*, some of its records
may have been counted, and it is unknown which: it stays on the queue.

``adopt`` stores facts of the shop's own tables with their own times: a late or repeated fact changes nothing newer. It
uses the mapping in this checkout.
"""

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import app
from chalicelib.adapters.dynamodb import keys
from chalicelib.entry.records import sequence_number
from chalicelib.wiring import Parts
from infra.messages.local import templates
from infra.own_tables import mapping as own_tables
from infra.stack.dead_letters import POISON, STREAM, DeadLetter, MessageLease
from infra.stack.descriptions import function_of
from infra.stack.moving import moved
from infra.stack.stream_places import Gone, records_at

ADOPT, ENROLL, ROLLUP = "adopt", "enroll", "rollup"
HIDDEN = 900
"""Seconds; longer than handling a whole queue takes, so that a message that fails again is not received twice."""
GIVEN_UP = (
    "some of the batch may have been counted already, and it is unknown which; the recount at 03:00 UTC names the days"
    " on which the counters differ"
)
Progress = Callable[[int], None]
Handle = Callable[[Mapping[str, Any]], str | None]
"""Handles the body of a message; returns why the message stays, or ``None`` when it was handled."""


@dataclass
class RedriveResult:
    """How many messages of a queue were handled or moved (``done``), and how many stay, by reason (``left``)."""

    queue: str
    done: int = 0
    left: dict[str, int] = field(default_factory=dict)

    def stays(self, reason: str, number: int = 1) -> None:
        """Count messages that stay on the queue."""
        self.left[reason] = self.left.get(reason, 0) + number


def redrive(name: str, url: str, progress: Progress) -> RedriveResult:
    """Redrive a queue; ``progress`` is called with the number of messages so far. Raises ``Problem``."""
    result = RedriveResult(name)
    handles: dict[str, Handle] = {POISON: _Records(), STREAM: _Places()}
    if name in handles:
        _handle_all(result, url, handles[name], progress)
        return result
    move = moved(url, progress)
    result.done = move.done
    if move.reason:
        result.stays(move.reason, move.left)
    return result


def _handle_all(result: RedriveResult, url: str, handle: Handle, progress: Progress) -> None:
    with _no_logs(), MessageLease(url, HIDDEN) as lease:
        for letters in lease.batches():
            for letter in sorted(letters, key=_sequence_number):
                if reason := _tried(letter, handle):
                    result.stays(reason)
                    continue
                lease.delete(letter)
                result.done += 1
                progress(result.done)


def _tried(letter: DeadLetter, handle: Handle) -> str | None:
    """Why a message stays; ``None`` when it was handled."""
    try:
        body = json.loads(letter.body)
    except ValueError:
        return "it is not JSON"
    try:
        return handle(body)
    except Exception as error:
        return f"it failed again ({type(error).__name__})"


class _Records:
    """Handles whole stream records one by one; it takes the place of the handler's queue of poison records."""

    def __init__(self) -> None:
        self._errors: list[str] = []
        self._parts = Parts(
            journeys=app.journeys, templates=templates, clock=app.parts.clock, own_tables=own_tables.read, poison=self
        )

    def put(self, body: Mapping[str, Any]) -> None:
        """Note that a record failed again: its message stays, so no second message is needed."""
        self._errors.append(str(body["error"]))

    def __call__(self, body: Mapping[str, Any]) -> str | None:
        """Why the record's message stays; ``None`` when it was handled."""
        record = body["record"]
        self._errors.clear()
        function = function_of(str(record.get("eventSourceARN")))
        if function == ENROLL:
            answer = self._parts.commerce_stream({"Records": [record]})
        elif function == ADOPT:
            answer = self._parts.own_tables_stream({"Records": [record]})
        elif function == ROLLUP:
            answer = self._parts.engagement_stream({"Records": [record], "shardId": keys.REDRIVEN + record["eventID"]})
        else:
            return f"its table's stream is read by {function}"
        if self._errors:
            return f"it failed again ({self._errors[0]})"
        return "it cannot be handled now" if answer["batchItemFailures"] else None


class _Places:
    """Handles the records at a place in a stream, as long as the stream has them."""

    def __init__(self) -> None:
        self._parts = Parts(
            journeys=app.journeys, templates=templates, clock=app.parts.clock, own_tables=own_tables.read
        )

    def __call__(self, body: Mapping[str, Any]) -> str | None:
        """Why the place's message stays; ``None`` when its records were handled."""
        info = body["DDBStreamBatchInfo"]
        function = function_of(info["streamArn"])
        if function == ROLLUP:
            return GIVEN_UP
        if function not in (ENROLL, ADOPT):
            return f"its table's stream is read by {function}"
        try:
            records = records_at(info)
        except Gone:
            return "the stream no longer has the records (after 24 hours)"
        facts = replace(self._parts.commerce_stream, later=None)  # the command says what it could not handle
        handle: Any = facts if function == ENROLL else self._parts.own_tables_stream
        answer = handle({"Records": records})
        return "it cannot be handled now" if answer["batchItemFailures"] else None


def _sequence_number(letter: DeadLetter) -> str:
    """Sorts older records of an item first, as far as a queue without order allows."""
    try:
        return sequence_number(json.loads(letter.body)["record"])
    except (ValueError, KeyError, TypeError):
        return ""


@contextmanager
def _no_logs() -> Iterator[None]:
    """Suppress the handlers' log lines, which are for CloudWatch; here the command reports."""
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)
