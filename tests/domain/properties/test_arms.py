"""The two arms are the same people: the holdout is withheld exactly where its treated twin is sent."""

from datetime import timedelta

import pytest
from hypothesis import given

from chalicelib.domain.facts.order import OrderPlaced
from chalicelib.domain.journeys.experiment import Arm
from chalicelib.domain.journeys.journey import MARKETING, SKIP, Defer, Journey, On, Send, Wait, hours
from chalicelib.domain.journeys.outcomes import Kind
from chalicelib.domain.journeys.policy import Policy
from tests.builders import a_customer
from tests.domain.properties.histories import History, histories
from tests.domain.properties.journeys import journeys
from tests.domain.properties.world import World, delays


def arms(journey: Journey, history: History, late: list[timedelta], policy: Policy) -> tuple[object, object]:
    """When each step was sent to the treated, and withheld from the held-out twin."""
    treated, held_out = (World((journey,), history, late, [], policy, arm).play() for arm in (Arm.TREATED, Arm.HOLDOUT))
    went = [(each.step, each.at) for each in treated.accepted()]
    withheld = [each for each in held_out.runs["one"].outcomes.values() if each.kind is Kind.WITHHELD]
    return went, [(each.step, each.at) for each in withheld]


@given(journeys(), histories, delays)
def test_the_holdout_is_withheld_exactly_where_the_treated_twin_is_sent(
    journey: Journey, history: History, late: list[timedelta]
) -> None:
    sent_at, withheld_at = arms(journey, history, late, Policy(caps=()))

    assert sent_at == withheld_at


@pytest.mark.parametrize("capped", [SKIP, Defer(hours(24))])
def test_the_twins_own_earlier_message_counts_against_the_cap_in_both_arms(capped: Defer) -> None:
    """The second message comes within a day of the first: the treated is capped, and so must be the twin."""
    journey = Journey(
        key="one",
        version=1,
        purpose=MARKETING,
        enroll=On(OrderPlaced, key="order_id"),
        steps=(Send("a", "a"), Wait("w", hours(6)), Send("b", "b", capped=capped)),
    )

    sent_at, withheld_at = arms(journey, History(a_customer(), ()), [timedelta(0)], Policy())

    assert sent_at == withheld_at
