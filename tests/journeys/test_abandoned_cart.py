"""Remind a day after the cart was left, offer 10 % two days later, stop as soon as they order."""

import pytest

import app
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


def test_the_holdout_gets_nothing_and_still_converts(open_shop: Open) -> None:
    shop = open_shop()
    shop.customer("ann", held_out=True)
    shop.leaves_cart("ann")
    shop.after(days=4)

    shop.orders("ann", total=990)
    shop.after(days=1)

    (run,) = shop.runs("ann", "abandoned_cart")
    assert shop.steps("ann") == []
    assert shop.story("ann", "abandoned_cart") == ["withheld reminder", "withheld offer", "exited completed"]
    assert run.outcomes["converted"].value == run.outcomes["ordered#order-1"].value
    assert Kind.ATTRIBUTED not in shop.kinds("ann", "abandoned_cart")


def test_without_consent_nothing_goes_and_the_reason_is_recorded(open_shop: Open) -> None:
    shop = open_shop()
    shop.customer("ann", consent=False)

    shop.leaves_cart("ann")
    shop.after(days=10)

    assert shop.steps("ann") == []
    assert shop.story("ann", "abandoned_cart") == [
        "suppressed reminder no_consent",
        "suppressed offer no_consent",
        "exited completed",
    ]


def test_at_night_in_seoul_it_waits_until_eight(open_shop: Open) -> None:
    shop = open_shop("2026-03-02 13:30")
    shop.customer("kim", language="ko", country="KR", zone="Asia/Seoul")

    shop.leaves_cart("kim")  # at 22:30 there, and so due at 22:30 a day later
    shop.after(days=2)

    (mail,) = shop.mails("kim")
    assert mail.at == utc("2026-03-03 23:00")  # 08:00 on the 4th in Seoul
    assert mail.subject.startswith("(광고)")
    assert shop.story("kim", "abandoned_cart") == ["deferred reminder quiet_hours", "sent reminder"]


def test_over_the_frequency_cap_it_waits_for_its_turn(open_shop: Open) -> None:
    shop = open_shop("2026-03-02 10:00")
    shop.customer("ann")
    shop.orders("ann", "long-ago", placed_at=utc("2025-12-03 11:00").isoformat())  # win-back on 3 March at 11:00

    shop.until("2026-03-02 12:00")
    shop.leaves_cart("ann")  # due on 3 March at 12:00, an hour after the win-back
    shop.until("2026-03-04 10:59")
    before = shop.steps("ann")
    shop.until("2026-03-04 12:00")

    assert (before, shop.steps("ann")) == (["win_back/miss_you"], ["win_back/miss_you", REMINDER])
    assert shop.mails("ann")[1].at == utc("2026-03-04 11:00")
    assert shop.story("ann", "abandoned_cart") == ["deferred reminder frequency_cap", "sent reminder"]


def test_a_reminder_whose_turn_comes_too_late_is_dropped(open_shop: Open) -> None:
    shop = open_shop("2026-03-02 10:00", settings={"FREQUENCY_CAPS": "1/72h"})
    shop.customer("ann")
    shop.orders("ann", "long-ago", placed_at=utc("2025-12-03 11:00").isoformat())

    shop.until("2026-03-02 12:00")
    shop.leaves_cart("ann")
    shop.until("2026-03-04 12:00")

    assert shop.steps("ann") == ["win_back/miss_you"]
    assert shop.story("ann", "abandoned_cart") == ["suppressed reminder frequency_cap"]


def test_a_permanent_bounce_is_the_last_mail(open_shop: Open) -> None:
    shop = open_shop()
    shop.customer("ann")
    shop.leaves_cart("ann")
    shop.after(days=1, hours=1)

    (mail,) = shop.mails("ann")
    shop.machine.ses.publish(mail, "bounce", shop.now, {"bounceType": "Permanent"})
    shop.after(days=5)

    assert shop.steps("ann") == [REMINDER]
    assert shop.story("ann", "abandoned_cart")[-2:] == ["suppressed offer suppressed_address", "exited completed"]


def test_scanners_change_nothing(open_shop: Open) -> None:
    shop = open_shop()
    shop.customer("ann")
    shop.leaves_cart("ann")
    shop.after(days=1)
    path = shop.link(shop.mails("ann")[0], "unsubscribe")

    answers = [shop.machine.request("GET", path).status for _ in range(2)]
    shop.after(days=5)

    assert answers == [200, 200]
    assert Kind.UNSUBSCRIBED not in shop.kinds("ann", "abandoned_cart")
    assert shop.steps("ann") == [REMINDER, OFFER]


def test_one_click_repeated_as_form_and_multipart_is_one_unsubscribe_and_the_last_word(open_shop: Open) -> None:
    shop = open_shop()
    shop.customer("ann")
    shop.leaves_cart("ann")
    shop.after(days=1)
    (mail,) = shop.mails("ann")
    path = mail.headers["List-Unsubscribe"].strip("<>").removeprefix("https://api.shop.example")
    multipart = '--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n'
    requests = [
        ("application/x-www-form-urlencoded", "List-Unsubscribe=One-Click"),
        ("multipart/form-data; boundary=x", multipart),
    ]

    answers = []
    for kind, body in requests * 2:
        answers.append(shop.machine.request("POST", path, body, {"Content-Type": kind}).status)
        shop.after(seconds=5)
    shop.after(days=30)

    (run,) = shop.runs("ann", "abandoned_cart")
    assert mail.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert answers == [200] * 4
    assert [o.step for o in run.outcomes.values() if o.kind is Kind.UNSUBSCRIBED] == ["reminder"]
    assert shop.steps("ann") == [REMINDER]
    assert shop.story("ann", "abandoned_cart") == ["sent reminder", "suppressed offer unsubscribed", "exited completed"]


def test_a_paused_journey_drops_what_waits_too_long(open_shop: Open) -> None:
    shop = open_shop()
    shop.customer("ann")
    app.parts.pauses.set("abandoned_cart", True)

    shop.leaves_cart("ann")
    shop.after(days=2, hours=12)

    assert shop.steps("ann") == []
    assert shop.story("ann", "abandoned_cart")[-1] == "suppressed reminder paused"
