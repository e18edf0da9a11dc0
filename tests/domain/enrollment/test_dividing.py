"""A branch goes one way by a condition, a split by weights that divide customers for ever the same."""

from collections import Counter
from typing import Any

import pytest

from chalicelib.domain.journeys.engine import Deliver, advance
from chalicelib.domain.journeys.journey import Branch, Send, Split, Wait, days, minutes
from chalicelib.domain.journeys.settlement import claimed, sent
from tests.builders import START, a_situation
from tests.domain.enrollment.given import A, B, a_journey, before, decide, no, yes


@pytest.mark.parametrize(("when", "sends"), [(yes, A), (no, B)])
def test_a_branch_goes_one_way_or_the_other(when: Any, sends: Send) -> None:
    journey = a_journey(Branch("way", when, then=(A,), otherwise=(B,)))

    assert decide(journey, before(journey, "way")) == Deliver(sends)


def test_an_empty_way_goes_on_with_what_follows() -> None:
    journey = a_journey(Branch("way", no, then=(A, Wait("w", days(1)))), B)

    assert decide(journey, before(journey, "way")) == Deliver(B)


def test_after_a_way_it_goes_on_with_what_follows_the_branch() -> None:
    journey = a_journey(Branch("way", yes, then=(A,)), Wait("w", days(1)), B)
    run = claimed(before(journey, "a"), START, minutes(5))

    after = sent(journey, a_situation(run))

    assert (after.step, after.due_at) == ("w", START + days(1))


def test_a_split_divides_by_its_weights_for_ever_the_same_and_records_the_variant() -> None:
    journey = a_journey(Split("s", {"x": (A,), "y": (B,), "none": ()}, {"x": 3, "y": 1, "none": 0}))
    customers = [f"customer-{number}" for number in range(2000)]

    def variant(customer: str) -> str:
        return advance(journey, a_situation(before(journey, "s", customer=customer)))[0].variants["s"]

    shares = Counter(map(variant, customers))
    assert set(shares) == {"x", "y"}
    assert 0.71 < shares["x"] / 2000 < 0.79  # four standard deviations
    assert [variant(customer) for customer in customers[:50]] == [variant(customer) for customer in customers[:50]]


def test_each_variant_gets_its_own_steps() -> None:
    journey = a_journey(Split("s", {"x": (A,), "y": (B,)}))

    for number in range(50):
        run, decision = advance(journey, a_situation(before(journey, "s", customer=f"customer-{number}")))
        assert decision == Deliver({"x": A, "y": B}[run.variants["s"]])
