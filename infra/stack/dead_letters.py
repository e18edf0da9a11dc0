"""What could not be handled and was set aside: a stack's dead-letter queues, and what a message on one of them is."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from chalicelib import wiring
from infra.own_tables import mapping as own_tables

POISON, STREAM = "poison", "stream"
SUFFIX = "DeadLettersUrl"
POISON_URL = "PoisonQueueUrl"
EMPTY_ANSWERS = 3
"""SQS asks only some of its servers for a few messages: a queue is at its end after so many answers without any."""
BATCH = 10
_CHANGED = {"INSERT": "new", "MODIFY": "changed", "REMOVE": "removed"}


@dataclass(frozen=True)
class Letter:
    """One message that was set aside at ``at`` (UTC). ``body`` may hold personal data."""

    id: str
    receipt: str
    body: str
    at: datetime


@dataclass(frozen=True)
class Kept:
    """How many messages a queue has, and for how long it keeps one."""

    messages: int
    retention: timedelta


def queues(outputs: Mapping[str, str]) -> dict[str, str]:
    """The URLs of a stack's dead-letter queues by name, from what it put out: pages, audience, feedback and so on."""
    found = {name.removesuffix(SUFFIX).lower(): url for name, url in outputs.items() if name.endswith(SUFFIX)}
    return found | ({POISON: outputs[POISON_URL]} if POISON_URL in outputs else {})


def kept(url: str) -> Kept:
    """About how many messages there are, those that somebody has in hand too."""
    attributes: Any = wiring.aws().sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    counted = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
    retention = timedelta(seconds=int(attributes.get("MessageRetentionPeriod", 0)))
    return Kept(sum(int(attributes[name]) for name in counted), retention)


class Hand:
    """Takes messages off a queue for a while; use it as a context manager: what is not done with is put back.

    A process that dies puts nothing back: then they come back by themselves, after ``hidden`` seconds.
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
            wiring.aws().sqs.change_message_visibility_batch(QueueUrl=self._url, Entries=entries)

    def batches(self) -> Iterator[list[Letter]]:
        """The queue's messages, a batch at a time, each once."""
        empty = 0
        while empty < EMPTY_ANSWERS:
            answer = wiring.aws().sqs.receive_message(
                QueueUrl=self._url, MaxNumberOfMessages=BATCH, VisibilityTimeout=self._hidden,
                AttributeNames=["SentTimestamp"],
            )  # fmt: skip
            letters = [_letter(message) for message in answer.get("Messages", ())]
            fresh = [letter for letter in letters if letter.id not in self._receipts]
            self._receipts |= {letter.id: letter.receipt for letter in letters}
            empty = 0 if fresh else empty + 1
            if fresh:
                yield fresh

    def delete(self, letter: Letter) -> None:
        """It is done with."""
        wiring.aws().sqs.delete_message(QueueUrl=self._url, ReceiptHandle=letter.receipt)
        self._receipts.pop(letter.id, None)


def _letter(message: Any) -> Letter:
    sent = int(message.get("Attributes", {}).get("SentTimestamp", 0)) / 1000
    return Letter(message["MessageId"], message["ReceiptHandle"], message["Body"], datetime.fromtimestamp(sent, UTC))


def described(body: str) -> tuple[str, str]:
    """What a message is, and the kind of error that put it here where that is known; nothing of whom it is about."""
    match _json(body):
        case {"record": {"dynamodb": {"Keys": {"sk": {"S": str(sk)}}}, **record}, "error": str(error)}:
            changed = _CHANGED.get(str(record.get("eventName")), "changed")
            return f"{changed} {_thing(sk)}, for {function_of(str(record.get('eventSourceARN')))}", error
        case {"record": {"eventSourceARN": str(arn), "eventName": name}, "error": str(error)} if own_table(arn):
            return f"{_CHANGED.get(str(name), 'changed')} item of {own_table(arn)}, for adopt", error
        case {"DDBStreamBatchInfo": {"streamArn": str(arn), **info}, **rest}:
            context = rest.get("requestContext")
            why = str(context.get("condition", "")) if isinstance(context, dict) else ""
            return f"place of {info.get('batchSize', 'some')} records in a stream, for {function_of(arn)}", why
        case {"keys": list()}:
            return "page of due enrollments, for dispatch", ""
        case {"launch": str()}:
            return "announced launch, for audience", ""
        case {"eventType": str(kind)}:
            return f"event of SES ({kind.lower()}), for feedback", ""
        case None:
            return "no JSON", ""
        case _:
            return "something unknown", ""


def function_of(arn: str) -> str:
    """The function that reads a table's stream; the table of none of them stands for no function."""
    if own_table(arn):
        return "adopt"
    settings, table = wiring.settings(), "".join(arn.split("/")[1:2])
    readers = {settings.commerce_table: "enroll", settings.engagement_table: "rollup"}
    return readers.get(table, "no function of this stack")


def own_table(arn: str) -> str | None:
    """What ``infra/sources.yaml`` calls the table of a stream, if it is one of the shop's own."""
    return next((table.name for table in own_tables.read() if table.arn == arn.partition("/stream/")[0]), None)


def _thing(sk: str) -> str:
    kind, _, rest = sk.partition("#")
    journey = rest.partition("#")[0]
    return f"enrollment in {journey}" if kind == "ENROLLMENT" and journey else kind.lower()


def _json(body: str) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None
