"""A customer's story: in order, complete, and in words that anyone understands."""

import ast
import inspect
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import get_type_hints

import pytest

from chalicelib.domain.facts.consent import Purpose, Unsubscription
from chalicelib.domain.journeys import eligibility, engine, moments
from chalicelib.domain.journeys.engagement import Engagement
from chalicelib.domain.journeys.outcomes import Kind, Outcome
from chalicelib.domain.journeys.situation import Situation
from chalicelib.domain.money import Money
from chalicelib.services.timeline import Entry, explain, reason_in_words, timeline
from tests.builders import START, a_cart, a_customer, an_answer, an_enrollment, an_order, facts

CONDITIONS = [
    name
    for name, each in inspect.getmembers(moments, inspect.isfunction)
    if get_type_hints(each) == {"situation": Situation, "return": bool}
]


def test_facts_come_before_what_followed_from_them_and_old_before_new() -> None:
    later = Outcome("sent#1", Kind.SENT, START + timedelta(days=1), step="survey")
    run = an_enrollment(journey=None).with_outcome(later)
    known = facts(a_customer(), an_order(total=2000), a_cart(at=START + timedelta(days=2), lines=2))

    entries = timeline(known, Engagement(enrollments=(run,)))

    assert [(entry.text, entry.kind, entry.journey, entry.step) for entry in entries] == [
        ("Agreed to marketing mails (reported by shop)", "fact", None, None),
        ("Order order-1 placed: 20.00 USD", "fact", None, None),
        ("Entered the journey", "enrolled", "hello", None),
        ("Mail sent", "sent", "hello", "survey"),
        ("Cart cart-1 last changed: 2 lines, 25.00 USD", "fact", None, None),
    ]
    assert [entry.at for entry in entries] == sorted(entry.at for entry in entries)


def test_an_orders_life_is_told() -> None:
    day = timedelta(days=1)
    order = replace(an_order(refunded=500), fulfilled_at=START + day, cancelled_at=START + 2 * day, at=START + 3 * day)

    entries = [entry.text for entry in timeline(facts(order), Engagement())][1:]

    assert entries == [
        "Order order-1 placed: 20.00 USD",
        "Order order-1 fulfilled",
        "Order order-1 cancelled",
        "Order order-1 refunded: 5.00 USD",
    ]


def test_a_refusal_and_an_open_case_are_told() -> None:
    refusal = Unsubscription(Purpose.MARKETING, START + timedelta(days=1))
    answer = an_answer(at=START, score=3, comment="It came late.")

    entries = [entry.text for entry in timeline(facts(refusal, answer), Engagement())][1:]

    assert entries == [
        "Scored 3 of 10 about order order-1: “It came late.”; a case is open",
        "Unsubscribed from marketing mails",
    ]


def test_a_changed_answer_is_told_with_the_score_before() -> None:
    answer = an_answer(score=3).followed_by(an_answer(at=START + timedelta(hours=2), score=10))

    assert Entry(START + timedelta(hours=2), "Scored 10 of 10 about order order-1, changed from 3") in timeline(
        facts(answer), Engagement()
    )


def test_a_closed_case_is_told_when_it_was_closed() -> None:
    answer = an_answer(score=3, case_closed_at=START + timedelta(days=4))

    assert Entry(START + timedelta(days=4), "Scored 3 of 10 about order order-1; the team closed the case") in timeline(
        facts(answer), Engagement()
    )


@pytest.mark.parametrize(
    ("outcome", "text"),
    [
        (Outcome("1", Kind.EXITED, START, reason="order_placed"), "Left the journey: an order was placed"),
        (Outcome("1", Kind.EXITED, START, reason="completed"), "Left the journey: every step was done"),
        (
            Outcome("1", Kind.DEFERRED, START, reason="quiet_hours"),
            "Mail deferred: it was in the quiet hours of the customer's time zone",
        ),
        (
            Outcome("1", Kind.SUPPRESSED, START, reason="unsubscribed"),
            "No mail: the customer unsubscribed from such mails",
        ),
        (Outcome("1", Kind.BOUNCED, START, reason="Permanent"), "Mail bounced: the address does not exist"),
        (Outcome("1", Kind.ANSWERED, START, score=9), "Answered the survey with 9 of 10"),
        (Outcome("1", Kind.CONVERTED, START, value=Money(1250, "USD")), "Reached the journey's goal (12.50 USD)"),
        (Outcome("1", Kind.OPENED, START, automated=True), "Mail opened (by a scanner, not counted)"),
    ],
)
def test_an_outcome_is_explained(outcome: Outcome, text: str) -> None:
    assert explain(outcome) == text


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_has_words(kind: Kind) -> None:
    assert explain(Outcome("1", kind, START))


def test_a_reason_nobody_foresaw_stands_as_it_is() -> None:
    assert reason_in_words("not_is_left_handed") == "condition not met: is left handed"
    assert reason_in_words("sun_in_the_eyes") == "sun in the eyes"


def test_every_reason_that_a_judgement_gives_has_words() -> None:
    given = {word for module in (eligibility, engine) for word in reasons_in(str(module.__file__))}

    assert {"quiet_hours", "frequency_cap", "re_entry"} <= given
    assert {word for word in given if reason_in_words(word) == word.replace("_", " ")} == set()


@pytest.mark.parametrize("name", CONDITIONS)
def test_every_condition_that_journeys_share_has_words(name: str) -> None:
    assert not reason_in_words(f"not_{name}").startswith("condition not met:")


def reasons_in(path: str) -> set[str]:
    """The words given to ``Suppressed``, ``Deferred``, ``Exit`` and ``_deferred_or_dropped``, and the constants."""
    makers = {"Suppressed", "Deferred", "Exit", "_deferred_or_dropped"}
    tree = ast.parse(Path(path).read_text("utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
    given = [value for call in calls if getattr(call.func, "id", "") in makers for value in call.args]
    given += [node.value for node in tree.body if isinstance(node, ast.Assign)]
    return {value.value for value in given if isinstance(value, ast.Constant) and isinstance(value.value, str)}
