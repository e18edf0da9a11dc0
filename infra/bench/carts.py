"""The measured work: customers who each left a cart, on the local machine with the real handlers."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import count, islice
from random import Random

import app
from chalicelib.domain.facts.cart import Cart, Line
from chalicelib.domain.facts.consent import Consent, Purpose
from chalicelib.domain.facts.customer import Customer
from chalicelib.domain.journeys.experiment import Arm, assign_arm
from chalicelib.domain.money import Money
from infra.bench.meter import Meter
from infra.bench.tape import Tape
from infra.machine.clock import VirtualClock
from infra.machine.machine import Machine
from infra.scoped.changes import replaced
from workflows.abandoned_cart import ABANDONED_CART

LEFT_AT = datetime(2026, 3, 2, 10, tzinfo=UTC)
"""A Monday; a day later, when the reminders are due, it is not a quiet hour."""
DUE_AT = LEFT_AT + timedelta(hours=24)
WARM_UP = 10
"""The number of customers before the measurement, so that templates are compiled and connections made by then."""
DONE = timedelta(hours=24, minutes=10)
"""After this time a cart's reminder is sent, reported and counted; the next mail is due two days later."""

FUNCTIONS = ("enroll", "sweep", "dispatch", "feedback", "rollup", "nightly")
TEAS = ("Green tea", "Assam", "First flush Darjeeling", "Oolong", "Rooibos", "Earl Grey", "Sencha", "Masala chai")
NAMES = ("Mina", "Jonas", "Aiko", "Priya", "Lucas", "Hana", "Noor", "Ella")


def customers(number: int, of: str = "customer") -> list[Customer]:
    """``number`` customers who consent to marketing and are not in the journey's holdout: each gets the mail.

    The same ``of`` gives the same customers; another ``of`` gives others.
    """
    keys = (sha256(f"{of} {n}".encode()).hexdigest()[:32] for n in count())
    treated = (key for key in keys if assign_arm(key, ABANDONED_CART.key, ABANDONED_CART.holdout) is Arm.TREATED)
    long_ago = LEFT_AT - timedelta(days=30)
    return [
        Customer(
            key, long_ago, f"{of}{n}@example.com", NAMES[n % len(NAMES)], country="US",
            consents={Purpose.MARKETING: Consent(given=True, at=long_ago)},
        )
        for n, key in enumerate(islice(treated, number))
    ]  # fmt: skip


def cart_of(customer: Customer, pieces: int = 3, at: datetime = LEFT_AT) -> Cart:
    """The customer's cart with ``pieces`` lines."""
    draw = Random(customer.key)  # noqa: S311 - the same cart in every run, not a secret
    cart_id = f"cart-{draw.randrange(10**12):012}"
    lines = tuple(
        Line(f"tea-{n}", draw.choice(TEAS), draw.randint(1, 3), draw.randrange(500, 4000)) for n in range(pieces)
    )
    total = sum(line.quantity * line.price for line in lines)
    return Cart(cart_id, at, Money(total, "USD"), lines)


@contextmanager
def a_shop(lanes: int = 1, start: datetime = LEFT_AT) -> Iterator[tuple[Machine, Meter, Tape]]:
    """The machine, with all its functions counted and recorded. Metrics are on, as when deployed."""
    settings = {"METRICS": "on"}
    with Machine(VirtualClock(start), lanes=lanes, settings=settings, http=True) as machine:
        tape = Tape(machine.clock)
        with metered(tape) as meter:
            yield machine, meter, tape


@contextmanager
def metered(tape: Tape) -> Iterator[Meter]:
    """A meter and a tape on the machine's functions and on the clients they use."""
    import app  # which prepares the functions, and so costs time

    meter = Meter()
    meter.listen(app.parts.aws.dynamodb, app.parts.aws.sqs, app.parts.aws.ses)
    with ExitStack() as patches:
        patches.callback(meter.close)
        for name in FUNCTIONS:
            recorded = meter.metered(name, tape.recorded(name, getattr(app, name)))
            patches.enter_context(replaced(app, name, recorded))
        patches.enter_context(tape.recording())
        yield meter


def leave_carts(machine: Machine, people: list[Customer]) -> None:
    """Everybody leaves a cart now; its reminders are armed."""
    for customer in people:
        app.parts.facts.put(customer.key, customer)
        app.parts.facts.put(customer.key, cart_of(customer, at=machine.clock.now()))
    machine.pump()


def go_on(machine: Machine, until: datetime) -> None:
    """Let the machine run; raises ``RuntimeError`` if a function failed."""
    machine.advance_to(until)
    if machine.failures:
        raise RuntimeError(f"{machine.failures[0].function} failed") from machine.failures[0].error
