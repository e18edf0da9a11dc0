"""A shop with the real handlers on the local machine, in the words of a journey's brief."""

import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest

import app
from chalicelib.domain.journeys.experiment import Arm, assign_arm
from chalicelib.domain.journeys.outcomes import Kind, Outcome
from chalicelib.domain.journeys.run import Enrollment
from infra.machine.clock import VirtualClock
from infra.machine.environment import login
from infra.machine.gateway import GatewayResponse
from infra.machine.inbox import AcceptedMail
from infra.machine.machine import Machine
from tests.builders import utc, with_credits
from workflows.abandoned_cart import ABANDONED_CART

SHOWN = (Kind.SENT, Kind.WITHHELD, Kind.SUPPRESSED, Kind.DEFERRED, Kind.EXITED, Kind.FAILED, Kind.ABANDONED)


class Shop:
    """Customers are named by the tests; amounts are US cents; every time is UTC."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self._emails: dict[str, str] = {}
        self._keys: dict[str, str] = {}
        self._numbers = count(1)
        self.answers_to_facts: list[Any] = []

    @property
    def now(self) -> datetime:
        """The shop's time."""
        return self.machine.clock.now()

    def after(self, **duration: float) -> None:
        """Let time pass."""
        self.machine.advance_to(self.now + timedelta(**duration))
        assert self.machine.failures == []

    def until(self, text: str) -> None:
        """Let time pass until this moment."""
        self.machine.advance_to(utc(text))
        assert self.machine.failures == []

    def tells(self, *facts: Mapping[str, Any]) -> None:
        """The shop's system tells facts."""
        headers = login("/v1/facts")
        for start in range(0, len(facts), 100):
            body = {"facts": list(facts[start : start + 100])}
            response = self.machine.request("POST", "/v1/facts", body, headers)
            assert response.status == 202, response.body
            self.answers_to_facts.append(response.json())
        self.machine.pump()
        assert self.machine.failures == []

    def customer(
        self, name: str, *, held_out: bool = False, consent: bool = True, language: str = "en", country: str = "US",
        zone: str | None = None,
    ) -> None:  # fmt: skip
        """Somebody the shop knows; ``held_out`` (or not) of the abandoned cart's experiment."""
        profile = self.profile(name, held_out=held_out, consent=consent, language=language, country=country, zone=zone)
        self.tells(profile)

    def profile(
        self, name: str, *, held_out: bool = False, consent: bool = True, language: str = "en", country: str = "US",
        zone: str | None = None,
    ) -> dict[str, Any]:  # fmt: skip
        """The fact of a customer, not yet sent."""
        wanted = Arm.HOLDOUT if held_out else Arm.TREATED
        for number in count():
            email = f"{name}{number}@example.com"
            key = app.parts.identity.address_hash(email)
            if assign_arm(key, ABANDONED_CART.key, ABANDONED_CART.holdout) is wanted:
                break
        self._emails[name], self._keys[name] = email, key
        consents = {"marketing": {"given": consent, "at": self.now.isoformat()}}
        fact: dict[str, Any] = {
            "type": "customer",
            "id": name,
            "at": self.now.isoformat(),
            "email": email,
            "name": name.title(),
        }
        fact["email_verified"] = True
        zoned = {"time_zone": zone} if zone else {}
        return fact | zoned | {"language": language, "country": country, "consents": consents}

    def leaves_cart(self, name: str, cart: str = "cart-1", pieces: int = 1, **more: Any) -> None:
        """The customer changes a cart and goes away."""
        lines = [{"product": "tea", "name": "Tea", "quantity": pieces, "price": 1250}] if pieces else []
        fact = {"type": "cart", "customer_id": name, "id": cart, "at": self.now.isoformat(), "lines": lines}
        self.tells(fact | {"total": 1250 * pieces, "currency": "USD"} | more)

    def empties_cart(self, name: str, cart: str = "cart-1") -> None:
        """The customer takes everything out."""
        self.leaves_cart(name, cart, pieces=0)

    def orders(self, name: str, order: str | None = None, total: int = 2000, **more: Any) -> str:
        """The customer buys; returns the order's id."""
        order = order or f"order-{next(self._numbers)}"
        self.tells(self.order(name, order, total, **more))
        return order

    def order(self, name: str, order: str, total: int = 2000, **more: Any) -> dict[str, Any]:
        """The fact of an order, not yet sent."""
        fact = {"type": "order", "customer_id": name, "id": order, "placed_at": self.now.isoformat(), "total": total}
        return fact | {"currency": "USD"} | more

    def email(self, name: str) -> str:
        """The customer's address."""
        return self._emails[name]

    def key(self, name: str) -> str:
        """The customer's opaque key."""
        return self._keys[name]

    def mails(self, name: str) -> list[AcceptedMail]:
        """What the customer got, in order."""
        return self.machine.inbox.to(self.email(name))

    def steps(self, name: str) -> list[str]:
        """The steps whose mails the customer got, e.g. ``abandoned_cart/reminder``."""
        return [f"{mail.tags['journey']}/{mail.tags['step']}" for mail in self.mails(name)]

    def times(self, name: str, journey: str) -> list[tuple[str, datetime]]:
        """The steps of one journey whose mails the customer got, and when."""
        return [(mail.tags["step"], mail.at) for mail in self.mails(name) if mail.tags["journey"] == journey]

    def team_mails(self) -> list[AcceptedMail]:
        """What the shop's team got."""
        return self.machine.inbox.to(os.environ["TEAM_ADDRESS"])

    def runs(self, name: str, journey: str) -> list[Enrollment]:
        """The customer's runs of a journey with what orders brought to them, the earliest first."""
        key = self.key(name)
        credits = app.parts.credits.of(key)
        runs = app.parts.engagement.of(key).enrollments
        found = [with_credits(run, credits) for run in runs if run.journey == journey]
        return sorted(found, key=lambda run: run.entered_at)

    def story(self, name: str, journey: str, run: int = 0) -> list[str]:
        """What is recorded of a run's steps and end, in order: ``suppressed second_chance no_consent`` and so on."""
        outcomes = self.runs(name, journey)[run].outcomes.values()
        return [_sentence(each) for each in sorted(outcomes, key=lambda each: each.at) if each.kind in SHOWN]

    def kinds(self, name: str, journey: str, run: int = 0) -> set[Kind]:
        """The kinds of all that is recorded of a run."""
        return {outcome.kind for outcome in self.runs(name, journey)[run].outcomes.values()}

    def link(self, mail: AcceptedMail, topic: str) -> str:
        """The path of a mail's link: ``surveys`` or ``unsubscribe``."""
        found = re.search(rf"/v1/{topic}/[^\s?\"<>]+", mail.text)
        assert found, f"no link to {topic} in {mail.subject!r}"
        return found[0]

    def answers(self, mail: AcceptedMail, score: int, comment: str = "") -> GatewayResponse:
        """The customer opens the survey of a mail and sends a score."""
        response = self.machine.request("POST", self.link(mail, "surveys"), {"score": score, "comment": comment})
        self.machine.pump()
        assert self.machine.failures == []
        return response


def _sentence(outcome: Outcome) -> str:
    step = outcome.step if outcome.kind is not Kind.EXITED else None
    return " ".join(filter(None, (outcome.kind, step, outcome.reason)))


Open = Callable[..., Shop]


@pytest.fixture
def open_shop() -> Iterator[Open]:
    """Opens a shop at a UTC time; closed after the test."""
    with ExitStack() as machines:

        def open_at(text: str = "2026-03-02 10:00", **options: Any) -> Shop:
            return Shop(machines.enter_context(Machine(VirtualClock(utc(text)), **options)))

        yield open_at
