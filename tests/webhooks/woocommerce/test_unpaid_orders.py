"""An order that is not paid is a cart until it is paid, called off or deleted, in whichever order that is told."""

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.facts.cart import Cart, Line
from chalicelib.domain.money import Money
from tests.builders import utc
from tests.naming import FOUR
from tests.webhooks.given import Hooks, events
from tests.webhooks.woocommerce.given import CART, JUN, JUNS_ID, ORDER, account, order, runs, tell, unpaid

pytestmark = pytest.mark.journeys(*FOUR)

TEA = Line("93", "Sejak green tea", 2, 20000)


@pytest.mark.parametrize("status", ["pending", "checkout-draft", "failed"])
def test_an_order_that_is_not_paid_is_a_cart_until_it_is(hooks: Hooks, status: str) -> None:
    order(hooks, status=status, date_paid_gmt=None)
    known = hooks.known(JUNS_ID)
    left_at = None if status == "checkout-draft" else utc("2026-03-02 08:30")
    expected = Cart(CART, utc("2026-03-02 08:31:08"), Money(43000, "KRW"), (TEA,), left_at=left_at)
    assert known.carts == {CART: expected}
    assert known.orders == {}

    order(hooks, "order.updated", date_modified_gmt="2026-03-02T09:00:00")

    assert hooks.known(JUNS_ID).orders[ORDER].cart_id == CART
    assert runs(JUNS_ID)["abandoned_cart"] is None


@pytest.mark.parametrize("status", ["cancelled", "trash"])
def test_an_order_called_off_unpaid_leaves_its_cart_and_was_no_order(hooks: Hooks, status: str) -> None:
    unpaid(hooks, "pending", "08:31:08")
    before = hooks.known(JUNS_ID).carts
    unpaid(hooks, status, "09:40:00")

    known = hooks.known(JUNS_ID)
    assert (known.carts, known.orders) == (before, {})
    assert runs(JUNS_ID) == {"abandoned_cart": utc("2026-03-02 08:30") + timedelta(hours=24)}


def test_a_failed_payment_is_one_more_try_at_the_cart(hooks: Hooks) -> None:
    unpaid(hooks, "pending", "08:31:08")
    unpaid(hooks, "failed", "08:35:00")

    known = hooks.known(JUNS_ID)
    assert (known.carts[CART].at, known.carts[CART].lines) == (utc("2026-03-02 08:35"), (TEA,))
    assert known.orders == {}
    assert set(runs(JUNS_ID)) == {"abandoned_cart"}


@pytest.mark.parametrize("status", ["pending", "failed"])
def test_an_unpaid_order_of_years_ago_that_is_saved_today_begins_nothing(hooks: Hooks, status: str) -> None:
    account(hooks)
    for at in ("08:35:00", "08:36:00"):
        unpaid(hooks, status, at, date_created_gmt="2023-03-02T08:30:00", total=f"{at[4]}0000")

    assert hooks.known(JUNS_ID).carts[CART].activity == utc("2023-03-02 08:30")
    assert runs(JUNS_ID) == {}


@pytest.mark.parametrize("status", ["pending", "failed"])
def test_an_unpaid_order_that_is_saved_every_two_hours_is_reminded_a_day_after_it_was_created(
    hooks: Hooks, status: str
) -> None:
    consents = {"marketing": {"given": True, "at": "2026-02-20T08:00:00Z"}}
    jun = {"type": "customer", "at": "2026-02-20T08:00:00Z", "email": JUN, "consents": consents}
    hooks.take(events(jun))
    for hour in range(0, 30, 2):
        saved = utc("2026-03-02 10:00") + timedelta(hours=hour)
        hooks.machine.advance_to(saved)
        guest = {"customer_id": 0, "status": status, "date_paid_gmt": None}
        order(hooks, "order.updated", date_modified_gmt=f"{saved:%Y-%m-%dT%H:%M:%S}", **guest)

    reminders = [mail.at for mail in hooks.machine.inbox.to(JUN)]
    assert reminders == [utc("2026-03-03 08:30")]


def test_a_checkout_s_draft_is_left_when_its_customer_last_changed_it(hooks: Hooks) -> None:
    unpaid(hooks, "checkout-draft", "08:31:08")
    unpaid(hooks, "checkout-draft", "09:40:00")

    assert hooks.known(JUNS_ID).carts[CART].activity == utc("2026-03-02 09:40")


@pytest.mark.parametrize("taken", ["on-hold", "processing"])  # by bank transfer, for cash on delivery
@pytest.mark.parametrize("status", ["cancelled", "failed", "trash"])
@pytest.mark.parametrize("at", ["08:31:08", "09:40:00"])
@pytest.mark.parametrize("is_first", [True, False])
def test_an_order_taken_without_a_payment_is_called_off_whatever_comes_first(
    hooks: Hooks, taken: str, status: str, at: str, is_first: bool
) -> None:
    changes = [(taken, "08:31:08"), (status, at)]
    for each, since in changes if is_first else reversed(changes):
        unpaid(hooks, each, since)

    found = hooks.known(JUNS_ID).orders[ORDER]
    assert (found.total, found.net) == (Money(43000, "KRW"), 0)
    assert found.cancelled_at


@pytest.mark.parametrize("is_first", [True, False])
def test_an_order_called_off_and_paid_after_all_counts(hooks: Hooks, is_first: bool) -> None:
    changes: list[dict[str, Any]] = [
        {"status": "cancelled", "date_modified_gmt": "2026-03-02T09:40:00", "date_paid_gmt": None},
        {"status": "pending", "date_modified_gmt": "2026-03-02T09:45:00", "date_paid_gmt": None},
        {"status": "processing", "date_modified_gmt": "2026-03-02T09:50:00", "date_paid_gmt": "2026-03-02T09:50:00"},
    ]
    for each in changes if is_first else reversed(changes):
        order(hooks, "order.updated", **each)

    known = hooks.known(JUNS_ID)
    assert (known.orders[ORDER].net, known.orders[ORDER].cancelled_at) == (43000, None)
    assert known.carts[CART].lines == (TEA,)


@pytest.mark.parametrize("is_first", [True, False])
def test_a_deleted_order_that_was_not_paid_is_an_empty_cart(hooks: Hooks, is_first: bool) -> None:
    for is_deletion in (False, True) if is_first else (True, False):
        if is_deletion:
            tell(hooks, "order.deleted", "order_deleted")
        else:
            unpaid(hooks, "pending", "08:31:08")

    known = hooks.known(JUNS_ID)
    assert (known.carts[CART].lines, known.orders) == ((), {})
    assert runs(JUNS_ID) in ({}, {"abandoned_cart": None})
