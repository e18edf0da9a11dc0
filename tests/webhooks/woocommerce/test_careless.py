"""What plug-ins, old versions of the API and PHP really write: nothing that can be left out keeps an order out."""

from typing import Any

import pytest

from tests.builders import utc
from tests.naming import FOUR
from tests.webhooks.given import Hooks, payload, woocommerce
from tests.webhooks.woocommerce.given import CART, JUN, JUNS_ID, ORDER, account, order, tell

pytestmark = pytest.mark.journeys(*FOUR)
NOTHING: list[Any] = [None, "", [], {}, False]
TIMES = ("date_modified_gmt", "date_paid_gmt", "date_completed_gmt")


@pytest.mark.parametrize("value", NOTHING, ids=repr)
@pytest.mark.parametrize(
    "field",
    [*TIMES, "customer_id", "billing", "line_items", "coupon_lines", "refunds", "created_via", "prices_include_tax"],
)
def test_what_is_missing_in_any_form_keeps_no_order_out(hooks: Hooks, field: str, value: Any) -> None:
    order(hooks, **{field: value})

    assert set(hooks.known(JUN).orders if field != "billing" else hooks.known(JUNS_ID).orders) == {ORDER}


@pytest.mark.parametrize("value", [*NOTHING, 7, 7.5], ids=repr)
@pytest.mark.parametrize("field", ["first_name", "last_name", "country", "email"])
def test_nor_does_what_is_missing_in_the_address(hooks: Hooks, field: str, value: Any) -> None:
    billing = payload("woocommerce", "order_created")["billing"]

    order(hooks, billing=billing | {field: value})

    assert set(hooks.known(JUNS_ID).orders) == {ORDER}


@pytest.mark.parametrize(
    "lines", [[None], [{}], [[]], [{"name": 7, "quantity": None, "total": ""}, None, None, {"product_id": ""}]]
)
def test_nor_do_lines_of_nothing(hooks: Hooks, lines: Any) -> None:
    order(hooks, line_items=lines)

    assert set(hooks.known(JUNS_ID).orders) == {ORDER}


def test_numbers_for_texts_are_read(hooks: Hooks) -> None:
    billing = payload("woocommerce", "order_created")["billing"]

    order(hooks, coupon_lines=[{"code": 2026}], billing=billing | {"first_name": 7, "last_name": "Seo"})

    known = hooks.known(JUNS_ID)
    assert (known.orders[ORDER].coupon, known.customer.name) == ("2026", "7 Seo")


def test_a_list_that_php_wrote_as_an_object_is_that_list(hooks: Hooks) -> None:
    order(hooks, refunds={"1": {"id": 2, "total": "-3000"}, "4": {"id": 5, "total": "-200"}})

    assert hooks.known(JUNS_ID).orders[ORDER].refunded == 3200


def test_a_refund_that_cannot_be_read_is_reported_and_the_others_count(hooks: Hooks) -> None:
    refunds = {"0": {"id": 1, "total": "-3000"}, "1": None, "2": {"id": 3, "total": True}}

    answer = hooks.take(woocommerce("order.updated", payload("woocommerce", "order_created", refunds=refunds)))

    assert hooks.known(JUNS_ID).orders[ORDER].refunded == 3000
    assert [each["field"] for each in answer.json()["rejected"]] == ["$.refunds[1].total"]


def test_a_list_of_lines_that_cannot_be_read_empties_no_cart(hooks: Hooks) -> None:
    draft: dict[str, Any] = {"status": "checkout-draft", "date_paid_gmt": None, "created_via": "store-api"}
    order(hooks, **draft)
    changes = {"line_items": "one tea", "date_modified_gmt": "2026-03-02T09:50:00"}

    answer = hooks.take(woocommerce("order.updated", payload("woocommerce", "order_created", **draft, **changes)))

    (cart,) = hooks.known(JUNS_ID).carts.values()
    assert [line.name for line in cart.lines] == [payload("woocommerce", "order_created")["line_items"][0]["name"]]
    assert [each["field"] for each in answer.json()["rejected"]] == ["$.line_items"]


def test_an_order_with_an_empty_status_is_reported(hooks: Hooks) -> None:
    answer = hooks.take(woocommerce("order.updated", payload("woocommerce", "order_created", status="")))

    assert answer.json()["rejected"][0]["field"] == "$.status"


@pytest.mark.parametrize("refunds", [[{"id": 1, "total": None}], [{"id": 1}], [{"id": 1, "total": ""}]])
def test_a_refund_without_an_amount_is_none(hooks: Hooks, refunds: Any) -> None:
    order(hooks, refunds=[*refunds, {"id": 2, "total": "-3000"}])

    assert hooks.known(JUNS_ID).orders[ORDER].refunded == 3000


@pytest.mark.parametrize("zero", ["0000-00-00T00:00:00", "-0001-11-30T00:00:00"])
@pytest.mark.parametrize("field", TIMES)
def test_a_time_of_zero_is_none(hooks: Hooks, field: str, zero: str) -> None:
    changes: dict[str, Any] = {"date_paid_gmt": None, "date_paid": None, field: zero}

    order(hooks, status="pending", **changes)

    assert (set(hooks.known(JUNS_ID).carts), hooks.known(JUNS_ID).orders) == ({CART}, {})


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"total": None}, "$.total"), ({"total": ""}, "$.total"), ({"id": []}, "$.id"), ({"status": None}, "$.status"),
     ({"date_paid_gmt": "soon"}, "$.date_paid_gmt"), ({"customer_id": -1}, "$.customer_id"),
     ({"customer_id": 7.5}, "$.customer_id"), ({"id": 727.0}, "$.id"),
     ({"refunds": [{"total": "all"}]}, "$.refunds[0].total")],
)  # fmt: skip
def test_what_is_needed_or_says_something_else_is_reported(hooks: Hooks, changes: dict[str, Any], field: str) -> None:
    answer = hooks.take(woocommerce("order.created", payload("woocommerce", "order_created", **changes)))

    assert [each["field"] for each in answer.json()["rejected"]] == [field]


def version_1(**changes: Any) -> dict[str, Any]:
    """The order as version 1 of the REST API has it: the times are the site's own."""
    found = payload("woocommerce", "order_created", **changes)
    return {name: value for name, value in found.items() if not name.endswith("_gmt")}


@pytest.mark.settings(SHOP_ZONE="Asia/Seoul")
def test_the_times_of_version_1_are_in_the_shop_s_zone(hooks: Hooks) -> None:
    hooks.take(woocommerce("order.created", version_1(date_completed="2026-03-03T09:00:00")))

    found = hooks.known(JUNS_ID).orders[ORDER]
    assert (found.placed_at, found.at) == (utc("2026-03-02 08:30"), utc("2026-03-02 08:31:08"))
    assert found.fulfilled_at == utc("2026-03-03 00:00")


@pytest.mark.settings(SHOP_ZONE="Asia/Seoul")
@pytest.mark.parametrize("told", ["date_modified", "date_created"])
def test_an_account_of_version_1_too(hooks: Hooks, told: str) -> None:
    found = payload("woocommerce", "customer_updated", email=JUN, **{told: "2026-02-20T17:00:00"})
    gone = {"date_created_gmt", "date_modified_gmt", "date_modified" if told == "date_created" else ""}

    hooks.take(woocommerce("customer.created", {name: value for name, value in found.items() if name not in gone}))

    assert hooks.known(JUNS_ID).customer.at == utc("2026-02-20 08:00")


def test_an_order_without_any_time_is_reported(hooks: Hooks) -> None:
    found = version_1(date_created=None, date_modified=None, date_paid=None)

    answer = hooks.take(woocommerce("order.created", found)).json()

    assert answer["rejected"] == [{"field": "$.date_created_gmt", "problem": "is required"}]


@pytest.mark.parametrize("status", ["auto-draft", "draft", "quote-request", "wc-quote-sent", "ywraq-new"])
def test_a_draft_and_a_quotation_are_neither_order_nor_cart_until_paid(hooks: Hooks, status: str) -> None:
    account(hooks)
    order(hooks, status=status, date_paid_gmt=None)
    assert (hooks.known(JUNS_ID).orders, hooks.known(JUNS_ID).carts) == ({}, {})

    order(hooks, "order.updated", status=status)

    assert set(hooks.known(JUNS_ID).orders) == {ORDER}


@pytest.mark.parametrize("status", ["wc-pending", "pending"])
def test_a_status_may_have_its_full_name(hooks: Hooks, status: str) -> None:
    order(hooks, status=status, date_paid_gmt=None)

    assert (hooks.known(JUNS_ID).orders, set(hooks.known(JUNS_ID).carts)) == ({}, {CART})


def test_an_account_says_as_little(hooks: Hooks) -> None:
    tell(hooks, "customer.created", "customer_updated", email=JUN, billing=[], first_name=[], last_name="Seo",
         date_modified_gmt="", date_created_gmt=False)  # fmt: skip

    known = hooks.known(JUNS_ID).customer
    assert known.name == "Seo"
