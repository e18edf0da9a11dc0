"""Paid orders: read completely, fulfilled, refunded, called off, deleted and restored."""

from typing import Any

import pytest

from chalicelib.domain.money import Money
from tests.builders import START, utc
from tests.naming import FOUR
from tests.webhooks.given import Hooks
from tests.webhooks.woocommerce.given import JUN, JUNS_ID, ORDER, account, order, tell

pytestmark = pytest.mark.journeys(*FOUR)


@pytest.mark.parametrize("topic", ["order.created", "order.updated", "order.restored"])
def test_an_order_is_read_completely(hooks: Hooks, topic: str) -> None:
    account(hooks)
    order(hooks, topic)

    known = hooks.known(JUNS_ID)
    found = known.orders[ORDER]
    assert (found.total, found.net) == (Money(43000, "KRW"), 43000)
    assert (found.placed_at, found.at) == (utc("2026-03-02 08:30"), utc("2026-03-02 08:31:08"))
    assert (found.products, found.coupon, found.cart_id) == (("93",), "CART-7Q2M", "order-727")
    assert (found.fulfilled_at, found.cancelled_at) == (None, None)
    assert (known.customer.claimed_email, known.customer.name, known.customer.country) == (JUN, "Jun Seo", "KR")
    assert known.customer.consents == {}


def test_a_completed_order_is_fulfilled(hooks: Hooks) -> None:
    order(hooks, "order.updated", status="completed", date_completed_gmt="2026-03-04T01:02:03")

    assert hooks.known(JUNS_ID).orders[ORDER].fulfilled_at == utc("2026-03-04 01:02:03")


@pytest.mark.parametrize("status", ["cancelled", "trash", "failed"])
def test_a_paid_order_called_off_brings_nothing(hooks: Hooks, status: str) -> None:
    hooks.until("2026-03-07 00:00")
    order(hooks)
    order(hooks, "order.updated", status=status, date_modified_gmt="2026-03-03T00:00:00")

    found = hooks.known(JUNS_ID).orders[ORDER]
    assert (found.cancelled_at, found.net) == (utc("2026-03-03 00:00"), 0)


def test_refunds_are_those_of_the_last_word(hooks: Hooks) -> None:
    refunds = [{"id": 1, "reason": "", "total": "-10000"}, {"id": 2, "reason": "dented", "total": "-5000"}]
    order(hooks)
    order(hooks, "order.updated", refunds=refunds)
    assert hooks.known(JUNS_ID).orders[ORDER].refunded == 15000

    order(hooks, "order.updated", refunds=refunds[:1], date_modified_gmt="2026-03-05T00:00:00")  # one was taken back

    assert hooks.known(JUNS_ID).orders[ORDER].refunded == 10000


@pytest.mark.parametrize("refunds", [[], [{"total": "-43000"}], [{"total": "-99999"}]])
def test_a_refunded_order_brings_nothing(hooks: Hooks, refunds: list[Any]) -> None:
    order(hooks, "order.updated", status="refunded", refunds=refunds)

    assert hooks.known(JUNS_ID).orders[ORDER].net == 0


@pytest.mark.parametrize("first", ["order.created", "order.deleted"])
def test_a_deleted_order_is_called_off_whichever_comes_first(hooks: Hooks, first: str) -> None:
    for topic in (first, *({"order.created", "order.deleted"} - {first})):
        tell(hooks, topic, "order_created" if topic == "order.created" else "order_deleted")

    found = hooks.known(JUNS_ID).orders[ORDER]
    assert (found.cancelled_at, found.net) == (START, 0)


def test_a_restored_order_counts_again(hooks: Hooks) -> None:
    order(hooks)
    tell(hooks, "order.deleted", "order_deleted")
    hooks.until("2026-03-02 11:00")
    order(hooks, "order.restored", date_modified_gmt="2026-03-02T11:00:00")

    assert hooks.known(JUNS_ID).orders[ORDER].net == 43000


@pytest.mark.parametrize("field", ["line_items", "coupon_lines", "refunds", "billing"])
def test_a_list_that_is_null_is_empty(hooks: Hooks, field: str) -> None:
    changes: dict[str, Any] = {field: None}
    order(hooks, **changes)

    assert set(hooks.known(JUNS_ID).orders) == {ORDER}
