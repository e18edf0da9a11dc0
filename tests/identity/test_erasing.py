"""A customer asks to be forgotten: nothing is left in any table but keyed hashes, and nothing brings them back."""

import json
from collections.abc import Callable

import boto3
import pytest

from chalicelib import wiring
from chalicelib.domain.customer import Unsubscription
from chalicelib.domain.incoming import ErasureRequest, Person
from tests.identity.breaking import broken_after
from tests.identity.given import DAY, HOUR, SHOPIFY, a_cart_of, a_profile, an_order_of, differences, items, tell
from tests.journeys.shop import Open, Shop

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
    before = wiring.counters().read()

    assert tell(shop, ErasureRequest(Person("", email=CARA))) == 1
    shop.after(minutes=5)

    nothing_is_left()
    assert wiring.counters().read() == before
    assert differences(shop) == {}
    assert wiring.nightly()()["differences"] == 0
    assert wiring.commerce().find(CARA) is None


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
    wiring.commerce().put(customer, a_cart_of(PERSON, shop.now, "late").fact)
    shop.machine.pump()


def _a_late_link(shop: Shop, customer: str) -> None:
    wiring.commerce().put(customer, Unsubscription("marketing", shop.now))  # type: ignore[arg-type]
    shop.machine.pump()


@pytest.mark.parametrize("late", [_a_late_fact, _a_late_link])
def test_a_fact_on_its_way_at_that_moment_does_not_bring_the_person_back(
    open_shop: Open, late: Callable[[Shop, str], None]
) -> None:
    shop = with_a_history(open_shop)
    customer = wiring.commerce().find(CARA)
    assert customer
    tell(shop, ErasureRequest(PERSON))

    late(shop, customer)

    nothing_is_left()


def test_a_page_on_the_queue_does_not_bring_the_person_back(open_shop: Open) -> None:
    shop = with_a_history(open_shop)
    customer = wiring.commerce().find(CARA) or ""
    mails = len(shop.machine.inbox)
    due = [run for run in wiring.engagement().customer(customer).enrollments if run.due_at]
    page = {"keys": [[f"CUSTOMER#{customer}", f"ENROLLMENT#{run.id}"] for run in due]}
    assert due
    tell(shop, ErasureRequest(PERSON))

    shop.machine.invoke("dispatch", {"Records": [{"messageId": "1", "body": json.dumps(page)}]})
    shop.after(days=10)

    nothing_is_left()
    assert len(shop.machine.inbox) == mails


def test_what_a_dispatcher_wrote_at_that_moment_goes_in_the_night(open_shop: Open) -> None:
    shop = with_a_history(open_shop)
    customer = wiring.commerce().find(CARA) or ""
    known = wiring.engagement().customer(customer)
    tell(shop, ErasureRequest(PERSON))

    wiring.engagement().put_contacts({customer: known.contacts})
    wiring.engagement().create(next(iter(known.enrollments)))
    shop.after(days=1)

    nothing_is_left()


def test_an_erasure_that_stops_anywhere_is_finished_by_its_retry(open_shop: Open) -> None:
    shop = with_a_history(open_shop)
    customer = wiring.commerce().find(CARA) or ""
    shop.after(minutes=5)
    before, calls = wiring.counters().read(), 0

    while broken_after(calls, lambda: wiring.erase()(customer)):
        calls += 1

    assert calls > 8
    shop.machine.pump()
    nothing_is_left()
    assert differences(shop) == {}
    assert wiring.counters().read() == before


def test_who_was_never_known_is_refused_from_then_on_too(open_shop: Open) -> None:
    shop = open_shop()
    tell(shop, ErasureRequest(Person(SHOPIFY, email="dan@example.com")))

    assert tell(shop, a_cart_of(Person(SHOPIFY, id="9", email="dan@example.com"), shop.now)) == 0

    nothing_is_left()


def test_a_bounced_address_is_erased_like_any_other(open_shop: Open) -> None:
    shop = with_a_history(open_shop)
    wiring.engagement().suppress(wiring.identity().address_hash(CARA), "bounce", shop.now)

    tell(shop, ErasureRequest(PERSON))

    nothing_is_left()


def test_the_queues_hold_nothing_of_the_person_afterwards(open_shop: Open) -> None:
    shop = with_a_history(open_shop)
    tell(shop, ErasureRequest(PERSON))
    sqs = boto3.client("sqs")

    for url in sqs.list_queues().get("QueueUrls", []):
        for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
            assert CARA not in message["Body"]
