"""A customer asks to be forgotten: nothing is left in any table but keyed hashes, and nothing brings them back."""

import boto3
import pytest

import app
from chalicelib.domain.facts.inbound import ErasureRequest, Person
from tests.identity.forgotten import CARA, NAME, OLD, PERSON, nothing_is_left, with_a_history
from tests.identity.given import SHOPIFY, a_cart_of, a_profile, an_order_of, differences, tell
from tests.journeys.shop import Open
from tests.naming import FOUR

pytestmark = pytest.mark.journeys(*FOUR)


def test_every_item_goes_and_the_figures_stay(open_shop: Open) -> None:
    shop = with_a_history(open_shop)
    shop.after(minutes=5)
    before = app.parts.counters.read()

    assert tell(shop, ErasureRequest(Person("", email=CARA))) == 1
    shop.after(minutes=5)

    nothing_is_left()
    assert app.parts.counters.read() == before
    assert differences(shop) == {}
    assert app.parts.nightly()["suspected"] == 0
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


def test_who_was_never_known_is_refused_from_then_on_too(open_shop: Open) -> None:
    shop = open_shop()
    tell(shop, ErasureRequest(Person(SHOPIFY, email="dan@example.com")))

    assert tell(shop, a_cart_of(Person(SHOPIFY, id="9", email="dan@example.com", is_verified=True), shop.now)) == 0

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
