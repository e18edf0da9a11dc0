"""The actions of simulated people: they send HTTP requests, and wait."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from chalicelib.sources.bodies import MOST_FACTS
from infra.machine.environment import login
from infra.machine.gateway import GatewayResponse
from infra.machine.machine import Machine

MORNING, NIGHT = time(8), time(23)


@dataclass
class World:
    """The machine, as its customers see it. ``begin`` is the start of the simulated days, UTC."""

    machine: Machine
    seed: int
    begin: datetime
    url: str
    _headers: Mapping[str, str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._headers = login("/v1/facts")

    @property
    def now(self) -> datetime:
        """The virtual time, UTC."""
        return self.machine.clock.now()

    def at(self, when: datetime, do: Callable[[], None]) -> None:
        """Do something at this time."""
        self.machine.at(when, do)

    def send(self, facts: Iterable[Mapping[str, Any]]) -> None:
        """Send facts to the API as the shop's systems do, up to a hundred per request.

        Raises RuntimeError, with the API's answer, if it refuses them.
        """
        all_facts = list(facts)
        for start in range(0, len(all_facts), MOST_FACTS):
            body = {"facts": all_facts[start : start + MOST_FACTS]}
            answer = self.machine.request("POST", "/v1/facts", body, self._headers)
            if answer.status != 202:
                raise RuntimeError(f"the API refused the facts: {answer.body}")

    def visit(self, url: str, **arguments: Any) -> GatewayResponse:
        """Request a page of the API, as a browser or a mail gateway does; with ``form`` fields, post them."""
        path, _, query = url.removeprefix(self.url).partition("?")
        asked = dict(pair.split("=", 1) for pair in query.split("&")) if query else None
        method = "POST" if arguments else "GET"
        headers = {"Content-Type": "application/x-www-form-urlencoded"} if arguments else {}
        return self.machine.request(method, path, arguments.get("form"), headers, asked)


def awake(at: datetime, zone: str) -> datetime:
    """``at``, or, if that is at night in ``zone``, a time the next morning; UTC."""
    local = at.astimezone(ZoneInfo(zone))
    if MORNING <= local.time() < NIGHT:
        return at
    morning = datetime.combine(local.date(), MORNING, local.tzinfo)
    if local.time() >= NIGHT:
        morning += timedelta(days=1)
    return (morning + timedelta(minutes=local.minute + local.second / 60)).astimezone(at.tzinfo)
