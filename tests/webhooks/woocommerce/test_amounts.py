"""Amounts and times are exact; what is finer than a currency is rounded, and no line refuses an order."""

from typing import Any

import pytest

from chalicelib.domain.money import Money
from tests.builders import utc
from tests.naming import FOUR
from tests.webhooks.given import Hooks, payload
from tests.webhooks.woocommerce.given import CART, JUNS_ID, ORDER, order, unpaid

pytestmark = pytest.mark.journeys(*FOUR)


def test_a_time_without_an_offset_is_utc_and_one_with_it_is_what_it_says(hooks: Hooks) -> None:
    order(hooks, date_created_gmt="2026-03-02T08:30:00+09:00")

    assert hooks.known(JUNS_ID).orders[ORDER].placed_at == utc("2026-03-01 23:30")


@pytest.mark.parametrize(
    ("currency", "total", "amount"),
    [
        ("USD", "29.35", 2935),
        ("USD", "29.3500", 2935),
        ("JPY", "1500", 1500),
        ("KWD", "1.234", 1234),
        ("USD", 29.1, 2910),
    ],
)
def test_money_is_exact(hooks: Hooks, currency: str, total: Any, amount: int) -> None:
    order(hooks, currency=currency, total=total, line_items=[], coupon_lines=[])

    assert hooks.known(JUNS_ID).orders[ORDER].total == Money(amount, currency)


@pytest.mark.parametrize(
    ("currency", "total", "amount"),
    [("JPY", "1357.40", 1357), ("JPY", "1357.50", 1358), ("KRW", "43000.5", 43001), ("USD", "8.3333", 833)],
)
def test_a_total_finer_than_its_currency_is_rounded(hooks: Hooks, currency: str, total: str, amount: int) -> None:
    order(hooks, currency=currency, total=total, line_items=[])

    assert hooks.known(JUNS_ID).orders[ORDER].total == Money(amount, currency)


def test_refunds_finer_than_their_currency_give_back_no_more_than_the_total(hooks: Hooks) -> None:
    order(hooks, currency="JPY", total="1357.40", line_items=[], refunds=[{"total": "-678.70"}, {"total": "-678.70"}])

    assert hooks.known(JUNS_ID).orders[ORDER].net == 0


@pytest.mark.parametrize(
    ("changes", "kept"),
    [
        ({"total": "8.3333", "quantity": 1}, [("93", 1, 833)]),
        ({"total": ""}, [("93", 2, 0)]),
        ({"total": "-5.00"}, [("93", 2, 0)]),
        ({"total": None}, [("93", 2, 0)]),
        ({"total": "1e999999999"}, [("93", 2, 0)]),
        ({"total": "10.00", "quantity": None}, [("93", 1, 1000)]),
        ({"total": "10.00", "quantity": "2.5"}, [("93", 3, 333)]),
        ({"total": "10.00", "quantity": -1}, []),
        ({"total": "10.00", "quantity": []}, [("93", 1, 1000)]),
        ({"total": "10.00", "product_id": ""}, [("Sejak green tea", 2, 500)]),
        ({"total": "10.00", "product_id": {}, "name": 7}, [("product", 2, 500)]),
    ],
)
def test_a_line_never_refuses_an_order(hooks: Hooks, changes: dict[str, Any], kept: list[Any]) -> None:
    line = payload("woocommerce", "order_created")["line_items"][0] | changes
    unpaid(hooks, "pending", "08:31:08", currency="USD", total="10.00", line_items=[line])

    lines = hooks.known(JUNS_ID).carts[CART].lines
    assert [(each.product, each.quantity, each.price) for each in lines] == kept


@pytest.mark.parametrize(
    ("shows_tax", "total", "tax", "pieces", "price"),
    [
        (True, "63.03", "11.97", 3, 2500),  # 3 x 25.00 with 19 % tax
        (False, "75.00", "14.25", 3, 2500),
        (None, "75.00", "14.25", 3, 2500),
        (True, "10.00", "", 3, 333),
        (True, "20.00", None, 3, 667),  # half up, and not down
        (True, "1e999999", "1", 1, 0),
    ],
)
def test_a_line_is_shown_as_the_shop_shows_its_prices(
    hooks: Hooks, shows_tax: bool | None, total: str, tax: str | None, pieces: int, price: int
) -> None:
    line = {"product_id": 93, "name": "Tea", "quantity": pieces, "total": total, "total_tax": tax}
    unpaid(hooks, "pending", "08:31:00", currency="EUR", total="80.00", prices_include_tax=shows_tax, line_items=[line])

    (found,) = hooks.known(JUNS_ID).carts[CART].lines
    assert (found.quantity, found.price) == (pieces, price)


@pytest.mark.parametrize(
    ("made_by", "is_cart"),
    [("checkout", True), ("store-api", True), ("", True), (None, True), ("admin", False), ("rest-api", False),
     ("subscription", False)],
)  # fmt: skip
def test_an_unpaid_order_that_no_customer_began_is_no_cart(hooks: Hooks, made_by: str | None, is_cart: bool) -> None:
    unpaid(hooks, "pending", "08:31:00", created_via=made_by)

    assert (CART in hooks.known(JUNS_ID).carts) is is_cart
