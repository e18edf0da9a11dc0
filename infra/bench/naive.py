"""CPU and calls for one mailed cart, compared with the same reminder as it is usually written (``usual.py``)."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from itertools import count
from statistics import median
from typing import Any

import boto3
from boto3.dynamodb.types import TypeSerializer
from moto.ses.models import Message, ses_backends

from chalicelib.domain.facts.cart import Cart
from chalicelib.domain.facts.consent import Purpose
from chalicelib.domain.facts.customer import Customer
from chalicelib.domain.facts.order import Order
from chalicelib.domain.time import to_text
from infra.bench import calls
from infra.bench.carts import DONE, LEFT_AT, WARM_UP, cart_of, customers
from infra.bench.meter import Meter
from infra.bench.tables import table
from infra.bench.tape import Tape
from infra.bench.usual import UsualReminder
from infra.bench.usual_tables import create_tables
from infra.machine.clock import VirtualClock
from infra.machine.lambda_context import LambdaContext
from infra.machine.machine import Machine
from infra.machine.queues import QueuePump
from infra.machine.stack import ACCOUNT_ID, REGION
from infra.package.packaged import QueueSource

NAME = "naive"
AIM = 5.0
STREAM_BATCH, QUEUE_BATCH = 100, 10
PLAYS = 3
OURS = {"arm": ("enroll",), "sweep": ("sweep",), "send": ("dispatch",), "feedback and counters": ("feedback", "rollup")}
USUAL = {"arm": ("arm",), "sweep": ("sweep",), "send": ("send",), "feedback and counters": ("feedback",)}
"""The parts that are compared, and the functions of each."""


class UsualShop:
    """The usual build on moto, started as Lambda would: 100 records per stream batch, 10 messages per queue batch."""

    def __init__(self, machine: Machine, meter: Meter, tape: Tape, compile_each_time: bool = False) -> None:
        create_tables()
        self._clock, self._sqs = machine.clock, boto3.client("sqs")
        self._queues = {
            name: self._sqs.create_queue(QueueName=f"usual-{name}")["QueueUrl"] for name in ("due", "reports")
        }
        self.build = UsualReminder(self._queues["due"], machine.clock.now, meter.log, compile_each_time)
        meter.listen(*self.build.clients)
        handlers = {name: getattr(self.build, name) for name in ("arm", "sweep", "send", "feedback")}
        self._run = {name: meter.metered(name, tape.recorded(name, handler)) for name, handler in handlers.items()}
        self._pumps = [self._pump("due", "send"), self._pump("reports", "feedback")]
        self._reported, self._numbers = 0, count(1)
        self._about: dict[str, dict[str, list[str]]] = {}

    @property
    def mails(self) -> list[Message]:
        """The mails that SES accepted."""
        sent: list[Any] = ses_backends[ACCOUNT_ID][REGION].sent_messages
        return sent

    def tell(self, facts: Sequence[tuple[Customer, Customer | Cart | Order]]) -> None:
        """Store facts, and run the functions that their stream starts."""
        items = [usual_item(customer, fact) for customer, fact in facts]
        for customer, fact in facts:
            if isinstance(fact, Cart):
                self._about[customer.email or ""] = {"customer_id": [customer.key], "cart_id": [fact.id]}
        for item in items:
            self.build.tables["facts"].put_item(Item=item)
        for first in range(0, len(items), STREAM_BATCH):
            records = [self._record(item) for item in items[first : first + STREAM_BATCH]]
            self._run["arm"]({"Records": records}, LambdaContext("arm"))

    def minute(self) -> None:
        """A sweep and everything after it, until the queues are empty; SES reports each mail as sent and delivered."""
        self._run["sweep"]({}, LambdaContext("sweep"))
        while sum(pump.step() for pump in self._pumps):
            for mail in self.mails[self._reported :]:
                for kind in ("Send", "Delivery"):
                    body = json.dumps(self._event(kind, mail))
                    self._sqs.send_message(QueueUrl=self._queues["reports"], MessageBody=body)
            self._reported = len(self.mails)

    def bounce(self, customer: Customer) -> None:
        """SES reports that the customer's address does not exist."""
        tags = {"customer_id": [customer.key], "cart_id": ["earlier"]}
        mail = {"timestamp": to_text(self._clock.now()), "destination": [customer.email], "tags": tags}
        self._sqs.send_message(
            QueueUrl=self._queues["reports"], MessageBody=json.dumps({"eventType": "Bounce", "mail": mail})
        )
        self._pumps[1].step()

    def _pump(self, queue: str, function: str) -> QueuePump:
        source = QueueSource(function, queue, QUEUE_BATCH, fifo=False, report_failures=True)
        run, context = self._run[function], LambdaContext(function)
        return QueuePump(source, f"usual-{queue}", lambda event: run(event, context), self._clock.now, lambda *_: 0)

    def _record(self, item: dict[str, Any]) -> dict[str, Any]:
        image = {name: TypeSerializer().serialize(value) for name, value in item.items()}
        number = str(next(self._numbers))
        return {
            "eventID": number,
            "eventName": "INSERT",
            "eventSource": "aws:dynamodb",
            "eventSourceARN": f"arn:aws:dynamodb:{REGION}:{ACCOUNT_ID}:table/usual-facts/stream/1",
            "dynamodb": {
                "Keys": {name: image[name] for name in ("customer_id", "fact")},
                "NewImage": image,
                "SequenceNumber": number,
                "StreamViewType": "NEW_AND_OLD_IMAGES",
            },
        }

    def _event(self, kind: str, mail: Any) -> dict[str, Any]:
        (address,) = mail.destinations["ToAddresses"]
        about = {"timestamp": to_text(self._clock.now()), "destination": [address], "tags": self._about[address]}
        return {"eventType": kind, "mail": about}


def usual_item(customer: Customer, fact: Customer | Cart | Order) -> dict[str, Any]:
    """A fact as an item of the usual build: nested maps and lists."""
    item: dict[str, Any]
    match fact:
        case Customer():
            marketing = fact.consents.get(Purpose.MARKETING)
            item = {"fact": "PROFILE", "email": fact.email, "name": fact.name, "time_zone": fact.zone or "UTC"}
            item |= {"consents": {"marketing": marketing is not None and marketing.given}}
        case Cart():
            item = {"fact": f"CART#{fact.id}", "cart_id": fact.id, "changed_at": fact.at.isoformat()}
            item |= {"total": fact.total.amount, "currency": fact.total.currency}
            item |= {
                "lines": [{"name": each.name, "quantity": each.quantity, "price": each.price} for each in fact.lines]
            }
        case Order():
            item = {"fact": f"ORDER#{fact.id}", "placed_at": fact.placed_at.isoformat(), "total": fact.total.amount}
    return {"customer_id": customer.key, **item}


@contextmanager
def usual_shop(compile_each_time: bool = False) -> Iterator[tuple[UsualShop, Meter, Tape, VirtualClock]]:
    """The usual build on the local machine's moto, a day before ``LEFT_AT``."""
    clock = VirtualClock(LEFT_AT - DONE)
    meter, tape = Meter(), Tape(clock)
    with Machine(clock, http=True) as machine, tape.recording(), closing(meter):
        yield UsualShop(machine, meter, tape, compile_each_time), meter, tape, clock


def run_usual(number: int, rounds: int = 0, compile_each_time: bool = False) -> calls.Counted:
    """The usual build doing what ``calls.run`` does with the real system."""
    with usual_shop(compile_each_time) as (shop, meter, tape, clock):
        for people in customers(WARM_UP, "early"), customers(number):
            meter.reset()
            tape.runs.clear()
            before = len(shop.mails)
            shop.tell([(each, fact) for each in people for fact in (each, cart_of(each, at=clock.now()))])
            clock.set(clock.now() + DONE)
            shop.minute()
        return calls.Counted(len(shop.mails) - before, meter, tape.play(rounds) if rounds else {})


def measure(quick: bool) -> dict[str, Any]:
    """CPU and calls per mailed cart of all builds, measured in turns; medians."""
    number, rounds = (calls.PAGE, 1) if quick else (2 * calls.PAGE, 3)
    runs = [{build: _figures(build, number) for build in BUILDS} for _ in range(rounds)]
    return {
        "mails": number,
        "rounds": rounds,
        "builds": [
            {
                "build": build,
                "us": {part: median(each[build]["us"][part] for each in runs) for part in (*OURS, "all")},
                "calls": runs[0][build]["calls"],
                "ratio": median(each[build]["us"]["all"] / each["rekindle"]["us"]["all"] for each in runs),
            }
            for build in BUILDS
        ],
    }


def _figures(build: str, number: int) -> dict[str, Any]:
    """Microseconds of CPU by part, and calls, per mail."""
    parts = OURS if build == "rekindle" else USUAL
    counted = BUILDS[build](number, PLAYS)
    us = {
        part: sum(counted.seconds.get(function, 0) for function in functions) / counted.mails * 1e6
        for part, functions in parts.items()
    }
    return {"us": us | {"all": sum(us.values())}, "calls": len(counted.calls) / counted.mails}


BUILDS: dict[str, Callable[[int, int], calls.Counted]] = {
    "rekindle": calls.run,
    "usual": run_usual,
    "usual, compiling each mail": partial(run_usual, compile_each_time=True),
}


def markdown(figures: dict[str, Any]) -> str:
    """The section of the benchmarks page."""
    rows = [
        [
            each["build"],
            *(f"{each['us'][part]:,.0f}" for part in OURS),
            f"**{each['us']['all']:,.0f}**",
            f"**{each['ratio']:.1f}**",
            f"{each['calls']:.1f}",
        ]
        for each in figures["builds"]
    ]
    return f"""## CPU per mailed cart, compared with the usual build

{table(["build", *OURS, "all", "ratio", "calls"], rows)}

Microseconds of CPU per mailed cart, and calls to AWS; {figures["mails"]} carts, medians of {figures["rounds"]} rounds
measured in turns; the aim is {AIM:.0f} times less. *Usual* is [infra/bench/usual.py](../infra/bench/usual.py): the same
reminder, with the same templates, checks, claim and counting, as it is often written, with Powertools' batch processor,
`boto3.resource`, one call per item and nothing kept between two mails. A test checks that both send the same mails to
the same people. The second row lets Jinja keep its compiled templates, which is an advantage for it; the third compiles
them for each mail, as `jinja2.Template(text).render(...)` does. botocore's work (making and signing requests, parsing
answers) is in all figures and is most of ours; the work of moto, which takes the place of AWS, and of the network is in
none: each run is recorded once and played again with the same answers. All are warm: start-up is measured separately.
"""
