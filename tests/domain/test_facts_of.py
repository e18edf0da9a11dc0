"""``facts_of`` and what is asked of facts: refunds and cancellations in their orders, refusals, and what happened."""

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.domain.facts.consent import UNSUBSCRIBE, Consent, Purpose, Unsubscription
from chalicelib.domain.facts.customer import Customer, Erasure
from chalicelib.domain.facts.fact import Fact
from chalicelib.domain.facts.facts import Facts, facts_of
from chalicelib.domain.facts.launch import LaunchEnded
from chalicelib.domain.facts.order import Cancellation, Order, OrderFulfilled, Refund
from chalicelib.domain.time import NEVER
from tests.builders import START, a_cart, a_customer, a_launch, an_answer, an_order

HOUR, INSTANT = timedelta(hours=1), timedelta(milliseconds=1)
MARKETING, SERVICE = Purpose.MARKETING, Purpose.SERVICE
ORDER = an_order("o1", total=2_000)


def of(*known: Fact) -> Facts:
    """The facts of somebody without a profile."""
    return facts_of(Customer("ann", NEVER), known)


def order_in(*known: Fact) -> Order:
    """The order that these make."""
    return of(*known).orders["o1"]


def refund(amount: int, currency: str | None = None, order: str = "o1") -> Refund:
    return Refund(order, f"r{amount}", START + HOUR, amount, currency)


def test_each_fact_is_found_by_what_it_is_about() -> None:
    cart, answer, refusal = a_cart("c1"), an_answer("o1"), Unsubscription(MARKETING, START)

    found = of(cart, ORDER, answer, refusal)

    assert (found.carts, found.orders, found.answers) == ({"c1": cart}, {"o1": ORDER}, {"o1": answer})
    assert (found.unsubscriptions, found.customer) == ({MARKETING: refusal}, Customer("ann", NEVER))
    assert of(a_customer(name="Ann")).customer.name == "Ann"


def test_whoever_asked_to_be_forgotten_is_erased_whatever_else_is_known() -> None:
    assert of(a_customer(), Erasure(START)).customer == replace(a_customer(), erased=True)
    assert not of(a_customer()).customer.erased


@pytest.mark.parametrize(
    ("told", "left"),
    [
        ([refund(500)], 1_500),
        ([refund(500, "USD"), refund(300)], 1_200),
        ([refund(500, "EUR")], 2_000),
        ([refund(500, order="o2")], 2_000),
        ([refund(1_500), refund(700)], 0),
    ],
)
def test_refunds_in_the_order_s_currency_count_in_their_order(told: list[Fact], left: int) -> None:
    assert ORDER.total.currency == "USD"
    assert order_in(ORDER, *told).net == left
    assert order_in(*told, ORDER).net == left


def test_a_refund_of_nothing_known_is_no_order() -> None:
    assert of(refund(500)).orders == {}


def test_a_cancellation_counts_unless_the_order_was_changed_after_it() -> None:
    assert order_in(ORDER, Cancellation("o1", START)).cancelled_at == START
    assert order_in(ORDER, Cancellation("o1", START - INSTANT)).cancelled_at is None
    assert order_in(ORDER, Cancellation("o2", START)).cancelled_at is None
    assert of(Cancellation("o1", START)).orders == {}
    before = an_order("o1", cancelled_at=START - HOUR)
    assert order_in(before, Cancellation("o1", START)).cancelled_at == START - HOUR


REFUSED = Unsubscription(MARKETING, START + HOUR)


def test_a_refusal_through_a_mail_is_a_refusal_of_its_time() -> None:
    agreed = a_customer(consents={MARKETING: Consent(True, START)})

    assert of(agreed, REFUSED).consent(MARKETING) == Consent(given=False, at=START + HOUR, source=UNSUBSCRIBE)
    assert of(agreed, REFUSED).consent(SERVICE) is None
    assert list(of(agreed, REFUSED).refusals(MARKETING)) == [Consent(False, START + HOUR, UNSUBSCRIBE)]
    assert list(of(agreed).refusals(MARKETING)) == []
    assert list(of().refusals(MARKETING)) == []


def test_a_refusal_through_a_mail_stays_beside_one_that_the_shop_reports_later() -> None:
    no = Consent(False, START + 2 * HOUR, "shop")
    known = of(a_customer(consents={MARKETING: no}), REFUSED)

    assert list(known.refusals(MARKETING)) == [no, Consent(False, START + HOUR, UNSUBSCRIBE)]


def test_a_refusal_counts_against_the_consent_that_is_known_whatever_its_time() -> None:
    ahead = of(a_customer(consents={MARKETING: Consent(True, START + 2 * HOUR)}))

    assert ahead.unsubscribed(MARKETING, START) == Unsubscription(MARKETING, START + 2 * HOUR)
    assert ahead.unsubscribed(MARKETING, START + 3 * HOUR) == Unsubscription(MARKETING, START + 3 * HOUR)
    assert of().unsubscribed(MARKETING, START, "run", "mail") == Unsubscription(MARKETING, START, "run", "mail")


def test_a_refusal_keeps_all_that_claimed_what_it_refuses() -> None:
    consent = Consent(True, START, claimed=(START - HOUR,))
    before = Unsubscription(MARKETING, START, claimed=(START - 2 * HOUR,))

    both = of(a_customer(consents={MARKETING: consent}), before).unsubscribed(MARKETING, START)

    assert set(both.claimed) == {START - HOUR, START - 2 * HOUR}
    assert of(before).unsubscribed(MARKETING, START).claimed == (START - 2 * HOUR,)
    assert of(before).unsubscribed(SERVICE, START).claimed == ()
    assert of().unsubscribed(MARKETING, START).claimed == ()


def test_what_is_announced_has_happened_once_its_time_has_come() -> None:
    later = of(an_order("o1", fulfilled_at=START + HOUR))

    def fulfilled(now: timedelta) -> bool:
        return any(isinstance(event, OrderFulfilled) for event in later.history(START + now))

    assert (fulfilled(HOUR - INSTANT), fulfilled(HOUR)) == (False, True)
    assert [event.at for event in of(ORDER).history(START - HOUR)] == [START]  # a clock may be behind


def test_a_launch_is_over_at_its_end() -> None:
    launch = a_launch()
    known = replace(of(), launch=launch)

    def ended(now: timedelta) -> list[LaunchEnded]:
        return [event for event in known.history(launch.ends_at + now) if isinstance(event, LaunchEnded)]

    assert ended(-INSTANT) == []
    assert ended(timedelta(0)) == [LaunchEnded(launch.id, launch.ends_at, launch)]
