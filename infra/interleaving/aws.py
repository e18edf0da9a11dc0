"""The calls to AWS of works that go on side by side: each waits for its turn, is entered in the journal, may go wrong.

Mishaps are made around botocore's call, as it answers to them: a request whose answer was lost is repeated by clients
that repeat (DynamoDB's, SQS's), and breaks for the one that does not (SES's). Between the two others may go on.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from botocore.client import BaseClient
from botocore.exceptions import ClientError, ReadTimeoutError

from infra.interleaving.journal import Journal
from infra.interleaving.schedule import Mishap, Schedule
from infra.interleaving.turns import Turns
from infra.machine.calls import current_function
from infra.machine.lambda_context import Crash
from infra.scoped.changes import replaced

Made = Callable[[], Any]


class Gate:
    """What every call of a function passes. ``turns`` and ``schedule`` are there while works go on side by side."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.turns: Turns | None = None
        self.schedule: Schedule | None = None

    @contextmanager
    def closed(self) -> Iterator[None]:
        """Inside, the calls of the machine's functions pass here."""
        ask = vars(BaseClient)["_make_api_call"]

        def _make_api_call(client: BaseClient, operation: str, parameters: Mapping[str, Any]) -> Any:
            if not current_function():
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

    def _passed(self, client: BaseClient, operation: str, parameters: Mapping[str, Any], make: Made) -> Any:
        service = client.meta.service_model.service_name

        def made(mishap: Mishap | None) -> Any:
            work = self.turns.current if self.turns else None
            call = self.journal.begin(work, service, operation, parameters)
            call.mishap = mishap
            if mishap in ("crash_before", "lose_request"):
                call.error = mishap
                return None
            try:
                return make()
            except ClientError as error:
                call.error = error.response["Error"]["Code"]
                raise

        mishap = self._turn()
        match mishap:
            case None:
                return made(None)
            case "crash_before" | "crash_after":
                _ignoring_refusal(lambda: made(mishap))
                raise Crash(f"{service}.{operation}")
            case _:
                _ignoring_refusal(lambda: made(mishap))
                if not _repeats(client):
                    raise ReadTimeoutError(endpoint_url=f"https://{service}")
                self._turn()
                return made(None)

    def _turn(self) -> Mishap | None:
        if self.turns is None or self.schedule is None or self.turns.current is None:
            return None
        self.turns.pause()
        return self.schedule.called()


def _ignoring_refusal(make: Made) -> None:
    """Make a call whose answer nobody gets."""
    try:
        make()
    except ClientError:
        return


def _repeats(client: BaseClient) -> bool:
    retries = getattr(client.meta.config, "retries", None) or {}
    return bool(retries.get("total_max_attempts", 2) > 1)
