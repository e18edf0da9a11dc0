"""What is on its way while a customer is forgotten, or stops half-way, leaves nothing of them in the end."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import pytest

import app
from chalicelib.adapters.dynamodb.counters import CounterStore
from chalicelib.adapters.dynamodb.coupons import CouponStore
from chalicelib.domain.facts.consent import Unsubscription
from chalicelib.domain.facts.inbound import ErasureRequest, Person
from chalicelib.domain.journeys.contacts import Contacts
from chalicelib.domain.money import Money
from infra.machine import calls
from tests.identity.breaking import broken_after
from tests.identity.forgotten import CARA, NAME, PERSON, nothing_is_left, with_a_history
from tests.identity.given import DAY, a_cart_of, a_profile, an_order_of, differences, items, tell
from tests.journeys.shop import Open, Shop
from tests.naming import FOUR

pytestmark = pytest.mark.journeys(*FOUR)


def _a_late_fact(shop: Shop, customer: str) -> None:
    app.parts.facts.put(customer, a_cart_of(PERSON, shop.now, "late").fact)
    shop.machine.pump()


def _a_late_link(shop: Shop, customer: str) -> None:
    app.parts.facts.put(customer, Unsubscription("marketing", shop.now))  # type: ignore[arg-type]
    shop.machine.pump()


@pytest.mark.parametrize("late", [_a_late_fact, _a_late_link])
def test_a_fact_on_its_way_at_that_moment_does_not_bring_the_person_back(
    open_shop: Open, late: Callable[[Shop, str], None]
) -> None:
    shop = with_a_history(open_shop)
    customer = app.parts.names.find(CARA)
    assert customer
    tell(shop, ErasureRequest(PERSON))

    late(shop, customer)

    nothing_is_left()


def test_a_page_on_the_queue_does_not_bring_the_person_back(open_shop: Open) -> None:
    shop = with_a_history(open_shop)
    customer = app.parts.names.find(CARA) or ""
    mails = len(shop.machine.inbox)
    due = [run for run in app.parts.engagement.of(customer).enrollments if run.due_at]
    page = {"keys": [[f"CUSTOMER#{customer}", f"ENROLLMENT#{run.id}"] for run in due]}
    assert due
    tell(shop, ErasureRequest(PERSON))

    shop.machine.invoke("dispatch", {"Records": [{"messageId": "1", "body": json.dumps(page)}]})
    shop.after(days=10)

    nothing_is_left()
    assert len(shop.machine.inbox) == mails


def test_what_a_dispatcher_wrote_at_that_moment_goes_in_the_night(open_shop: Open) -> None:
    shop = with_a_history(open_shop)
    customer = app.parts.names.find(CARA) or ""
    known = app.parts.engagement.of(customer)
    tell(shop, ErasureRequest(PERSON))

    app.parts.contacts.replace(customer, known.contacts, Contacts())
    app.parts.runs.create(next(iter(known.enrollments)))
    shop.after(days=1)

    nothing_is_left()


def test_an_erasure_that_stops_anywhere_is_finished_by_its_retry(open_shop: Open) -> None:
    shop = with_a_history(open_shop)
    customer = app.parts.names.find(CARA) or ""
    shop.after(minutes=5)
    before, made = app.parts.counters.read(), 0

    while broken_after(made, lambda: app.parts.erase(customer)):
        made += 1

    assert made > 8
    shop.machine.pump()
    nothing_is_left()
    assert differences(shop) == {}
    assert app.parts.counters.read() == before


def test_what_is_told_in_one_breath_with_the_request_begins_nothing(open_shop: Open) -> None:
    shop = open_shop()
    tell(shop, a_profile(shop.now - DAY, PERSON, name=NAME))
    customer = app.parts.names.find(CARA) or ""

    app.parts.ingest([ErasureRequest(PERSON)])
    for fact_of in (a_cart_of(PERSON, shop.now), an_order_of(PERSON, shop.now)):  # on their way at that moment
        app.parts.facts.put(customer, fact_of.fact)
    shop.machine.pump()

    nothing_is_left()


def test_a_refund_in_the_moment_of_the_erasure_leaves_the_figures_right(open_shop: Open) -> None:
    shop = with_a_history(open_shop)
    customer = app.parts.names.find(CARA) or ""
    shop.after(minutes=5)
    keep, changed = CounterStore.keep, list[str]()

    def refunded_meanwhile(self: CounterStore, *kept: Any) -> None:
        keep(self, *kept)
        for run in [] if changed else app.parts.engagement.of(customer).enrollments:
            for outcome in (each for each in run.outcomes.values() if each.value):
                changed.append(outcome.id)
                app.parts.runs.change_outcome(run, outcome, replace(outcome, value=Money(500, "USD")))
        for credit in app.parts.credits.of(customer):
            if credit.value.amount != 500:
                changed.append(credit.order)
                app.parts.credits.change(customer, credit, replace(credit, value=Money(500, "USD")))

    with patch.object(CounterStore, "keep", refunded_meanwhile):
        tell(shop, ErasureRequest(PERSON))

    nothing_is_left()
    assert len(changed) > 1
    assert differences(shop) == {}


@pytest.mark.parametrize("made", range(2, 8))
def test_coupons_go_though_a_merging_was_half_done(open_shop: Open, made: int) -> None:
    shop = with_a_history(open_shop)
    young, older = app.parts.names.find(CARA) or "", Person("woocommerce", id="w-5")
    tell(shop, a_cart_of(older, shop.now - 90 * DAY, "ancient"))
    app.parts.ingest([a_profile(shop.now, replace(older, email=CARA, is_verified=True))])
    assert broken_after(made, lambda: app.parts.merge(young))

    app.parts.erase(app.parts.names.find(CARA) or "")
    shop.machine.pump()

    nothing_is_left()


def test_a_coupon_that_is_issued_in_the_moment_of_the_erasure_goes_too(open_shop: Open) -> None:
    shop = open_shop()
    tell(shop, a_profile(shop.now - DAY, PERSON, name=NAME), a_cart_of(PERSON, shop.now))
    shop.after(hours=71, minutes=58)
    store, customer = app.parts.names, app.parts.names.find(CARA) or ""
    issue, codes = CouponStore.issue, []

    def erased_meanwhile(self: CouponStore, *issued: Any) -> None:
        codes.append(issued[0])
        with calls.handling("enroll"):
            app.parts.erase(customer)
        issue(self, *issued)

    with patch.object(CouponStore, "issue", erased_meanwhile):
        shop.after(minutes=5)

    assert len(codes) == 1
    assert store.find(CARA) is None
    assert [item for item in items()["commerce"] if item["pk"]["S"].startswith("COUPON#")] == []
