"""Lets SQS move the messages of a dead-letter queue back to the queue they came from."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import sleep
from typing import Any

import app
from infra.stack.dead_letters import queue_info
from infra.terminal.problem import Problem

RUNNING = ("RUNNING", "CANCELLING")
MOST_TURNS = 30
"""Seconds during which SQS may not list a move that it has just begun."""


@dataclass(frozen=True)
class Moved:
    """How many messages were moved (``done``), how many stay (``left``), and why; no reason if all were moved."""

    done: int = 0
    left: int = 0
    reason: str = ""


def moved(url: str, progress: Callable[[int], None]) -> Moved:
    """Let SQS move all messages; it continues if this process ends. Raises ``Problem``."""
    before = queue_info(url).messages
    if not before:
        return Moved()
    sources = app.parts.aws.sqs.list_dead_letter_source_queues(QueueUrl=url)["queueUrls"]
    if len(sources) != 1:
        return Moved(left=before, reason=f"it is the dead-letter queue of {len(sources)} queues")
    move = _move(_arn(url), _arn(sources[0]), progress)
    done = move.get("ApproximateNumberOfMessagesMoved", 0)
    if move["Status"] == "COMPLETED":
        return Moved(done)
    reason = f"SQS stopped moving: {move.get('FailureReason') or move['Status'].lower()}"
    return Moved(done, queue_info(url).messages, reason)


def _move(source: str, target: str, progress: Callable[[int], None]) -> Any:
    """Begin a move, or follow the one that is running; returns SQS's final description of it."""
    before = _last_move(source)
    if before.get("Status") not in RUNNING:
        app.parts.aws.sqs.start_message_move_task(SourceArn=source, DestinationArn=target)
        _wait_until_listed(source, before)
    while (move := _last_move(source))["Status"] in RUNNING:
        progress(move.get("ApproximateNumberOfMessagesMoved", 0))
        sleep(1)
    return move


def _wait_until_listed(source: str, before: Mapping[str, Any]) -> None:
    """Wait until SQS lists the move, some seconds after it began, so that the previous move is not taken for it."""
    for _ in range(MOST_TURNS):
        if _last_move(source).get("StartedTimestamp") != before.get("StartedTimestamp"):
            return
        sleep(1)
    raise Problem("SQS does not list the move it began; check it with rekindle dlq list")


def _last_move(source: str) -> Any:
    return next(iter(app.parts.aws.sqs.list_message_move_tasks(SourceArn=source, MaxResults=1).get("Results", ())), {})


def _arn(url: str) -> str:
    answer = app.parts.aws.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    return str(answer["Attributes"]["QueueArn"])
