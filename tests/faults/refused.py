"""A mail service that refuses every mail, and runs that are due meanwhile."""

from dataclasses import replace

from chalicelib.domain.channel import Channel
from chalicelib.domain.errors import SendingStopped
from chalicelib.domain.journeys.circuit import PROBE_EVERY, Circuit
from chalicelib.domain.journeys.run import Enrollment
from tests.builders import START, a_cart
from tests.faults.due import DAY, MINUTE
from tests.services.desk import Desk

STOPPED = "SendingPausedException"


OPEN = Circuit(Channel.EMAIL, START, STOPPED, START + PROBE_EVERY)


def desk_with_reminders_due(number: int) -> tuple[Desk, list[Enrollment]]:
    """So many customers, each with a reminder that is due, oldest first."""
    desk, runs = Desk(), []
    for place in range(number):
        customer = f"c{place}"
        desk.known(customer, a_cart("order-1", START - 2 * DAY))
        runs.append(desk.waiting(customer=customer, due_at=START - (number - place) * MINUTE))
    return desk, runs


def stopped(times: int = 1) -> list[Exception]:
    return [SendingStopped(STOPPED) for _ in range(times)]


def unchanged(desk: Desk, run: Enrollment) -> bool:
    """The run is as it was, but for its version."""
    return replace(desk.run(run), version=run.version) == run
