"""Ninety days without an order: we miss you; then 15 % for those worth it; then a last call. Any order ends it."""

from datetime import timedelta

import pytest

from chalicelib.domain.journeys.outcomes import Kind
from tests.builders import utc
from tests.journeys.shop import Open

pytestmark = pytest.mark.journeys("abandoned_cart", "nps_survey", "win_back")
ORDERED = utc("2026-03-02 10:00")
WORTH_IT, NOT_WORTH_IT = 25_000, 2_000  # 30 % of it is above, or below, 60 dollars of profit


def after(days: int) -> object:
    return ORDERED + timedelta(days=days)


def test_we_miss_you_after_90_days_an_offer_after_14_more_and_a_last_call_30_days_after_the_first(
    open_shop: Open,
) -> None:
    shop = open_shop("2026-03-02 10:00")
    shop.customer("ann")
    shop.orders("ann", total=WORTH_IT)

    shop.after(days=200)

    assert shop.times("ann", "win_back") == [
        ("miss_you", after(days=90)),
        ("offer", after(days=104)),
        ("last_call", after(days=120)),
    ]
    assert "15%" in shop.machine.inbox.tagged("step", "offer")[0].subject
    assert shop.story("ann", "win_back") == ["sent miss_you", "sent offer", "sent last_call", "exited completed"]


def test_the_offer_is_only_for_those_worth_it(open_shop: Open) -> None:
    shop = open_shop("2026-03-02 10:00")
    shop.customer("bob")
    shop.orders("bob", total=NOT_WORTH_IT)

    shop.after(days=200)

    assert shop.times("bob", "win_back") == [("miss_you", after(days=90)), ("last_call", after(days=120))]
    assert shop.story("bob", "win_back")[1] == "suppressed offer not_is_worth_an_offer"


def test_any_order_ends_it_and_starts_the_ninety_days_anew(open_shop: Open) -> None:
    shop = open_shop("2026-03-02 10:00")
    shop.customer("ann")
    shop.orders("ann", total=WORTH_IT)
    shop.after(days=89)

    shop.orders("ann")
    shop.after(days=89)
    before = shop.times("ann", "win_back")
    shop.after(days=2)

    assert before == []
    assert shop.times("ann", "win_back") == [("miss_you", after(days=89 + 90))]
    assert shop.story("ann", "win_back", run=0) == ["exited order_placed"]


def test_an_order_after_the_first_message_is_the_goal_and_the_end(open_shop: Open) -> None:
    shop = open_shop("2026-03-02 10:00")
    shop.customer("ann")
    shop.orders("ann", total=WORTH_IT)
    shop.after(days=100)

    shop.orders("ann")
    shop.after(days=50)

    assert shop.times("ann", "win_back") == [("miss_you", after(days=90))]
    assert shop.story("ann", "win_back", run=0) == ["sent miss_you", "exited order_placed"]
    assert Kind.CONVERTED in shop.kinds("ann", "win_back", run=0)


def test_an_order_more_than_30_days_after_the_first_message_is_not_the_goal(open_shop: Open) -> None:
    shop = open_shop("2026-03-02 10:00")
    shop.customer("ann")
    shop.orders("ann", total=WORTH_IT)
    shop.after(days=120, hours=1)

    shop.orders("ann")
    shop.after(days=1)

    assert not {Kind.CONVERTED, Kind.ORDERED} & shop.kinds("ann", "win_back", run=0)


def test_an_older_order_that_becomes_known_later_changes_nothing(open_shop: Open) -> None:
    shop = open_shop("2026-03-02 10:00")
    shop.customer("ann")
    shop.orders("ann", "the-later", total=WORTH_IT)
    shop.after(days=1)

    shop.orders("ann", "the-earlier", placed_at=utc("2026-03-01 10:00").isoformat())
    shop.after(days=92)

    assert shop.times("ann", "win_back") == [("miss_you", after(days=90))]
    assert shop.story("ann", "win_back", run=0) == ["exited order_placed"]


def test_history_that_is_imported_wakes_nobody_who_lapsed_long_ago(open_shop: Open) -> None:
    shop = open_shop("2026-03-02 10:00")
    shop.customer("ann")

    shop.orders("ann", placed_at=utc("2025-03-02 10:00").isoformat())
    shop.after(days=30)

    assert shop.mails("ann") == []
    assert shop.runs("ann", "win_back") == []


def test_a_score_about_the_order_is_no_answer_to_the_win_back(open_shop: Open) -> None:
    """The survey's answer comes after the win-back of the same order began to write."""
    shop = open_shop("2026-03-02 10:00")
    shop.customer("ann")
    shop.orders("ann", "order-1")
    shop.after(days=91)

    survey = next(mail for mail in shop.mails("ann") if mail.tags["journey"] == "nps_survey")
    shop.answers(survey, 9)

    assert Kind.ANSWERED in shop.kinds("ann", "nps_survey")
    assert Kind.ANSWERED not in shop.kinds("ann", "win_back")


def test_a_cart_reminder_goes_first_and_the_win_back_waits_a_day(open_shop: Open) -> None:
    """Both are due in the same minute; the cart's priority is higher."""
    shop = open_shop("2026-03-02 10:00")
    shop.customer("ann")
    shop.orders("ann", placed_at=utc("2025-12-03 10:00").isoformat())
    shop.leaves_cart("ann")

    shop.until("2026-03-03 10:00")
    first = shop.steps("ann")
    shop.until("2026-03-04 10:00")

    assert first == ["abandoned_cart/reminder"]
    assert shop.steps("ann") == ["abandoned_cart/reminder", "win_back/miss_you"]
    assert shop.story("ann", "win_back") == ["deferred miss_you frequency_cap", "sent miss_you"]
