"""Deliveries that tell of times ahead are taken as of their arrival."""

from datetime import timedelta

import pytest

from chalicelib.domain.facts.consent import Purpose
from tests.builders import START
from tests.naming import FOUR
from tests.webhooks.given import CART, Hooks, events, payload, segment, shopify, woocommerce
from tests.webhooks.woocommerce.given import JUNS_ID

pytestmark = pytest.mark.journeys(*FOUR)
HOURS = timedelta(hours=9)
AHEAD = (START + HOURS).isoformat()
PLAIN = (START + HOURS).replace(tzinfo=None).isoformat()
"""A local time without an offset, which is read as UTC."""


def test_an_order_of_a_local_time_was_placed_when_it_arrived(hooks: Hooks) -> None:
    body = payload("woocommerce", "order_created", date_created_gmt=PLAIN, date_modified_gmt=PLAIN, date_paid_gmt=PLAIN)

    assert hooks.take(woocommerce("order.created", body)).status == 200

    (order,) = hooks.known(JUNS_ID).orders.values()
    assert (order.placed_at, order.at) == (START, START)


def test_a_consent_of_a_local_time_does_not_outlast_a_refusal(hooks: Hooks) -> None:
    consent = {"state": "subscribed", "opt_in_level": None, "consent_updated_at": AHEAD}
    sent = payload("shopify", "customers_update", updated_at=AHEAD, email_marketing_consent=consent)
    hooks.take(shopify("customers/update", sent))
    hooks.machine.advance_to(START + timedelta(minutes=1))
    refusal = {"state": "unsubscribed", "opt_in_level": None, "consent_updated_at": (START).isoformat()}

    hooks.take(shopify("customers/update", sent | {"email_marketing_consent": refusal}))

    assert hooks.known(sent["email"]).customer.consents[Purpose.MARKETING].given is False


def test_a_cart_of_a_batch_keeps_the_order_of_its_changes(hooks: Hooks) -> None:
    added = payload("segment", "product_added", timestamp=AHEAD, messageId="m-2", userId="u1")
    removed = added | {"event": "Product Removed", "timestamp": (START + 2 * HOURS).isoformat(), "messageId": "m-1"}

    assert hooks.take(segment({"batch": [removed, added]})).status == 200

    (cart,) = hooks.known("u1").carts.values()
    assert (cart.at, cart.lines) == (START, ())


def test_a_fact_of_the_shop_s_own_services_is_as_of_its_arrival(hooks: Hooks) -> None:
    answer = hooks.take(events({"facts": [CART, CART | {"id": "k9", "at": AHEAD}]})).json()

    assert (answer["stored"], answer.get("rejected", [])) == (2, [])
    assert hooks.known(str(CART["customer_id"])).carts["k9"].at == START


def test_what_a_sender_announces_may_lie_ahead(hooks: Hooks) -> None:
    launch = {"type": "launch", "id": "spring", "at": START.isoformat(), "name": "Spring", "products": ["p"],
              "segment": "loyal", "opens_at": AHEAD, "ends_at": "2026-04-01T00:00:00Z"}  # fmt: skip

    assert hooks.take(events(launch)).status == 200


def test_an_order_that_arrives_in_time_keeps_its_own(hooks: Hooks) -> None:
    assert hooks.take(woocommerce("order.created", payload("woocommerce", "order_created"))).status == 200

    (order,) = hooks.known(JUNS_ID).orders.values()
    assert order.placed_at < START
