"""A stack's dead-letter queues: their names, how many messages they have, and receiving the messages."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Self

import app

POISON, STREAM = "poison", "stream"
SUFFIX = "DeadLettersUrl"
POISON_URL = "PoisonQueueUrl"
EMPTY_ANSWERS = 3
"""SQS asks only some of its servers for messages: only this many empty answers in a row mean an empty queue."""
BATCH = 10


@dataclass(frozen=True)
class DeadLetter:
    """One message. ``body`` may contain personal data.

    ``at`` (UTC) is the time from which SQS counts its retention: when it was sent to this queue, or for a message that
    SQS moved here from a standard queue, when it was sent to that queue.
    """

    id: str
    receipt: str
    body: str
    at: datetime


@dataclass(frozen=True)
class QueueInfo:
    """The approximate number of messages on a queue, and how long it keeps a message."""

    messages: int
    retention: timedelta


def queues(outputs: Mapping[str, str]) -> dict[str, str]:
    """The URLs of the dead-letter queues by name (due, audience, feedback, ...), from the stack's outputs."""
    found = {name.removesuffix(SUFFIX).lower(): url for name, url in outputs.items() if name.endswith(SUFFIX)}
    return found | ({POISON: outputs[POISON_URL]} if POISON_URL in outputs else {})


def queue_info(url: str) -> QueueInfo:
    """SQS's figures of a queue; messages that a consumer has received are counted too."""
    attributes: Any = app.parts.aws.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    counted = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
    retention = timedelta(seconds=int(attributes.get("MessageRetentionPeriod", 0)))
    return QueueInfo(sum(int(attributes[name]) for name in counted), retention)


class MessageLease:
    """Hides a queue's messages from others while it is open as a context manager; then releases those not deleted.

    If the process dies, they become visible again automatically, ``hidden`` seconds after they were received.
    """

    def __init__(self, url: str, hidden: int) -> None:
        self._url, self._hidden = url, hidden
        self._receipts: dict[str, str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        receipts = list(self._receipts.values())
        for first in range(0, len(receipts), BATCH):
            entries: Any = [
                {"Id": str(number), "ReceiptHandle": receipt, "VisibilityTimeout": 0}
                for number, receipt in enumerate(receipts[first : first + BATCH])
            ]
            app.parts.aws.sqs.change_message_visibility_batch(QueueUrl=self._url, Entries=entries)

    def batches(self) -> Iterator[list[DeadLetter]]:
        """All messages of the queue, a batch at a time, each once."""
        empty = 0
        while empty < EMPTY_ANSWERS:
            answer = app.parts.aws.sqs.receive_message(
                QueueUrl=self._url, MaxNumberOfMessages=BATCH, VisibilityTimeout=self._hidden,
                AttributeNames=["SentTimestamp"],
            )  # fmt: skip
            letters = [_letter(message) for message in answer.get("Messages", ())]
            fresh = [letter for letter in letters if letter.id not in self._receipts]
            self._receipts |= {letter.id: letter.receipt for letter in letters}
            empty = 0 if fresh else empty + 1
            if fresh:
                yield fresh

    def delete(self, letter: DeadLetter) -> None:
        """Delete a message that has been handled."""
        app.parts.aws.sqs.delete_message(QueueUrl=self._url, ReceiptHandle=letter.receipt)
        self._receipts.pop(letter.id, None)


def _letter(message: Any) -> DeadLetter:
    sent = int(message.get("Attributes", {}).get("SentTimestamp", 0)) / 1000
    return DeadLetter(
        message["MessageId"], message["ReceiptHandle"], message["Body"], datetime.fromtimestamp(sent, UTC)
    )
