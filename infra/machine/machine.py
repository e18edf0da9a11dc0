"""The whole system on one machine: the real handlers and the real template on moto, under a virtual clock."""

import heapq
import importlib
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from datetime import datetime, timedelta
from itertools import count
from types import TracebackType
from typing import Any, Self

from chalicelib.adapters.secrets import of_webhook
from chalicelib.domain.journeys.registry import Journeys
from infra.machine import calls
from infra.machine.assembly import Connections, Pump, connect
from infra.machine.clock import VirtualClock, whole_minute
from infra.machine.engines.dynamodb_local.tables import RemoteTables
from infra.machine.engines.moto.tables import MotoTables
from infra.machine.environment import start
from infra.machine.failure import Failure
from infra.machine.garbage import less_collection
from infra.machine.gateway import Gateway, GatewayResponse, Pairs
from infra.machine.holds import Holds
from infra.machine.inbox import Inbox
from infra.machine.lambda_context import Crash, LambdaContext, scheduled_event
from infra.machine.schedules import next_run
from infra.machine.ses_simulator import Behaviour, SesSimulator, delivered
from infra.machine.streams import Event, Handler, Redeliver
from infra.messages.local import templates
from infra.package.packaged import (
    EventSource,
    ScheduleSource,
    Template,
    event_sources,
    merge_template,
    packaged_template,
)

SES_EVENTS_TOPIC = "SesEventsTopic"
EVERY_MINUTE = "rate(1 minute)"
MOST_MOVES = 1_000_000


class Machine:
    """A context manager: moto and the Lambdas' environment are set up inside and restored after."""

    def __init__(
        self,
        clock: VirtualClock,
        lanes: int = 4,
        settings: Mapping[str, str] | None = None,
        handlers: Mapping[str, Handler] | None = None,
        sources: tuple[EventSource, ...] | None = None,
        shards: int = 1,
        behaviour: Behaviour | None = delivered,
        redeliver: Redeliver = lambda function, event: 0,
        http: bool = False,
        dynamodb: str | None = None,
        secrets: Mapping[str, str] | None = None,
        keys: Mapping[str, str] | None = None,
        template: Template | None = None,
        furnish: Callable[[], None] | None = None,
        journeys: Callable[[Sequence[str]], Journeys] | None = None,
    ) -> None:
        """``settings`` override environment variables; ``shards`` is how many each table's stream has.

        For tests: ``handlers`` replace those of ``app.py``, by name, and ``sources`` those of the packaged template;
        ``redeliver`` returns how many more times a function gets an event that it has handled; ``http`` simulates HTTP,
        slower, for code that hooks into it. Without a ``behaviour``, SES publishes no event of a mail. ``secrets`` are
        those of webhooks, by source; ``keys`` are other secrets that are not as usual, by name; ``template`` replaces
        the packaged one. ``furnish`` is called when the tables exist and no stream is read yet: no function gets the
        items that it writes. ``journeys`` replace those in ``workflows/``. With the URL of another engine as
        ``dynamodb``, tables and streams are on it, with its shards.
        """
        self.clock, self.inbox = clock, Inbox()
        self.failures: list[Failure] = []
        self.invocations = 0
        self._lanes, self._settings, self._shards, self._http = lanes, dict(settings or {}), shards, http
        of_webhooks = {of_webhook(source): secret for source, secret in (secrets or {}).items()}
        self._secrets, self._template = {**of_webhooks, **(keys or {})}, template
        self._furnish, self._journeys = furnish, journeys
        self._handlers, self._sources, self._behaviour, self._redeliver = handlers, sources, behaviour, redeliver
        self._remote = None if dynamodb is None else RemoteTables(dynamodb, clock.now)
        self._timers: list[tuple[datetime, int, Callable[[], None]]] = []
        self._numbers, self._exit = count(), ExitStack()
        self.pumps: list[Pump] = []
        self._runs: dict[ScheduleSource, datetime] = {}
        self._expired_at = clock.now()
        self._holds = Holds(clock.now)

    def __enter__(self) -> Self:
        template = self._template or (packaged_template() if self._sources is None else merge_template())
        with ExitStack() as undo:
            undo.enter_context(less_collection())
            around = (self._lanes, self._settings, self._http, self._remote, self._secrets)
            self.stack = undo.enter_context(start(template, self.clock.now, *around))
            self._tables = self._remote or MotoTables(self.stack, self.clock.now, self._shards)
            self.ses = SesSimulator(self.stack.topics[SES_EVENTS_TOPIC], self.at, self._behaviour)
            if self._handlers is None:
                self._app: Any = importlib.import_module("app")
                undo.callback(setattr, self._app, "parts", self._app.parts)
                self.redeploy({})
                undo.enter_context(calls.recorded(self.stack))
            if self._furnish is not None:
                self._furnish()
            sources = event_sources(template) if self._sources is None else self._sources
            connections = Connections(self.stack, self.clock.now, self._handler, self._redeliver, self._tables)
            connected = connect(tuple(each for each in sources if self._is_handled(each.function)), connections)
            self.pumps = list(connected.pumps)
            self._runs = dict.fromkeys(connected.schedules, self.clock.now() - timedelta(microseconds=1))
            self._exit = undo.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._exit.close()

    def redeploy(self, settings: Mapping[str, str]) -> None:
        """Let all functions begin anew, with these environment variables changed until the machine stops."""
        os.environ.update(settings)
        wiring = importlib.import_module("chalicelib.wiring")
        journeys = self._journeys or self._app.journeys
        self._app.parts = wiring.Parts(journeys=journeys, clock=self.clock.now, templates=templates)

    def hold(self, name: str, until: datetime) -> None:
        """Read nothing from a table's stream or from a queue before ``until``. ``name`` is its logical name.

        Raises KeyError if no function reads from it.
        """
        held = [pump for pump in self.pumps if pump.reads == name]
        if not held:
            raise KeyError(name)
        self._holds.hold(held, until)

    def step(self, function: str) -> bool:
        """Let a function handle its next batch, or run once if a schedule starts it; False if nothing waits for it.

        What is held is handled too; not what another thread is handling.
        """
        for source in (each for each in self._runs if each.function == function):
            self._handler(function, swallow=True)(scheduled_event(self.clock.now(), source.expression))
            return True
        return any(pump.step() for pump in self.pumps if pump.function == function and not pump.is_busy)

    def invoke(self, name: str, event: Event) -> Any:
        """Call one function as Lambda would; raises what it raises."""
        self.invocations += 1
        try:
            with calls.handling(name):
                if self._handlers is not None:
                    return self._handlers[name](event)
                return getattr(self._app, name)(event, LambdaContext(name))
        finally:
            for mail in self.inbox.collect(self.clock.now()):
                self.ses.react(mail)

    def request(
        self,
        method: str,
        path: str,
        body: bytes | str | Mapping[str, Any] | None = None,
        headers: Pairs | None = None,
        query: Pairs | None = None,
    ) -> GatewayResponse:
        """One HTTP request through API Gateway to the api Lambda: (status, headers, body). A mapping goes as JSON."""
        return Gateway(self._app.app, self.invoke, self.clock.now).request(method, path, body, headers, query)

    def at(self, when: datetime, call: Callable[[], None]) -> None:
        """Call a function when the virtual clock reaches ``when`` (in the next pump, if that is in the past)."""
        heapq.heappush(self._timers, (when, next(self._numbers), call))

    def pump(self) -> None:
        """Run streams, queues and SES events until all are handled at this instant; open windows stay open.

        Raises RuntimeError if they never end.
        """
        self._settle(eager=True)

    def advance_to(self, when: datetime) -> None:
        """Advance the clock from one due time to the next until ``when`` (aware), and pump after each."""
        self._settle(eager=False)
        while (due := self._next_due()) is not None and due <= when:
            self.clock.set(max(due, self.clock.now()))
            self._expire()
            self._settle(eager=False)
            self._run_schedules()
            self._settle(eager=False)
        self.clock.set(when)
        self.pump()

    def run(self, until: datetime, on_progress: Callable[[datetime], None] | None = None) -> None:
        """Advance to ``until`` a day at a time; ``on_progress`` is called with the time after each."""
        while self.clock.now() < until:
            self.advance_to(min(until, self.clock.now() + timedelta(days=1)))
            if on_progress is not None:
                on_progress(self.clock.now())

    def _settle(self, eager: bool) -> None:
        for _ in range(MOST_MOVES):
            if not self._move(eager):
                return
        raise RuntimeError(f"at {self.clock.now().isoformat()} there was still work after {MOST_MOVES:,} steps")

    def _move(self, eager: bool) -> bool:
        moved = self._run_timers()
        for pump in self.pumps:
            while not self._holds.is_held(pump) and (eager or pump.is_ready()) and pump.step():
                moved = True
        return moved

    def _run_timers(self) -> bool:
        ran = False
        while self._timers and self._timers[0][0] <= self.clock.now():
            heapq.heappop(self._timers)[2]()
            ran = True
        return ran

    def _expire(self) -> None:
        """Once a day, what has expired is deleted. (On AWS that takes up to a few days.)"""
        if self.clock.now() >= self._expired_at + timedelta(days=1):
            self._expired_at = self.clock.now()
            self._tables.expire()

    def _run_schedules(self) -> None:
        now = self.clock.now()
        for source in self._runs:
            if self._next_run(source, now) == now:
                self._runs[source] = now
                self._handler(source.function, swallow=True)(scheduled_event(now, source.expression))

    def _next_due(self) -> datetime | None:
        now = self.clock.now()
        times = [self._timers[0][0]] if self._timers else []
        times += [time for pump in self.pumps if (time := self._holds.next_due(pump)) is not None]
        times += [time for source in self._runs if (time := self._next_run(source, now)) is not None]
        return min(times, default=None)

    def _next_run(self, source: ScheduleSource, now: datetime) -> datetime | None:
        """When a schedule runs next. One that runs every minute has nothing to do unless an enrollment is due."""
        last = self._runs[source]
        if source.expression != EVERY_MINUTE:
            return max(next_run(source.expression, last), now)
        due = self._tables.earliest_due()
        if due is None:
            return None
        return whole_minute(max(datetime.fromisoformat(due), last + timedelta(microseconds=1), now))

    def _is_handled(self, function: str) -> bool:
        return self._handlers is None or function in self._handlers

    def _handler(self, function: str, swallow: bool = False) -> Handler:
        """The function as an event source calls it: its errors are kept in ``failures``."""

        def call(event: Event) -> Any:
            try:
                return self.invoke(function, event)
            except (Exception, Crash) as error:
                self.failures.append(Failure(function, self.clock.now(), error))
                if swallow:
                    return None
                raise RuntimeError(f"{function} failed") from error

        return call
