"""AWS as a server in this process; a worker that is to be killed is another process, and calls it over HTTP.

What goes on after the kill runs here, where moto is called without HTTP: it is the same code, sooner.
"""

import copy
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

import boto3
import moto.ses.models as moto_ses
import moto.sqs.models as moto_sqs
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.table import Table as MotoTable
from moto.moto_api._internal.models import moto_api_backend

import app
import workflows
from chalicelib import wiring
from chalicelib.domain.figures import counters as tally
from chalicelib.domain.journeys.run import Enrollment
from chalicelib.domain.standing.standing import Standing
from chalicelib.services.sweep import batched
from infra.machine import calls
from infra.machine.engines.moto.patches import patched_moto
from infra.machine.engines.moto.stream_tap import Reader, StreamTap
from infra.machine.environment import ACCOUNT, PARAMETERS, put_secrets
from infra.machine.inbox import Inbox
from infra.machine.ses_events import ses_event
from infra.machine.stack import ACCOUNT_ID, REGION, Stack, deploy
from infra.messages.local import templates
from infra.package.packaged import merge_template
from tests.builders import with_credits
from tests.crash.events import Event, page_event, rollup_event
from tests.crash.server import served
from tests.crash.zygote import HANDLERS

NEVER = datetime.min.replace(tzinfo=UTC)
CHECKOUT = Path(__file__).parents[2]
LANES = 2
ONE_BY_ONE = {"WORKERS": "1", "METRICS": "off"}
"""So that the n-th call is the same one each time."""


@dataclass(frozen=True)
class Ran:
    """What became of a worker."""

    killed: bool
    answer: Any = None
    calls: int = 0


@dataclass
class World:
    """Tables, queue, SES and workers."""

    stack: Stack
    zygote: subprocess.Popen[str]
    now: datetime = NEVER
    inbox: Inbox = field(default_factory=Inbox)
    readers: dict[str, Reader] = field(default_factory=dict)
    reported: int = 0
    _kept: dict[str, Any] = field(default_factory=dict)

    def run(self, handler: str, event: Event, kill: tuple[int, str] | None = None) -> Ran:
        """Run a handler; one that is to be killed, in a process of its own. Mails accepted are in the inbox then."""
        if kill:
            ran = self._killed(handler, event, kill)
        else:
            with calls.handling(handler):
                ran = Ran(False, getattr(app.parts, HANDLERS[handler])(event))
        self.inbox.collect(self.now)
        return ran

    def _killed(self, handler: str, event: Event, kill: tuple[int, str]) -> Ran:
        order = {"handler": handler, "event": event, "now": self.now.isoformat(), "kill": kill}
        assert self.zygote.stdin
        assert self.zygote.stdout
        self.zygote.stdin.write(json.dumps(order) + "\n")
        self.zygote.stdin.flush()
        reported = json.loads(self.zygote.stdout.readline())
        if "error" in reported:
            raise AssertionError(reported["error"])
        return Ran(**reported)

    def begin(self, now: datetime) -> None:
        """Nothing is stored, nothing was sent; it is ``now``."""
        for table in self._tables().values():
            _fill(table, {})
        app.parts.lanes.in_use()  # each process remembers its lanes once, and this one may have before
        self._fresh(now)

    def keep(self) -> None:
        """Remember the tables as they are."""
        self._kept = {name: copy.deepcopy(table.items) for name, table in self._tables().items()}

    def restore(self, now: datetime) -> None:
        """Back to what was kept, at ``now``; nothing was sent."""
        for name, table in self._tables().items():
            _fill(table, self._kept[name])
        self._fresh(now)

    def _fresh(self, now: datetime) -> None:
        self.now, self.inbox, self.reported = now, Inbox(), 0
        moto_ses.ses_backends[ACCOUNT_ID][REGION].sent_messages.clear()
        for url in self.stack.queues.values():
            moto_sqs.sqs_backends[ACCOUNT_ID][REGION].get_queue(url.rsplit("/", 1)[-1])._messages.clear()
        for name in self.readers:
            self.records(name)

    def tap(self) -> None:
        """Listen to the tables' streams from now on."""
        for name in ("CommerceTable", "EngagementTable"):
            table = self._tables()[name]
            tap = table.stream_shard = StreamTap(table, lambda: self.now)
            self.readers[name] = tap.subscribe()

    def _tables(self) -> dict[str, MotoTable]:
        backend = dynamodb_backends[ACCOUNT_ID][REGION]
        return {logical: backend.get_table(name) for logical, name in self.stack.tables.items()}

    def records(self, table: str) -> list[Event]:
        """What the table's stream has brought since it was asked last."""
        shard = self.readers[table].shards[0]
        found: list[Event] = list(shard)
        shard.clear()
        return found

    def messages(self, queue: str) -> list[Any]:
        """The bodies of what waits on a queue."""
        name = self.stack.queues[queue].rsplit("/", 1)[-1]
        return [json.loads(each.body) for each in moto_sqs.sqs_backends[ACCOUNT_ID][REGION].get_queue(name)._messages]

    def snapshot(self, table: str) -> dict[str, Any]:
        """All items of a table, by key."""
        found = self._tables()[table].items
        return {
            f"{pk.value} {sk.value}": item.to_json()["Attributes"]
            for pk, items in found.items()
            for sk, item in items.items()
        }

    def tell(self) -> None:
        """SES reports all mails that it has accepted and not reported yet."""
        new, self.reported = self.inbox.mails[self.reported :], len(self.inbox.mails)
        if new:
            bodies = [json.dumps(ses_event(mail, "send", mail.at)) for mail in new]
            records = [{"messageId": str(number), "body": body} for number, body in enumerate(bodies)]
            assert self.run("feedback", {"Records": records}).answer == {"batchItemFailures": []}

    def due_pages(self, *, is_probe: bool = False) -> list[Event]:
        """What ``sweep`` would queue now; as probes, if it would."""
        due = [app.parts.due.due(f"L{lane}", self.now, 200) for lane in range(LANES)]
        return [
            page_event([(key.pk, key.sk) for key in page], is_probe=is_probe) for keys in due for page in batched(keys)
        ]

    def enrollments(self) -> list[Enrollment]:
        """Every run, with what orders brought to it."""
        runs = [item for _, item in app.parts.engagement.everything() if isinstance(item, Enrollment)]
        return [with_credits(run, app.parts.credits.of(run.customer)) for run in runs]

    def standings(self) -> dict[str, Standing]:
        """Every standing, by customer."""
        return {who: item for who, item in app.parts.engagement.everything() if isinstance(item, Standing)}

    def count_all(self) -> None:
        """``rollup`` sees the whole stream of engagement."""
        self.run("rollup", rollup_event(self.records("EngagementTable")))

    def recount(self) -> dict[tuple[str, str], int]:
        """Recounted less stored: nothing, if the counters are right."""
        counted: dict[tuple[str, str], int] = {}
        for _, item in app.parts.engagement.everything():
            for cell, number in tally.counts_of(item).items():
                counted[cell] = counted.get(cell, 0) + number
        stored = {
            (period, counter): number
            for period, counters in app.parts.counters.read().items()
            for counter, number in counters.items()
        }
        return tally.difference(stored, counted)


def _fill(table: MotoTable, items: Mapping[Any, Any]) -> None:
    table.items.clear()
    table.items.update(copy.deepcopy(dict(items)))
    table.__dict__.pop("_partitions", None)  # what patched_moto knows of the items before


@contextmanager
def the_world() -> Iterator[World]:
    """A server of AWS with the deployed stack, and the process that forks the workers."""
    with ExitStack() as undo:
        undo.enter_context(patch.dict(os.environ, ACCOUNT))
        undo.enter_context(patched_moto())
        undo.callback(moto_api_backend.reset)  # the next module's world begins with nothing
        undo.enter_context(patch.dict(os.environ, {"AWS_ENDPOINT_URL": undo.enter_context(served())}))
        stack = deploy(merge_template(), PARAMETERS | {"Lanes": str(LANES)})
        put_secrets(stack.environment["SECRETS"])
        environment = dict(stack.environment) | ONE_BY_ONE
        undo.enter_context(patch.dict(os.environ, environment))
        boto3.client("sesv2").create_email_identity(EmailIdentity=environment["SENDER"])
        zygote = undo.enter_context(_started())
        world = World(stack, zygote)
        undo.callback(setattr, app, "parts", app.parts)
        app.parts = wiring.Parts(journeys=app.journeys, templates=templates, clock=lambda: world.now)
        undo.enter_context(calls.recorded(stack))
        world.tap()
        yield world


@contextmanager
def _started() -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.crash.zygote", *sorted({key for key, _ in workflows.versions()})]
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        cwd=CHECKOUT, env=environment,
    ) as process:  # fmt: skip
        assert process.stdout
        assert process.stdin
        assert process.stdout.readline() == "ready\n"
        yield process
        process.stdin.close()


def at_every_call(
    world: World, now: datetime, first: Callable[[tuple[int, str]], Ran], moment: str
) -> Iterator[tuple[int, str]]:
    """Kill the worker ``before`` or ``after`` its first call, then its second, ... until it ends by itself."""
    for number in range(1, 1000):
        world.restore(now)
        point = (number, moment)
        if not first(point).killed:
            return
        yield point
    raise AssertionError("the worker never ends")
