"""A refund, another answer or an order that comes while a customer's runs move to another one counts all the same.

The stream has several readers: what is told of the older customer may be handled before, between and after the steps
of the merge. Here it is, after each call to AWS that the merge makes.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

import app
from chalicelib.adapters.dynamodb import items
from chalicelib.domain.errors import Conflict, Unavailable
from chalicelib.domain.facts.fact import Fact
from chalicelib.domain.facts.inbound import Known
from chalicelib.domain.facts.order import Refund
from chalicelib.domain.journeys.outcomes import Kind, Outcome
from chalicelib.domain.journeys.run import Enrollment, Status, enrollment_id
from chalicelib.domain.money import Money
from infra.machine import calls
from infra.machine.clock import VirtualClock
from infra.machine.machine import Machine
from tests.builders import START, a_customer, an_answer, an_enrollment, an_order
from tests.naming import FOUR
from workflows.abandoned_cart import ABANDONED_CART
from workflows.nps_survey import NPS_SURVEY

pytestmark = pytest.mark.journeys(*FOUR)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOW = START + 20 * DAY
ORDER = an_order("o1", START, 10_000, cart_id="c1")
ANSWER = an_answer("o1", NOW - HOUR, score=3)
VALUE = Money(10_000, "USD")


@dataclass
class Stream:
    """Two customers who are one person, and the stream's reader of the older one: the tests say what it reads when."""

    young: str
    older: str
    handled: set[tuple[str, str]] = field(default_factory=set)

    def tells(self, fact: Fact) -> None:
        """It is stored, and handled at once."""
        app.parts.facts.put(self.older, fact)
        self.handles(fact)

    def answers_anew(self) -> None:
        """By the link in a mail of the young customer's."""
        with calls.handling("app"):
            token = app.parts.tokens.sign("survey", self.young, enrollment_id(NPS_SURVEY.key, "o1"))
            assert app.parts.survey.answer(token, 10).is_recorded
        self.handles(app.parts.facts.of(self.older).answers["o1"])

    def handles(self, fact: Fact) -> None:
        """The record of this fact."""
        self.handled.add((items.fact_sk(fact), items.fact_content(fact)["version"]))
        with calls.handling("enroll"):
            service = app.parts.commerce_stream.service
            service(self.older, None, fact, gone=service.gone(frozenset({self.older})))

    def handles_the_rest(self) -> None:
        """The records of what was stored and not handled yet: what the merge copied."""
        for item in list(app.parts.commerce.items_of(self.older)):
            is_new = "version" in item and (item["sk"], item["version"]) not in self.handled
            if is_new and (fact := items.fact_of(item)):
                self.handles(fact)

    def merged(self) -> None:
        """The stream's reader carries out the merge; what fails is tried again."""
        for _ in range(3):
            with suppress(Conflict, Unavailable), calls.handling("enroll"):
                app.parts.merge(self.young)
                return
        raise AssertionError("the merge never ended")

    def run(self, journey: str) -> Enrollment:
        """The one run of a journey, which has moved."""
        assert app.parts.engagement.of(self.young).enrollments == ()
        (found,) = (run for run in app.parts.engagement.of(self.older).enrollments if run.journey == journey)
        return found


@pytest.fixture(scope="module")
def machine() -> Iterator[Machine]:
    """No stream is read."""
    with Machine(VirtualClock(NOW), sources=()) as started:
        yield started


def moving(number: int) -> Stream:
    """The young customer's order was credited to a cart's run, and answered with 3; now the two are one person."""
    stream = Stream(f"young{number}", f"older{number}")
    stream.tells(a_customer(stream.older))
    for fact in (a_customer(stream.young), ORDER, ANSWER):
        app.parts.facts.put(stream.young, fact)
    kinds = {"converted": Kind.CONVERTED, "ordered#o1": Kind.ORDERED, "attributed#o1": Kind.ATTRIBUTED}
    credits = [Outcome(name, kind, START, value=VALUE, about="o1") for name, kind in kinds.items()]
    for run in (_cart_run(stream.young, credits), _survey_run(stream.young)):
        assert app.parts.runs.create(run)
    app.parts.moves.merge(stream.young, Known(stream.older, START), NOW)
    return stream


def _cart_run(customer: str, outcomes: list[Outcome]) -> Enrollment:
    run = an_enrollment(
        ABANDONED_CART, customer=customer, occurrence="c1", subject="c1", entered_at=START - DAY, step=None,
        due_at=None, status=Status.ENDED, first_allowed_at=START - HOUR, message_at=START - HOUR,
    )  # fmt: skip
    return replace(run, outcomes={**run.outcomes, **{outcome.id: outcome for outcome in outcomes}})


def _survey_run(customer: str) -> Enrollment:
    run = an_enrollment(
        NPS_SURVEY, customer=customer, occurrence="o1", subject="o1", entered_at=START, step="tell_team_better",
        ran_at=NOW - HOUR, due_at=NOW + DAY - HOUR, first_allowed_at=NOW - DAY, message_at=NOW - DAY,
    )  # fmt: skip
    told = Outcome("told", Kind.SENT, NOW - HOUR, step="tell_team", to_team=True)
    return run.with_outcome(told).with_outcome(Outcome("answered", Kind.ANSWERED, NOW - HOUR, score=3))


def after(number: int, meanwhile: Callable[[], None], work: Callable[[], None]) -> bool:
    """Do the work, with something else in between after so many of its calls; whether it made so many."""
    client, left = app.parts.aws.dynamodb, [number]

    def answered(**_: Any) -> None:
        left[0] -= 1
        if left[0] == 0:
            client.meta.events.unregister("after-call.dynamodb", answered)
            meanwhile()

    client.meta.events.register("after-call.dynamodb", answered)
    try:
        work()
    finally:
        client.meta.events.unregister("after-call.dynamodb", answered)
    return left[0] <= 0


def values(run: Enrollment) -> set[int]:
    """What the order is credited with, in each of the three outcomes."""
    assert {"converted", "ordered#o1", "attributed#o1"} <= run.outcomes.keys()
    return {outcome.value.amount for outcome in run.outcomes.values() if outcome.value}


@pytest.mark.usefixtures("machine")
def test_what_is_told_at_any_moment_of_the_move_counts() -> None:
    number, is_going_on = 0, True
    while is_going_on:
        number += 1
        stream = moving(number)

        def meanwhile(stream: Stream = stream) -> None:
            stream.tells(Refund("o1", "r1", NOW, 1500))
            stream.answers_anew()

        is_going_on = after(number, meanwhile, stream.merged)
        if not is_going_on:
            meanwhile()
        stream.handles_the_rest()

        survey = stream.run("nps_survey")
        found = (values(stream.run("abandoned_cart")), survey.outcomes["answered"].score, survey.due_at)
        assert found == ({8500}, 10, NOW), f"after call {number} of the merge"
    assert number > 10
