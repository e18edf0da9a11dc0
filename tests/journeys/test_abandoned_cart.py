"""Remind a day after the cart was left, offer 10 % two days later, stop as soon as they order."""

import pytest

from chalicelib.domain.journeys.outcomes import Kind
from tests.builders import utc
from tests.journeys.shop import Open

pytestmark = pytest.mark.journeys("abandoned_cart", "win_back")
REMINDER, OFFER = "abandoned_cart/reminder", "abandoned_cart/offer"


def test_a_reminder_goes_a_day_after_the_last_change(open_shop: Open) -> None:
    shop = open_shop("2026-03-02 10:00")
    shop.customer("ann")
    shop.leaves_cart("ann")
    shop.after(hours=4)
    shop.leaves_cart("ann", pieces=2)

    shop.after(hours=23, minutes=59)
    before = shop.steps("ann")
    shop.after(minutes=1)

    assert (before, shop.steps("ann")) == ([], [REMINDER])
    assert shop.mails("ann")[0].at == utc("2026-03-03 14:00")


def test_an_offer_follows_two_days_after_the_reminder_and_then_nothing(open_shop: Open) -> None:
    shop = open_shop("2026-03-02 10:00")
    shop.customer("ann")
    shop.leaves_cart("ann")

    shop.after(days=60)

    assert [(mail.tags["step"], mail.at) for mail in shop.mails("ann")] == [
        ("reminder", utc("2026-03-03 10:00")),
        ("offer", utc("2026-03-05 10:00")),
    ]
    assert "10%" in shop.mails("ann")[1].subject
    assert shop.story("ann", "abandoned_cart") == ["sent reminder", "sent offer", "exited completed"]


def test_an_order_before_the_reminder_stops_everything(open_shop: Open) -> None:
    shop = open_shop()
    shop.customer("ann")
    shop.leaves_cart("ann")
    shop.after(hours=23)

    shop.orders("ann")
    shop.after(days=10)

    assert shop.steps("ann") == []
    assert shop.story("ann", "abandoned_cart") == ["exited order_placed"]
    assert Kind.CONVERTED not in shop.kinds("ann", "abandoned_cart")  # nothing was sent that could have brought it


def test_an_order_stops_the_offer_and_is_the_goal(open_shop: Open) -> None:
    shop = open_shop()
    shop.customer("ann")
    shop.leaves_cart("ann")
    shop.after(days=2)

    shop.orders("ann", total=4200)
    shop.after(days=10)

    (run,) = shop.runs("ann", "abandoned_cart")
    assert shop.steps("ann") == [REMINDER]
    assert shop.story("ann", "abandoned_cart") == ["sent reminder", "exited order_placed"]
    assert [(o.value.amount, o.value.currency) for o in [run.outcomes["converted"]] if o.value] == [(4200, "USD")]


def test_an_order_of_this_very_cart_that_came_first_stops_the_reminder(open_shop: Open) -> None:
    """The order's webhook comes before the checkout's, and its own time is a second earlier."""
    shop = open_shop()
    shop.customer("ann")
    shop.orders("ann", cart_id="cart-1")
    shop.after(seconds=1)

    shop.leaves_cart("ann", "cart-1")
    shop.after(days=10)

    assert shop.steps("ann") == []
    assert shop.story("ann", "abandoned_cart") == ["exited order_placed"]


def test_an_order_six_days_after_the_reminder_is_no_conversion(open_shop: Open) -> None:
    shop = open_shop()
    shop.customer("ann")
    shop.leaves_cart("ann")
    shop.after(days=7, hours=1)  # the reminder went after one day: its five days are over

    shop.orders("ann")
    shop.after(days=1)

    assert Kind.CONVERTED not in shop.kinds("ann", "abandoned_cart")


def test_an_emptied_cart_ends_it(open_shop: Open) -> None:
    shop = open_shop()
    shop.customer("ann")
    shop.leaves_cart("ann")
    shop.after(hours=2)

    shop.empties_cart("ann")
    shop.after(days=10)

    assert shop.steps("ann") == []
    assert shop.story("ann", "abandoned_cart") == ["exited cart_emptied"]


def test_an_empty_cart_enrolls_nobody(open_shop: Open) -> None:
    shop = open_shop()
    shop.customer("ann")

    shop.leaves_cart("ann", pieces=0)
    shop.after(days=3)

    assert shop.runs("ann", "abandoned_cart") == []


def test_a_cart_that_changes_often_is_one_enrollment(open_shop: Open) -> None:
    shop = open_shop()
    shop.customer("ann")

    for pieces in range(1, 20):
        shop.leaves_cart("ann", pieces=pieces)
        shop.after(minutes=10)
    shop.after(days=5)

    assert len(shop.runs("ann", "abandoned_cart")) == 1
    assert shop.steps("ann") == [REMINDER, OFFER]


def test_a_second_cart_within_seven_days_is_not_reminded_and_the_reason_is_recorded(open_shop: Open) -> None:
    shop = open_shop()
    shop.customer("ann")
    shop.leaves_cart("ann", "cart-1")
    shop.after(days=4)

    shop.leaves_cart("ann", "cart-2")  # due five days in, four after the first reminder
    shop.after(days=10)

    assert shop.steps("ann") == [REMINDER, OFFER]
    assert shop.story("ann", "abandoned_cart", run=1) == ["exited re_entry"]


def test_a_cart_a_week_after_the_last_reminder_is_reminded(open_shop: Open) -> None:
    shop = open_shop()
    shop.customer("ann")
    shop.leaves_cart("ann", "cart-1")
    shop.after(days=7)

    shop.leaves_cart("ann", "cart-2")  # due eight days in, exactly seven after the first reminder
    shop.after(days=10)

    assert shop.steps("ann") == [REMINDER, OFFER, REMINDER, OFFER]


def test_a_cart_that_was_bought_blocks_no_later_one(open_shop: Open) -> None:
    shop = open_shop()
    shop.customer("ann")
    shop.leaves_cart("ann", "cart-1")
    shop.after(hours=1)
    shop.orders("ann", cart_id="cart-1")
    shop.after(hours=1)

    shop.leaves_cart("ann", "cart-2")
    shop.after(days=2)

    assert shop.steps("ann") == [REMINDER]


def test_a_cart_that_is_only_saved_again_is_reminded_a_day_after_it_was_left(open_shop: Open) -> None:
    shop = open_shop("2026-03-02 10:00")
    shop.customer("ann")
    left_at = shop.now.isoformat()

    for _ in range(30):
        shop.leaves_cart("ann", left_at=left_at)
        shop.after(hours=1)

    assert shop.times("ann", "abandoned_cart") == [("reminder", utc("2026-03-03 10:00"))]


def test_a_cart_that_was_left_long_ago_begins_nothing_when_it_is_saved_today(open_shop: Open) -> None:
    shop = open_shop("2026-03-02 10:00")
    shop.customer("ann")

    for pieces in (1, 2):
        shop.leaves_cart("ann", pieces=pieces, left_at=utc("2023-03-02 10:00").isoformat())
        shop.after(days=2)

    assert shop.runs("ann", "abandoned_cart") == []
