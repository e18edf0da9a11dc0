"""Times ahead of the clock: what has happened cannot lie ahead, and what is announced may."""

from datetime import timedelta

import pytest

from chalicelib.domain.facts.cart import Cart, CartParts, Line, LineChange
from chalicelib.domain.facts.cart_changes import changed
from chalicelib.domain.facts.consent import Consent, Purpose
from chalicelib.domain.facts.customer import Customer, Erasure
from chalicelib.domain.facts.fact import FAST_CLOCK, Fact
from chalicelib.domain.facts.inbound import ErasureRequest, InboundFact, Person, not_ahead
from chalicelib.domain.facts.order import Cancellation, Refund
from tests.builders import START, a_cart, a_customer, a_launch, an_answer, an_order

HOUR, MS = timedelta(hours=1), timedelta(milliseconds=1)
ANN = Person("shop", "ann")


def arrived(*facts: Fact) -> list[Fact]:
    """The facts as they are stored, if they arrive together at ``START``."""
    stored = not_ahead([InboundFact(each, ANN) for each in facts], START)
    return [each.fact for each in stored if isinstance(each, InboundFact)]


@pytest.mark.parametrize(
    "fact",
    [a_customer(), a_cart(), an_order(), a_launch(), an_answer(), Refund("o", "r", START, 1), Erasure(START),
     Cancellation("o", START), changed("k", LineChange("c", START, Line("p", "P"), "USD"))],
)  # fmt: skip
def test_what_is_not_ahead_stays_as_it_was_told(fact: Fact) -> None:
    assert arrived(fact) == [fact]


@pytest.mark.parametrize("kind", [a_cart, an_order, an_answer])
def test_up_to_five_minutes_are_a_fast_clock_whose_times_still_sort_its_versions(kind: object) -> None:
    early = kind("id", START + FAST_CLOCK - MS)  # type: ignore[operator]
    late = kind("id", START + FAST_CLOCK)  # type: ignore[operator]

    assert arrived(late, early) == [late, early]


def test_a_time_further_ahead_is_now() -> None:
    order = an_order("o", START + 9 * HOUR, cancelled_at=START + 9 * HOUR)

    (stored,) = arrived(order)

    assert stored == an_order("o", START, cancelled_at=START)


def test_an_announced_time_may_lie_ahead() -> None:
    shipped, launch = an_order(fulfilled_at=START + 48 * HOUR), a_launch()

    assert arrived(shipped, launch) == [shipped, launch]


def test_a_profile_s_fields_and_consents_are_not_ahead_either() -> None:
    ahead = START + 9 * HOUR
    consents = {Purpose.MARKETING: Consent(True, ahead), Purpose.SERVICE: Consent(False, ahead)}
    told = Customer("", START, email="a@example.com", consents=consents, since={"email": ahead})

    (stored,) = arrived(told)

    assert isinstance(stored, Customer)
    assert stored.reported_at("email") == START
    assert stored.consents == {
        Purpose.MARKETING: Consent(True, START, undated=True, claimed=(ahead,)),
        Purpose.SERVICE: Consent(False, START),
    }


def test_a_cart_s_parts_are_not_ahead_either() -> None:
    change = LineChange("c", START + 9 * HOUR, Line("p", "P", price=100), "USD")
    whole = a_cart("k", START + 8 * HOUR)

    (stored,) = arrived(Cart("k", change.at, whole.total, whole.lines, CartParts((change,), whole)))

    assert isinstance(stored, Cart)
    assert stored.parts
    assert stored.parts.whole
    assert (stored.at, stored.parts.changes[0].at, stored.parts.whole.at) == (START, START, START)


def test_facts_that_arrive_together_keep_their_order() -> None:
    first, last = an_order("o", START + 8 * HOUR), Cancellation("o", START + 9 * HOUR)

    assert [each.at for each in arrived(last, first, last)] == [START, START - MS, START]


def test_a_request_to_be_forgotten_has_no_time() -> None:
    request = ErasureRequest(ANN)

    assert not_ahead([request], START) == [request]
