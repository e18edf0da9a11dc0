"""Machines with fake handlers, and what the tests of the event sources write and read."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest

from infra.machine.clock import VirtualClock
from infra.machine.machine import Machine
from infra.package.packaged import EventSource, QueueSource, StreamSource

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
STREAM = StreamSource(
    function="enroll",
    table="CommerceTable",
    batch_size=100,
    window=0,
    filters=(),
    retries=5,
    maximum_age=None,
    bisect=True,
    on_failure_queue="StreamDeadLetters",
    tumbling_window=0,
    report_failures=True,
)
QUEUE = QueueSource(function="feedback", queue="FeedbackQueue", batch_size=10, fifo=False, report_failures=True)
DUE = QueueSource(function="dispatch", queue="DueQueue", batch_size=1, fifo=True, report_failures=False)

Start = Callable[..., Machine]


class Fake:
    """A handler that records its events; ``answers`` are given in turn (an exception is raised), then ``last``."""

    def __init__(self, *answers: Any, last: Any = None) -> None:
        self.events: list[dict[str, Any]] = []
        self._answers, self._last = list(answers), last

    def __call__(self, event: dict[str, Any]) -> Any:
        self.events.append(event)
        answer = self._answers.pop(0) if self._answers else self._last
        if isinstance(answer, BaseException):
            raise answer
        return answer(event) if callable(answer) else answer

    @property
    def batches(self) -> list[list[str]]:
        """The sort keys, or the bodies, of the records of each event."""
        return [[_name(record) for record in event["Records"]] for event in self.events]


def _name(record: dict[str, Any]) -> str:
    return str(record["dynamodb"]["Keys"]["sk"]["S"] if "dynamodb" in record else record["body"])


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts a machine with one event source and its handler; stopped after the test."""
    with ExitStack() as machines:

        def start_one(source: EventSource, handler: Callable[[dict[str, Any]], Any], **options: Any) -> Machine:
            machine = Machine(
                VirtualClock(START), handlers={source.function: handler}, sources=(source,), behaviour=None, **options
            )
            return machines.enter_context(machine)

        yield start_one


def put(machine: Machine, *sort_keys: str, partition: str = "CUSTOMER#1", table: str = "CommerceTable") -> None:
    """Write an item for each sort key, in order."""
    client = boto3.client("dynamodb")
    for number, sort_key in enumerate(sort_keys):
        item: dict[str, Any] = {"pk": {"S": partition}, "sk": {"S": sort_key}, "number": {"N": str(number)}}
        client.put_item(TableName=machine.stack.tables[table], Item=item)


def send(machine: Machine, queue: str, *bodies: str, **arguments: Any) -> None:
    """Put messages on a queue, in order."""
    client: Any = boto3.client("sqs")
    for body in bodies:
        fifo = {"MessageDeduplicationId": body} if "MessageGroupId" in arguments else {}
        client.send_message(QueueUrl=machine.stack.queues[queue], MessageBody=body, **fifo, **arguments)


def waiting(machine: Machine, queue: str) -> list[str]:
    """The bodies of the messages that can be received from a queue now."""
    client = boto3.client("sqs")
    answer = client.receive_message(QueueUrl=machine.stack.queues[queue], MaxNumberOfMessages=10, VisibilityTimeout=0)
    return [message["Body"] for message in answer.get("Messages", [])]


def failures(*numbers: str) -> dict[str, Any]:
    """The answer that reports records as failed."""
    return {"batchItemFailures": [{"itemIdentifier": number} for number in numbers]}


def failing(name: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Reports the record of that name as failed, whenever it is in the batch."""

    def answer(event: dict[str, Any]) -> dict[str, Any]:
        return failures(*(_identifier(record) for record in event["Records"] if _name(record) == name))

    return answer


def _identifier(record: dict[str, Any]) -> str:
    return str(record["dynamodb"]["SequenceNumber"] if "dynamodb" in record else record["messageId"])


def with_(source: Any, **changes: Any) -> Any:
    """The source with some of its settings changed."""
    return replace(source, **changes)
