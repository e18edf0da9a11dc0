"""What was set aside is handled again: by the queue it came from, or by the very handler that could not do it.

A message is deleted once it was handled, so that whoever dies in the middle loses nothing; handling one twice changes
nothing. What a stream's handler does with a record is decided by where the record is from:

``enroll`` looks at the facts as they are now, so a record may come late, and again.

``rollup`` adds what the item's change makes in the counters, in any order, but each record exactly once. A shard's
counters remember the last record of that shard, and so would refuse an old one: a redriven record is counted under a
shard of its own, which is kept for longer than the record can be on the queue. A *batch* that was given up is another
matter: some of it may have been counted, and nothing tells which. It is left alone.

``adopt`` takes in facts of the shop's own tables, each with its own time: late or again, it changes nothing newer. Its
mapping is the one in this checkout.
"""

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import sleep
from typing import Any

from chalicelib import wiring
from chalicelib.adapters.dynamodb import keys
from chalicelib.entry.records import sequence_number
from infra.own_tables import mapping as own_tables
from infra.stack.dead_letters import POISON, STREAM, Hand, Letter, function_of, kept
from infra.stack.stream_places import Gone, records_at
from infra.terminal.problem import Problem

ADOPT, ENROLL, ROLLUP = "adopt", "enroll", "rollup"
HIDDEN = 900
"""Longer, in seconds, than the rest of a queue takes: what fails again does not come up again meanwhile."""
GOING_ON = ("RUNNING", "CANCELLING")
MOST_TURNS = 30
"""For so many seconds SQS may keep silent about a move that it has just begun."""
GIVEN_UP = (
    "some of the batch may have been counted already, and nothing tells which; the recount at 03:00 UTC names the days"
    " on which the counters differ"
)
Tell = Callable[[int], None]
Handle = Callable[[Mapping[str, Any]], str | None]
"""Handles what a message holds, and says why it stays; None when it was handled."""


@dataclass
class Redriven:
    """What became of a queue's messages: how many were handled again or moved, and why how many others stay."""

    queue: str
    done: int = 0
    left: dict[str, int] = field(default_factory=dict)

    def stays(self, why: str, number: int = 1) -> None:
        """So many messages stay on the queue."""
        self.left[why] = self.left.get(why, 0) + number


def redrive(name: str, url: str, tell: Tell) -> Redriven:
    """Bring a queue's messages back; ``tell`` is told how many were so far."""
    handles: dict[str, Handle] = {POISON: _Records(), STREAM: _place}
    return _handled(name, url, handles[name], tell) if name in handles else _moved(name, url, tell)


def _moved(name: str, url: str, tell: Tell) -> Redriven:
    """SQS itself moves the messages to the queue they came from, and goes on if this process ends."""
    result, before = Redriven(name), kept(url).messages
    if not before:
        return result
    sources = wiring.aws().sqs.list_dead_letter_source_queues(QueueUrl=url)["queueUrls"]
    if len(sources) != 1:
        result.stays(f"it is the dead-letter queue of {len(sources)} queues", before)
        return result
    move = _move(_arn(url), _arn(sources[0]), tell)
    result.done = move.get("ApproximateNumberOfMessagesMoved", 0)
    if move["Status"] != "COMPLETED":
        result.stays(f"SQS stopped moving: {move.get('FailureReason') or move['Status'].lower()}", kept(url).messages)
    return result


def _move(source: str, target: str, tell: Tell) -> Any:
    """Let SQS move all messages, or go on with the move that is under way; what it says of that at the end."""
    before = _last_move(source)
    if before.get("Status") not in GOING_ON:
        wiring.aws().sqs.start_message_move_task(SourceArn=source, DestinationArn=target)
        _wait_until_listed(source, before)
    while (move := _last_move(source))["Status"] in GOING_ON:
        tell(move.get("ApproximateNumberOfMessagesMoved", 0))
        sleep(1)
    return move


def _wait_until_listed(source: str, before: Mapping[str, Any]) -> None:
    """A move that has just begun may not be the last that SQS tells of; the one before must not be taken for it."""
    for _ in range(MOST_TURNS):
        if _last_move(source).get("StartedTimestamp") != before.get("StartedTimestamp"):
            return
        sleep(1)
    raise Problem("SQS does not tell of the move it began; look at it with rekindle dlq list")


def _last_move(source: str) -> Any:
    return next(iter(wiring.aws().sqs.list_message_move_tasks(SourceArn=source, MaxResults=1).get("Results", ())), {})


def _arn(url: str) -> str:
    return str(
        wiring.aws().sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    )


def _handled(name: str, url: str, handle: Handle, tell: Tell) -> Redriven:
    result = Redriven(name)
    with _silence(), Hand(url, HIDDEN) as hand:
        for letters in hand.batches():
            for letter in sorted(letters, key=_place_in_stream):
                if why := _tried(letter, handle):
                    result.stays(why)
                    continue
                hand.delete(letter)
                result.done += 1
                tell(result.done)
    return result


def _tried(letter: Letter, handle: Handle) -> str | None:
    """Why a message stays; None when it was handled."""
    try:
        body = json.loads(letter.body)
    except ValueError:
        return "it is no JSON"
    try:
        return handle(body)
    except Exception as error:
        return f"{type(error).__name__} again"


class _Records:
    """Handles whole records of streams, one by one; stands where a handler puts the one that it still cannot handle."""

    def __init__(self) -> None:
        self._errors: list[str] = []

    def put(self, body: Mapping[str, Any]) -> None:
        """It is not put aside anew: the message that it came in stays."""
        self._errors.append(str(body["error"]))

    def __call__(self, body: Mapping[str, Any]) -> str | None:
        """Why the record's message stays; None when it was handled."""
        record = body["record"]
        self._errors.clear()
        function = function_of(str(record.get("eventSourceARN")))
        if function == ENROLL:
            answer = wiring.enroll(self)({"Records": [record]})
        elif function == ADOPT:
            answer = wiring.adopt(self, own_tables.read)({"Records": [record]})
        elif function == ROLLUP:
            answer = wiring.rollup(self)({"Records": [record], "shardId": keys.REDRIVEN + record["eventID"]})
        else:
            return f"its table's stream is read by {function}"
        if self._errors:
            return f"{self._errors[0]} again"
        return "not now" if answer["batchItemFailures"] else None


def _place(body: Mapping[str, Any]) -> str | None:
    """A place in a stream, of records that were given up: as long as the stream has them."""
    info = body["DDBStreamBatchInfo"]
    function = function_of(info["streamArn"])
    if function == ROLLUP:
        return GIVEN_UP
    if function not in (ENROLL, ADOPT):
        return f"its table's stream is read by {function}"
    try:
        records = records_at(info)
    except Gone:
        return "the stream has let go of the records (after 24 hours)"
    handle = wiring.enroll() if function == ENROLL else wiring.adopt(None, own_tables.read)
    answer = handle({"Records": records})
    return "not now" if answer["batchItemFailures"] else None


def _place_in_stream(letter: Letter) -> str:
    """The older record of an item first, as far as a queue without order allows."""
    try:
        return sequence_number(json.loads(letter.body)["record"])
    except (ValueError, KeyError, TypeError):
        return ""


@contextmanager
def _silence() -> Iterator[None]:
    """The handlers' log lines are for CloudWatch; here the command tells."""
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)
