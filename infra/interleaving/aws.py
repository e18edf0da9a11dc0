"""The calls to AWS of works that go on side by side: each waits for its turn, is entered in the journal, may go wrong.

Mishaps of a turn are made around botocore's call, as it answers to them: a request whose answer was lost is repeated by
clients that repeat (DynamoDB's, SQS's), and breaks for the one that does not (SES's). Between the two others may go on.
Mishaps of requests, below botocore, are told to the gate (``met``). The journal has an entry for each request that met
one, and one for the call's answer.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from botocore.client import BaseClient
from botocore.exceptions import ClientError, ReadTimeoutError

from infra.interleaving.journal import Call, Journal
from infra.interleaving.schedule import CARRIED_OUT, CRASHES, Mishap, Schedule
from infra.interleaving.turns import Turns
from infra.machine.calls import current_function
from infra.machine.lambda_context import Crash
from infra.scoped.changes import replaced

Made = Callable[[], Any]
UNCOUNTED = "GetParameter"
"""Passes as if it were no call: a process reads its secrets once, and nothing that happens meanwhile changes them."""


class Gate:
    """What every call of a function passes. ``turns`` and ``schedule`` are there while works go on side by side."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.turns: Turns | None = None
        self.schedule: Schedule | None = None
        self._making: Call | None = None

    @contextmanager
    def closed(self) -> Iterator[None]:
        """Inside, the calls of the machine's functions pass here."""
        ask = vars(BaseClient)["_make_api_call"]

        def _make_api_call(client: BaseClient, operation: str, parameters: Mapping[str, Any]) -> Any:
            if not current_function() or operation == UNCOUNTED:
                return ask(client, operation, parameters)
            return self._passed(client, operation, parameters, lambda: ask(client, operation, parameters))

        with replaced(BaseClient, "_make_api_call", _make_api_call):
            yield

    @contextmanager
    def taking(self, turns: Turns, schedule: Schedule) -> Iterator[None]:
        """Inside, works take turns."""
        self.turns, self.schedule = turns, schedule
        try:
            yield
        finally:
            self.turns = self.schedule = None

    def met(self, mishap: Mishap, error: str | None) -> None:
        """Enter a request of the call that is being made: it met a mishap below botocore, which may repeat it.

        ``error``: what it was refused with, though nobody got that answer.
        """
        if self._making is not None:
            self.journal.enter(self._making, error, mishap)

    def _passed(self, client: BaseClient, operation: str, parameters: Mapping[str, Any], make: Made) -> Any:
        mishap, work = self._turn(), self.turns.current if self.turns else None
        service = client.meta.service_model.service_name
        call = self.journal.entry(work, service, operation, parameters)
        if mishap is None:
            return self._made(call, make)
        if mishap in CARRIED_OUT:
            with suppress(ClientError):  # nobody gets the answer
                self._made(call, make, mishap)
        else:
            self.journal.enter(call, mishap, mishap)
        if mishap in CRASHES:
            raise Crash(f"{service}.{operation}")
        if not _repeats(client):
            raise ReadTimeoutError(endpoint_url=f"https://{service}")
        self._turn()
        return self._made(call, make)

    def _made(self, call: Call, make: Made, mishap: Mishap | None = None) -> Any:
        """Make the call, and enter what became of it; ``met`` has entered what went wrong below botocore."""
        self._making = call
        try:
            answer = make()
        except ClientError as error:
            self.journal.enter(call, error.response["Error"]["Code"], mishap)
            raise
        finally:
            self._making = None
        self.journal.enter(call.without(answer.get("UnprocessedItems", {})), None, mishap)
        return answer

    def _turn(self) -> Mishap | None:
        if self.turns is None or self.schedule is None or self.turns.current is None:
            return None
        self.turns.pause()
        return self.schedule.called()


def _repeats(client: BaseClient) -> bool:
    retries = getattr(client.meta.config, "retries", None) or {}
    return bool(retries.get("total_max_attempts", 2) > 1)
