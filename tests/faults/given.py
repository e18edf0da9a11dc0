"""A shop on the local machine, and what its systems and its customers tell it."""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import boto3

import app
from chalicelib.domain.figures import counters as tally
from chalicelib.domain.journeys.outcomes import Kind
from chalicelib.domain.journeys.run import Enrollment
from infra.machine.clock import VirtualClock
from infra.machine.environment import login
from infra.machine.machine import Machine
from tests.builders import START, with_credits

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CONSENT = {"marketing": {"given": True, "at": START.isoformat()}}


@dataclass
class Shop:
    """Tells facts, lets time pass, and looks at what came of it."""

    machine: Machine

    @property
    def now(self) -> datetime:
        return self.machine.clock.now()

    def tell(self, *facts: Mapping[str, Any], pump: bool = True) -> None:
        """Facts, one after the other; each with its consequences, or (without ``pump``) with none yet."""
        for fact in facts:
            answer = self.machine.request("POST", "/v1/facts", fact, login("/v1/facts"))
            assert answer.status == 202, answer
            if pump:
                self.machine.pump()

    def customer(self, customer: str = "c1", **more: Any) -> dict[str, Any]:
        fact: dict[str, Any] = {"type": "customer", "id": customer, "at": START.isoformat()}
        fact |= {"email": f"{customer}@example.com", "email_verified": True}
        return fact | {"consents": CONSENT} | more

    def cart(self, customer: str = "c1", cart: str = "k1", lines: int = 1, **more: Any) -> dict[str, Any]:
        line = {"product": "p1", "name": "Tea", "price": 1250}
        fact = {"type": "cart", "customer_id": customer, "id": cart, "at": self.now.isoformat(), "total": 1250 * lines}
        return fact | {"currency": "USD", "lines": [line] * lines} | more

    def order(self, customer: str = "c1", order: str = "o1", **more: Any) -> dict[str, Any]:
        fact = {"type": "order", "customer_id": customer, "id": order, "placed_at": self.now.isoformat()}
        return fact | {"total": 2000, "currency": "USD"} | more

    def wait(self, duration: timedelta) -> None:
        """Time passes; nothing may have failed."""
        self.machine.advance_to(self.now + duration)

    def run(self, journey: str, customer: str = "c1") -> Enrollment:
        """The customer's only run of a journey."""
        (found,) = [run for run in self.runs(customer) if run.journey == journey]
        return found

    def runs(self, customer: str = "c1") -> tuple[Enrollment, ...]:
        """The customer's runs with what orders brought to them."""
        key = app.parts.names.find(customer)
        if key is None:
            return ()
        credits = app.parts.credits.of(key)
        return tuple(with_credits(run, credits) for run in app.parts.engagement.of(key).enrollments)

    def mails(self) -> list[tuple[str, str, str]]:
        """Who got what: address, journey, step."""
        return [(mail.to[0], mail.tags["journey"], mail.tags["step"]) for mail in self.machine.inbox]

    def tables(self) -> dict[str, list[Any]]:
        """All items of all tables, but for when counters were changed and by which record."""
        client = boto3.client("dynamodb")
        return {
            name: sorted(
                map(_lasting, client.scan(TableName=name)["Items"]), key=lambda item: (str(item["pk"]), str(item["sk"]))
            )
            for name in self.machine.stack.tables.values()
        }

    def poison(self) -> list[str]:
        """What nobody could handle."""
        url = self.machine.stack.queues["PoisonQueue"]
        answer = boto3.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0)
        return [message["Body"] for message in answer.get("Messages", [])]

    def recount(self) -> dict[tuple[str, str], int]:
        """Recounted less stored: nothing, if the counters are right."""
        self.machine.pump()
        counted: Counter[tuple[str, str]] = Counter()
        for _, item in app.parts.engagement.everything():
            counted.update(tally.counts_of(item))
        stored = {(p, name): n for p, names in app.parts.counters.read().items() for name, n in names.items()}
        return tally.difference(stored, counted)


def _lasting(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if name not in ("last_seq", "changed_at")}


def kinds(run: Enrollment) -> Counter[Kind]:
    """How many outcomes of each kind; those of machines do not count."""
    return Counter(outcome.kind for outcome in run.outcomes.values() if not outcome.automated)


@contextmanager
def a_shop(start: datetime = START, **options: Any) -> Iterator[Shop]:
    """A shop on a machine of its own."""
    with Machine(VirtualClock(start), **options) as machine:
        yield Shop(machine)
