"""A customer asks to be forgotten: nothing is left in any table but keyed hashes, and nothing brings them back."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import boto3
import pytest

import app
from chalicelib.adapters.dynamodb.coupons import CouponStore
from chalicelib.domain.facts.consent import Unsubscription
from chalicelib.domain.facts.inbound import ErasureRequest, Person
from infra.machine import calls
from tests.identity.breaking import broken_after
from tests.identity.given import DAY, HOUR, SHOPIFY, a_cart_of, a_profile, an_order_of, differences, items, tell
from tests.journeys.shop import Open, Shop
from tests.naming import FOUR

pytestmark = pytest.mark.journeys(*FOUR)
CARA = "cara5@example.com"
NAME = "Cara Lindqvist-Ōno"
PERSON = Person(SHOPIFY, id="c-5", email=CARA, visitors=("browser-5",))
OLD = Person("shop", id="old-5")


def with_a_history(open_shop: Open) -> Shop:
    """A customer who was merged from two, ordered, was reminded and offered a coupon, and has a cart again."""
    shop = open_shop()
    tell(shop, a_cart_of(OLD, shop.now - 40 * DAY, "c0"), an_order_of(OLD, shop.now - 30 * DAY, "o0"))
    tell(shop, a_profile(shop.now, PERSON, name=NAME), a_cart_of(PERSON, shop.now, "c1"))
    tell(shop, a_profile(shop.now, Person("shop", id="old-5", email=CARA)))
    shop.after(days=4)
    tell(shop, an_order_of(PERSON, shop.now, "o1"), a_cart_of(PERSON, shop.now + HOUR, "c2"))
    shop.after(hours=2)
    assert [mail.tags["step"] for mail in shop.machine.inbox.to(CARA)][:2] == ["reminder", "offer"]
    assert any(item["pk"]["S"].startswith("COUPON#") for item in items()["commerce"])
    return shop


def nothing_is_left() -> None:
    """Only keyed hashes in the suppression list."""
    found = items()
    assert found["commerce"] == []
    left = [item for item in found["engagement"] if item["sk"]["S"] != "LANES"]
    assert {(item["sk"]["S"], item["reason"]["S"]) for item in left} == {("SUPPRESSION", "erased")}
    everything = json.dumps(found, ensure_ascii=False)
    for secret in (CARA, NAME, "c-5", "old-5", "browser-5"):
        assert secret not in everything


def test_every_item_goes_and_the_figures_stay(open_shop: Open) -> None:
    shop = with_a_history(open_shop)
    shop.after(minutes=5)
    before = app.parts.counters.read()

    assert tell(shop, ErasureRequest(Person("", email=CARA))) == 1
    shop.after(minutes=5)

    nothing_is_left()
    assert app.parts.counters.read() == before
    assert differences(shop) == {}
    assert app.parts.nightly()["differences"] == 0
    assert app.parts.names.find(CARA) is None


@pytest.mark.parametrize("name", ["address", "id", "both", "old id"])
def test_what_is_told_afterwards_is_not_stored(open_shop: Open, name: str) -> None:
    shop = with_a_history(open_shop)
    tell(shop, ErasureRequest(PERSON))
    who = {
        "address": Person("shop", email=CARA.upper()),
        "id": Person(SHOPIFY, id="c-5"),
        "both": PERSON,
        "old id": OLD,
    }

    stored = tell(
        shop, a_cart_of(who[name], shop.now), an_order_of(who[name], shop.now), a_profile(shop.now, who[name])
    )

    assert stored == 0
    nothing_is_left()


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

    app.parts.contacts.put_all({customer: known.contacts})
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


def test_who_was_never_known_is_refused_from_then_on_too(open_shop: Open) -> None:
    shop = open_shop()
    tell(shop, ErasureRequest(Person(SHOPIFY, email="dan@example.com")))

    assert tell(shop, a_cart_of(Person(SHOPIFY, id="9", email="dan@example.com"), shop.now)) == 0

    nothing_is_left()


def test_a_bounced_address_is_erased_like_any_other(open_shop: Open) -> None:
    shop = with_a_history(open_shop)
    app.parts.suppressions.suppress(app.parts.identity.address_hash(CARA), "bounce", shop.now)

    tell(shop, ErasureRequest(PERSON))

    nothing_is_left()


def test_the_queues_hold_nothing_of_the_person_afterwards(open_shop: Open) -> None:
    shop = with_a_history(open_shop)
    tell(shop, ErasureRequest(PERSON))
    sqs = boto3.client("sqs")

    for url in sqs.list_queues().get("QueueUrls", []):
        for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
            assert CARA not in message["Body"]


def test_who_asks_again_is_forgotten_though_the_address_was_erased_before(open_shop: Open) -> None:
    shop = open_shop()
    tell(shop, a_profile(shop.now, Person(SHOPIFY, id="c-5"), name=NAME))
    tell(shop, ErasureRequest(Person("", email=CARA)))

    tell(shop, ErasureRequest(PERSON))

    nothing_is_left()
    assert tell(shop, a_cart_of(Person(SHOPIFY, id="c-5"), shop.now)) == 0


def test_an_id_that_is_told_with_an_erased_address_is_the_erased_persons(open_shop: Open) -> None:
    shop = open_shop()
    tell(shop, ErasureRequest(Person("", email=CARA)))

    assert tell(shop, a_cart_of(PERSON, shop.now)) == 0
    assert tell(shop, a_profile(shop.now, Person(SHOPIFY, id="c-5"), name=NAME)) == 0

    nothing_is_left()


def test_a_living_customer_who_types_an_erased_address_keeps_what_they_do_and_not_the_address(open_shop: Open) -> None:
    shop = open_shop()
    account = Person("shop", id="9", email="bob0@example.com")
    tell(shop, a_profile(shop.now - DAY, account), a_cart_of(account, shop.now - HOUR))
    tell(shop, ErasureRequest(Person("", email=CARA)))

    typed = Person("shop", id="9", email=CARA)
    tell(shop, a_profile(shop.now, typed, name="Bob"), an_order_of(typed, shop.now))
    shop.after(days=4)

    known = app.parts.facts.of(app.parts.names.find("shop:9") or "")
    assert (known.customer.name, known.customer.email, set(known.orders)) == ("Bob", "bob0@example.com", {"order-1"})
    assert [mail.tags["journey"] for mail in shop.machine.inbox.to("bob0@example.com")] == []
    assert CARA not in json.dumps(items(), ensure_ascii=False)


def test_a_late_word_of_a_forgotten_person_takes_nobody_s_order_along(open_shop: Open) -> None:
    shop = open_shop()
    order = ("order:order-1",)
    tell(shop, ErasureRequest(Person("", email=CARA)))
    tell(shop, an_order_of(Person(SHOPIFY, email="bea1@example.com", visitors=order), shop.now))

    tell(shop, an_order_of(Person(SHOPIFY, id="new", email=CARA, visitors=order), shop.now - HOUR))

    assert set(app.parts.facts.of(app.parts.names.find("bea1@example.com") or "").orders) == {"order-1"}


def test_an_erased_id_told_with_a_living_address_leaves_that_address_where_it_is(open_shop: Open) -> None:
    shop = open_shop()
    guest = Person(SHOPIFY, email="dan2@example.com")
    tell(shop, a_cart_of(guest, shop.now))
    tell(shop, ErasureRequest(Person(SHOPIFY, id="gone")))

    tell(shop, a_profile(shop.now, Person(SHOPIFY, id="gone", email="dan2@example.com")))

    known = app.parts.facts.of(app.parts.names.find("dan2@example.com") or "")
    assert known.customer.email == "dan2@example.com"


def test_what_a_visitor_tells_by_a_name_of_the_erased_person_is_not_kept(open_shop: Open) -> None:
    shop = with_a_history(open_shop)
    tell(shop, ErasureRequest(PERSON))
    browser = Person(SHOPIFY, visitors=("browser-5",))

    assert tell(shop, a_profile(shop.now, browser, name=NAME), a_cart_of(browser, shop.now)) == 0

    nothing_is_left()
    bea = Person(SHOPIFY, email="bea1@example.com", visitors=("browser-5",))
    assert tell(shop, a_profile(shop.now, bea), a_cart_of(browser, shop.now, "hers")) == 2
    assert set(app.parts.facts.of(app.parts.names.find("bea1@example.com") or "").carts) == {"hers"}


def test_what_is_told_in_one_breath_with_the_request_begins_nothing(open_shop: Open) -> None:
    shop = open_shop()
    tell(shop, a_profile(shop.now - DAY, PERSON, name=NAME))
    customer = app.parts.names.find(CARA) or ""

    app.parts.ingest([ErasureRequest(PERSON)])
    for fact_of in (a_cart_of(PERSON, shop.now), an_order_of(PERSON, shop.now)):  # on their way at that moment
        app.parts.facts.put(customer, fact_of.fact)
    shop.machine.pump()

    nothing_is_left()


@pytest.mark.parametrize("made", range(2, 8))
def test_coupons_go_though_a_merging_was_half_done(open_shop: Open, made: int) -> None:
    shop = with_a_history(open_shop)
    young, older = app.parts.names.find(CARA) or "", Person("woocommerce", id="w-5")
    tell(shop, a_cart_of(older, shop.now - 90 * DAY, "ancient"))
    app.parts.ingest([a_profile(shop.now, replace(older, email=CARA))])
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
