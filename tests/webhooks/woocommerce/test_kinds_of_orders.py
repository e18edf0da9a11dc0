"""Orders as versions, checkouts and plug-ins of WooCommerce send them: each body whole, as the file has it."""

import pytest

import app
from chalicelib.domain.facts.cart import Line
from chalicelib.domain.money import Money
from tests.builders import utc
from tests.naming import FOUR
from tests.webhooks.given import Hooks
from tests.webhooks.woocommerce.given import JUNS_ID, tell

pytestmark = pytest.mark.journeys(*FOUR)
TEA = Line("93", "Sejak green tea", 2, 20000)


@pytest.mark.settings(SHOP_ZONE="Asia/Seoul")
def test_an_order_of_version_1_of_the_api(hooks: Hooks) -> None:
    hooks.until("2026-03-03 00:30")
    tell(hooks, "order.updated", "order_v1")

    order = hooks.known(JUNS_ID).orders["728"]
    assert (order.placed_at, order.fulfilled_at) == (utc("2026-03-02 08:40"), utc("2026-03-03 00:00"))
    assert (order.total, order.refunded, order.products) == (Money(43000, "KRW"), 20000, ("93",))


def test_a_draft_of_the_block_checkout_is_a_guest_s_cart(hooks: Hooks) -> None:
    tell(hooks, "order.created", "order_block_draft")

    known = app.parts.facts.of(app.parts.names.find("sora@example.com") or "")
    (cart,) = known.carts.values()
    assert (cart.at, cart.total, cart.lines, known.orders) == (
        utc("2026-03-02 09:04:11"), Money(43000, "KRW"), (TEA,), {},
    )  # fmt: skip


def test_an_unpaid_renewal_is_no_cart_that_somebody_left(hooks: Hooks) -> None:
    tell(hooks, "order.created", "order_renewal")

    assert (hooks.known(JUNS_ID).carts, hooks.known(JUNS_ID).orders) == ({}, {})


def test_an_order_in_which_nothing_has_many_forms(hooks: Hooks) -> None:
    tell(hooks, "order.updated", "order_careless")

    order = hooks.known(JUNS_ID).orders["750"]
    assert (order.total, order.net, order.fulfilled_at, order.coupon) == (Money(43000, "KRW"), 43000, None, None)
    assert order.products[0] == "93"
