"""The abandoned cart and the rules before each mail: holdout, consent, night, caps, bounces, scanners, pauses."""

import pytest

import app
from chalicelib.domain.figures.breaker import Pause
from chalicelib.domain.journeys.outcomes import Kind
from tests.builders import utc
from tests.journeys.shop import Open

pytestmark = pytest.mark.journeys("abandoned_cart", "win_back")
REMINDER, OFFER = "abandoned_cart/reminder", "abandoned_cart/offer"


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
    app.parts.pauses.stop("abandoned_cart", Pause())

    shop.leaves_cart("ann")
    shop.after(days=2, hours=12)

    assert shop.steps("ann") == []
    assert shop.story("ann", "abandoned_cart")[-1] == "suppressed reminder paused"
