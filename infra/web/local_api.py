"""The API on this machine, in real time: it stores requests, runs the functions that follow, and handles due runs."""

import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from secrets import token_hex, token_urlsafe
from time import perf_counter
from typing import Any

from chalice.local import RouteMatcher
from werkzeug.wrappers import Request, Response

import app
from chalicelib import wiring
from chalicelib.adapters.secrets import TOKENS, of_api
from chalicelib.api.http import Use
from chalicelib.sources.registry import sources
from infra.machine.clock import VirtualClock
from infra.machine.gateway import GatewayResponse
from infra.machine.inbox import AcceptedMail
from infra.machine.machine import Machine
from infra.saved import state as local_state
from infra.saved.lock import alone
from infra.saved.private import write_private
from infra.web.forwarding import as_response, forward, sent_path

SAVED_EVERY = timedelta(seconds=5)
"""The longest time until other commands see a received request, or what time alone brought about."""
_TOPIC = re.compile(r"[a-z_]{1,60}[/.][a-z_]{1,60}")


@dataclass(frozen=True)
class LogEntry:
    """A request, a mail or a failure, as the terminal shows it: nothing in it is personal. ``at`` is UTC."""

    at: datetime
    event: str
    fields: Mapping[str, Any]


@dataclass
class LocalApi:
    """The machine behind a web server. Call it with one request at a time, and ``tick`` in between.

    ``log`` raises nothing.
    """

    machine: Machine
    log: Callable[[LogEntry], None]
    wall_clock: Callable[[], datetime]
    state: Path
    mails: Path | None = None
    requests: int = 0
    _logged_mails: int = 0
    _logged_failures: int = 0
    _saved_at: datetime | None = None
    _is_saved: bool = True

    def __call__(self, request: Request) -> Response:
        """Answer a request, after all functions that follow from it have run."""
        self._catch_up()
        began = perf_counter()
        answer = self._answer(request)
        took = {"ms": round((perf_counter() - began) * 1000, 1)}
        self.requests += 1
        self._is_saved = False
        about = {"method": request.method, "path": _pattern(sent_path(request)), "status": answer.status}
        self.machine.pump()
        self._log("request", about | took | _topic(request) | _result(answer.body))
        self._log_news()
        return as_response(answer)

    def tick(self) -> None:
        """Handle due runs, and save from time to time."""
        self._catch_up()
        self._log_news()
        if not self._is_saved and (self._saved_at is None or self.wall_clock() - self._saved_at >= SAVED_EVERY):
            self.save()

    def save(self) -> None:
        """Save all received data, so that other commands see it."""
        local_state.save(self.state)
        self._saved_at, self._is_saved = self.wall_clock(), True

    def _answer(self, request: Request) -> GatewayResponse:
        try:
            return forward(self.machine, request)
        except Exception as error:  # as API Gateway answers when the function failed
            self._log("failure", {"function": "api", "error": _kind(error)})
            headers = {"content-type": "application/json"}
            return GatewayResponse(HTTPStatus.BAD_GATEWAY, headers, '{"message": "Internal server error"}')

    def _catch_up(self) -> None:
        now = self.wall_clock()
        if now > self.machine.clock.now():  # it may have been set back
            before = self.machine.invocations
            self.machine.advance_to(now)
            self._is_saved &= self.machine.invocations == before

    def _log_news(self) -> None:
        """Log the mails that were sent and the functions that failed since the last call."""
        for mail in self.machine.inbox.mails[self._logged_mails :]:
            self._logged_mails += 1
            self._is_saved = False
            self._log("mail", _about(mail) | self._written(mail))
        for failure in self.machine.failures[self._logged_failures :]:
            self._logged_failures += 1
            self._log("failure", {"function": failure.function, "error": _kind(failure.error)})

    def _written(self, mail: AcceptedMail) -> dict[str, str]:
        """Write a mail to the folder for mails, if there is one, numbered after those in it."""
        if self.mails is None:
            return {}
        self.mails.mkdir(parents=True, exist_ok=True)
        taken = (int(each.stem) for each in self.mails.glob("*.eml") if each.stem.isdecimal())
        file = self.mails / f"{max(taken, default=0) + 1:04}.eml"
        write_private(file, mail.raw)
        return {"file": str(file)}

    def _log(self, event: str, fields: Mapping[str, Any]) -> None:
        self.log(LogEntry(self.wall_clock(), event, fields))


@contextmanager
def local_api(
    url: str, secrets: Mapping[str, str], log: Callable[[LogEntry], None], mails: Path | None = None
) -> Iterator[tuple[LocalApi, str]]:
    """The API with empty tables, and its API key; received data is saved at the end.

    ``url`` is where links in mails lead; ``secrets`` are those of webhooks, by source; mails go into the folder
    ``mails``, if it is given. The keys that tokens are signed with, and the API key, are new each time: through a
    tunnel anyone can send requests.
    """
    api_key = token_urlsafe(24)
    keys = {of_api(use): api_key for use in Use} | {TOKENS: f"k1:{token_hex(32)}"}
    settings = {"PUBLIC_URL": url.rstrip("/")}
    clock = VirtualClock(wiring.wall_clock())
    with alone(local_state.STATE, "serve"), Machine(clock, settings=settings, secrets=secrets, keys=keys) as machine:
        with redirect_stdout(sys.stderr):
            _ = app.parts.settings  # from their first use on, the functions' log lines are written there
        api = LocalApi(machine, log, wiring.wall_clock, local_state.STATE, mails)
        api.save()  # replaces what an earlier run saved
        yield api, api_key
        api.save()


def _pattern(path: str) -> str:
    """The route of a path instead of the path, which may contain a token or any text from an unknown sender."""
    try:
        pattern = str(RouteMatcher(list(app.app.routes)).match_route(path).route)
    except ValueError:
        return "(no such path)"
    source = path.rpartition("/")[2]
    return path if pattern == "/webhooks/{source}" and source in sources() else pattern


def _topic(request: Request) -> dict[str, str]:
    """The topic of a webhook, if it looks like one."""
    names = [each.topic_header.lower() for each in sources().values() if each.topic_header]
    found = next((request.headers[name] for name in names if name in request.headers), "")
    return {"topic": found} if _TOPIC.fullmatch(found) else {}


def _result(body: object) -> dict[str, Any]:
    """The contents of an API answer: how much was stored, and the problem of the first that was not, with its field."""
    try:
        found = json.loads(body) if isinstance(body, str) else None
    except ValueError:
        return {}
    match found:
        case {"received": received, "stored": stored, "rejected": [{"field": field, "problem": problem}, *others]}:
            counts = {"received": received, "stored": stored, "rejected": 1 + len(others)}
            return counts | {"field": field, "problem": problem}
        case {"received": int(received), "stored": int(stored)}:
            return {"received": received, "stored": stored}
        case {"error": {"problem": str(problem), **rest}}:
            return {"problem": problem} | ({"field": rest["field"]} if "field" in rest else {})
        case _:
            return {}


def _about(mail: AcceptedMail) -> dict[str, str]:
    """The journey and step of the mail, and the key of the customer who would get it."""
    return {name: mail.tags[name] for name in ("journey", "step", "customer") if name in mail.tags}


def _kind(error: BaseException) -> str:
    """The kind of an error, or of the one that caused it."""
    return type(error.__cause__ or error).__name__
