"""The dispatcher on stores and mailer in memory, with the real journeys, templates and links."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import workflows
from chalicelib.adapters.dynamodb import keys
from chalicelib.adapters.identity import Identity
from chalicelib.adapters.mail.reports import read_report
from chalicelib.adapters.tokens import Tokens
from chalicelib.domain.channel import Channel
from chalicelib.domain.facts.fact import Fact
from chalicelib.domain.facts.facts import Facts
from chalicelib.domain.journeys.journey import Journey
from chalicelib.domain.journeys.policy import Policy
from chalicelib.domain.journeys.run import Enrollment
from chalicelib.domain.messages.mail import Mail, Shop
from chalicelib.services.circuits import Circuits
from chalicelib.services.compose import Composer, coupon_code
from chalicelib.services.decide import Decide
from chalicelib.services.dispatch import Dispatch
from chalicelib.services.email import EmailCarrier
from chalicelib.services.feedback import Feedback
from chalicelib.services.history import History
from chalicelib.services.send import SendMessage
from chalicelib.services.settle import Settle
from infra.machine.inbox import AcceptedMail
from infra.machine.ses_events import ses_event
from infra.messages.local import templates
from tests.builders import START, a_cart, a_customer, an_enrollment, an_order
from tests.fakes import SECRET, FakeCommerce, FakeEngagement, FakeMailer, in_memory

TOKENS = Tokens([("k1", b"1a" * 16)])
SHOP = Shop(
    "Tea",
    "1 Example Street",
    "https://shop.example",
    "hello@shop.example",
    "team@shop.example",
    "https://api.shop.example",
)
TEMPLATES = templates(workflows.FOLDER)
Hook = Callable[[], object]


class Reads(FakeCommerce):
    """Facts with something that happens right before they are read (for the ``n``-th time)."""

    def __init__(self) -> None:
        super().__init__()
        self.reads = 0
        self.before_read: dict[int, Hook] = {}

    def of(self, customer: str, known: Facts | None = None) -> Facts:
        self.reads += 1
        if hook := self.before_read.pop(self.reads, None):
            hook()
        return super().of(customer, known)


class Runs(FakeEngagement):
    """Engagement with something that happens right before the first save."""

    def __init__(self) -> None:
        super().__init__()
        self.before_save: Hook | None = None

    def save(self, before: Enrollment, after: Enrollment) -> Enrollment:
        hook, self.before_save = self.before_save, None
        if hook:
            hook()
        return super().save(before, after)


class Mailer(FakeMailer):
    """A mailer with something that happens while a mail is on its way."""

    def __init__(self) -> None:
        super().__init__()
        self.on_the_way: Hook | None = None
        self.after: Hook | None = None

    def send(self, mail: Mail) -> str:
        hook, self.on_the_way = self.on_the_way, None
        if hook:
            hook()
        answer = super().send(mail)
        after, self.after = self.after, None
        if after:
            after()
        return answer


@dataclass
class Desk:
    """The dispatcher, its stores, and the clock."""

    now: datetime = START
    facts: Reads = field(default_factory=Reads)
    runs: Runs = field(default_factory=Runs)
    mailer: Mailer = field(default_factory=Mailer)
    policy: Policy = field(default_factory=Policy)
    metrics: list[tuple[str, int]] = field(default_factory=list)
    journeys: dict[tuple[str, int], Journey] = field(default_factory=lambda: dict(workflows.versions()))

    @property
    def dispatch(self) -> Dispatch:
        composer = Composer(TEMPLATES, TOKENS, SHOP, SECRET, Identity(SECRET).address_hash)
        carriers = {Channel.EMAIL: EmailCarrier(composer, self.mailer, SHOP)}
        clock: Callable[[], datetime] = lambda: self.now  # noqa: E731
        shared: dict[str, Any] = {"policy": self.policy, "clock": clock}
        decide = in_memory(Decide, self.facts, self.runs, address_hash=self.facts.identity.address_hash, **shared)
        settle = Settle(self.runs, self.policy, lambda run: None, lambda run: None)
        history = History(self.runs, self.journeys, self.policy, clock)
        shared |= {"decide": decide, "settle": settle, "history": history, "move": self._never}
        code_of = lambda run: coupon_code(SECRET, run.send_id)  # noqa: E731
        send = in_memory(SendMessage, self.facts, self.runs, carriers=carriers, code_of=code_of, **shared)
        del shared["policy"]
        circuits = Circuits(self.runs.circuits, clock, lambda metric, value: self.metrics.append((metric, value)))
        shared |= {"arrive": self._never, "journeys": self.journeys, "workers": 1, "circuits": circuits}
        return in_memory(Dispatch, self.facts, self.runs, send=send, **shared)

    @staticmethod
    def _never(run: Enrollment, into: str) -> None:
        raise AssertionError(f"{run.customer} was merged into nobody, and not into {into}")

    def known(self, customer: str, *facts: Fact, **profile: Any) -> None:
        """A customer who may be written to, and what else is known."""
        profile_fact = a_customer(customer, **({"email": f"{customer}@example.com"} | profile))
        for fact in (profile_fact, *facts):
            self.facts.put(customer, fact)

    def waiting(
        self, key: str = "abandoned_cart", step: str = "reminder", customer: str = "ann", **more: Any
    ) -> Enrollment:
        """A run of a journey that is due at this step, the cart or order that began it being known."""
        given = {"customer": customer, "step": step, "due_at": START, "entered_at": START - timedelta(days=2)}
        run = an_enrollment(self.journeys[key, 1], **(given | more))
        assert self.runs.create(run)
        before = run.entered_at - timedelta(minutes=1)
        if run.trigger == "CartChanged":
            self.facts.put(customer, a_cart(run.subject, before))
        if run.trigger == "OrderPlaced":
            self.facts.put(customer, an_order(run.subject, before))
        return run

    def page(self, *, is_probe: bool = False) -> None:
        """Dispatch everything that is due, as one page; nothing when nothing is."""
        due = [
            (keys.customer(run.customer), keys.enrollment(run.id))
            for run in self.runs.enrollments.values()
            if run.due_at is not None and run.due_at <= self.now
        ]
        if due:
            self.dispatch(due, is_probe=is_probe)

    def later(self, *delays: timedelta) -> None:
        """Dispatch what is due so long after the start, each in turn."""
        for delay in delays:
            self.now = max(self.now, START + delay)
            self.page()

    def report(self, kind: str = "send", place: int = 0) -> None:
        """SES tells of an accepted mail."""
        mail = self.mailer.sent[place]
        header = ", ".join(f"{name}={value}" for name, value in mail.tags.items())
        accepted = AcceptedMail("m", mail.at, "shop", (mail.to,), {"X-SES-MESSAGE-TAGS": header}, "")
        feedback = Feedback(self.runs, self.runs, self.runs, self.facts.identity.address_hash)
        feedback(read_report(ses_event(accepted, kind, mail.at)))

    def run(self, run: Enrollment) -> Enrollment:
        """The run as it is stored."""
        return self.runs.enrollments[run.customer, run.id]


def erased(customer: str) -> Fact:
    """The customer is forgotten."""
    return replace(a_customer(customer, at=START), email=None, erased=True)
