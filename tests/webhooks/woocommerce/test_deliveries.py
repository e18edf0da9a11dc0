"""Deliveries: the first ping of a new webhook, and two deliveries with one id."""

import pytest

from tests.naming import FOUR
from tests.webhooks.given import Hooks, Sent, payload, woocommerce
from tests.webhooks.woocommerce.given import JUNS_ID

pytestmark = pytest.mark.journeys(*FOUR)


@pytest.mark.parametrize("body", [b"webhook_id=5", b"webhook_id=12345"])
@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "application/json", ""])
def test_the_first_ping_is_a_200(hooks: Hooks, body: bytes, kind: str) -> None:
    assert hooks.take(Sent("woocommerce", {"content-type": kind}, body)).status == 200


@pytest.mark.parametrize("body", [b"", b"webhook_id=", b"webhook_id=x", b"webhook_id=5&x=1", b"webhook_id=5\n", b"{}"])
def test_what_only_looks_like_the_ping_is_a_401(hooks: Hooks, body: bytes) -> None:
    assert hooks.take(Sent("woocommerce", {"content-type": "application/x-www-form-urlencoded"}, body)).status == 401


@pytest.mark.parametrize("source", ["shopify", "segment", "events"])
def test_no_other_source_has_pings(hooks: Hooks, source: str) -> None:
    assert hooks.take(Sent(source, {}, b"webhook_id=5")).status == 401


def test_two_deliveries_of_one_second_share_an_id_and_are_both_taken(hooks: Hooks) -> None:
    first = woocommerce("order.created", payload("woocommerce", "order_created"), delivery="same")
    second = woocommerce("order.created", payload("woocommerce", "order_created", id=728), delivery="same")

    assert [hooks.take(sent).json()["stored"] > 0 for sent in (first, second, first)] == [True, True, False]
    assert set(hooks.known(JUNS_ID).orders) == {"727", "728"}
