"""Commands as they are typed, a stack as CloudFormation describes it, and SQS's own moving of messages."""

import json
import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

import boto3
import moto.sqs.models as moto_sqs
import pytest
from moto.core.responses import ActionResult
from moto.sqs.responses import SQSResponse

import app
from chalicelib import wiring
from chalicelib.domain.figures import counters as tally
from infra.cli import main as cli
from infra.machine.stack import ACCOUNT_ID, REGION, Stack
from infra.messages.local import templates
from infra.saved.state import save
from tests.journeys.shop import Shop

STACK = "teashop"
ROLE = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {}}}
OUTPUTS = {"StreamDeadLetters": "StreamDeadLettersUrl", "PoisonQueue": "PoisonQueueUrl"} | {
    f"{name}DeadLetters": f"{name}DeadLettersUrl" for name in ("Due", "Audience", "Feedback")
}
"""Those of ``infra/template.yaml`` that commands look at, by the resource they are about."""


@dataclass(frozen=True)
class Said:
    """What a command printed, and its exit status."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def rekindle(capsys: pytest.CaptureFixture[str], *words: str) -> Said:
    """Type ``rekindle WORDS``."""
    capsys.readouterr()
    status = cli.main(words)
    printed = capsys.readouterr()
    return Said(status, printed.out, printed.err)


@contextmanager
def from_outside(shop: Shop) -> Iterator[None]:
    """Where a command is typed: nobody has the settings, but CloudFormation describes the shop's stack."""
    stack = shop.machine.stack
    settings = {name: os.environ[name] for name in stack.environment}
    if STACK not in _stacks():
        described_by_cloudformation(stack, {**settings, "METRICS": "on"})  # as it is on AWS
    with patch.dict(os.environ):
        for setting in settings:
            del os.environ[setting]
        app.parts = wiring.Parts(journeys=app.journeys, templates=templates, clock=shop.machine.clock.now)
        yield
    app.parts = wiring.Parts(journeys=app.journeys, templates=templates, clock=shop.machine.clock.now)


def outside(shop: Shop, capsys: pytest.CaptureFixture[str], *words: str) -> Said:
    """Type ``rekindle WORDS`` there."""
    with from_outside(shop):
        return rekindle(capsys, *words)


def saved(shop: Shop) -> None:
    """The local run ends: its tables are saved, and its machine is gone."""
    save()
    shop.machine.__exit__(None, None, None)


def _stacks() -> list[str]:
    return [each["StackName"] for each in boto3.client("cloudformation").list_stacks()["StackSummaries"]]


def described_by_cloudformation(stack: Stack, settings: Mapping[str, str]) -> None:
    """A stack with the outputs, and with a function that has the settings."""
    function = {
        "Runtime": "python3.13",
        "Handler": "app.dispatch",
        "Role": {"Fn::GetAtt": ["Role", "Arn"]},
        "Code": {"ZipFile": "pass"},
        "Environment": {"Variables": dict(settings)},
    }
    template = {
        "Resources": {"Role": ROLE, "Dispatch": {"Type": "AWS::Lambda::Function", "Properties": function}},
        "Outputs": {output: {"Value": stack.queues[resource]} for resource, output in OUTPUTS.items()},
    }
    boto3.client("cloudformation").create_stack(StackName=STACK, TemplateBody=json.dumps(template))


def rows(out: str) -> list[list[str]]:
    """The cells of a printed table that hold something, row by row."""
    return [re.split(r"\s{2,}", line.strip()) for line in out.splitlines() if re.search(r"\S\s{2,}\S", line)]


def recount() -> dict[tuple[str, str], int]:
    """Recounted less stored: nothing, if the counters are right."""
    counted: Counter[tuple[str, str]] = Counter()
    for _, item in app.parts.engagement.everything():
        counted.update(tally.counts_of(item))
    stored = {(p, name): n for p, names in app.parts.counters.read().items() for name, n in names.items()}
    return tally.difference(stored, counted)


def bodies(shop: Shop, queue: str) -> list[Any]:
    """What is on a queue and can be received."""
    found: Any = boto3.client("sqs").receive_message(
        QueueUrl=shop.machine.stack.queues[queue], MaxNumberOfMessages=10, VisibilityTimeout=0
    )
    return [json.loads(message["Body"]) for message in found.get("Messages", [])]


def put(shop: Shop, queue: str, *messages: Mapping[str, Any] | str, **more: Any) -> None:
    """Messages on a queue."""
    for number, message in enumerate(messages):
        body = message if isinstance(message, str) else json.dumps(message)
        extra = {"MessageDeduplicationId": str(number), **more} if more else {}
        boto3.client("sqs").send_message(QueueUrl=shop.machine.stack.queues[queue], MessageBody=body, **extra)


@dataclass
class Mover:
    """What moto lacks: SQS's tasks that move messages out of a dead-letter queue, with its own answers.

    ``asks``: how many times one looks at a task until it is done; ``lag``: until it is listed at all; ``fails``: why it
    stops with nothing moved.
    """

    asks: int = 0
    lag: int = 0
    fails: str | None = None
    tasks: list[dict[str, Any]] = field(default_factory=list)
    _unlisted: int = 0

    def start(self, response: SQSResponse) -> ActionResult:
        """``StartMessageMoveTask``."""
        source, target = response._get_param("SourceArn"), response._get_param("DestinationArn")
        assert not [task for task in self.tasks if task["SourceArn"] == source and task["Status"] == "RUNNING"]
        task = {"SourceArn": source, "DestinationArn": target, "Status": "RUNNING"}
        self.tasks.insert(0, task | {"StartedTimestamp": len(self.tasks)})
        self._unlisted = self.lag
        return ActionResult({"TaskHandle": "AAAA"})

    def list(self, response: SQSResponse) -> ActionResult:
        """``ListMessageMoveTasks``, the latest first."""
        mine = [task for task in self.tasks if task["SourceArn"] == response._get_param("SourceArn")]
        for task in mine:
            if task["Status"] == "RUNNING" and self.asks <= 0:
                self._finish(task)
        self.asks -= 1
        self._unlisted -= 1
        listed = mine[1:] if self._unlisted >= 0 else mine
        return ActionResult({"Results": listed[: response._get_param("MaxResults")]})

    def _finish(self, task: dict[str, Any]) -> None:
        if self.fails:
            task |= {"Status": "FAILED", "FailureReason": self.fails, "ApproximateNumberOfMessagesMoved": 0}
            return
        backend = moto_sqs.sqs_backends[ACCOUNT_ID][REGION]
        source, target = (backend.get_queue(task[name].rpartition(":")[2]) for name in ("SourceArn", "DestinationArn"))
        messages = list(source._messages)
        source._messages.clear()
        for message in messages:
            fifo: dict[str, Any] = {"group_id": message.group_id, "deduplication_id": message.id}
            backend.send_message(target.name, message.body, **(fifo if message.group_id else {}))
        task |= {"Status": "COMPLETED", "ApproximateNumberOfMessagesMoved": len(messages)}


@contextmanager
def moving(mover: Mover) -> Iterator[Mover]:
    """Inside, moto's SQS moves messages."""
    with (
        patch.object(SQSResponse, "start_message_move_task", lambda r: mover.start(r), create=True),
        patch.object(SQSResponse, "list_message_move_tasks", lambda r: mover.list(r), create=True),
        patch("infra.stack.moving.sleep", lambda seconds: None),
    ):
        yield mover
