"""Ask how likely they are to recommend the shop, remind once, and tell the team at once when the answer is bad."""

import pytest

import app
from chalicelib.domain.journeys.outcomes import Kind
from tests.builders import utc
from tests.journeys.shop import Open
from tests.journeys.surveys import ORDERED, after

pytestmark = pytest.mark.journeys("nps_survey")


def test_it_asks_14_days_after_the_order_and_reminds_once_after_5_days(open_shop: Open) -> None:
    shop = open_shop("2026-03-02 10:00")
    shop.customer("ann")
    shop.orders("ann")

    shop.after(days=80)

    assert shop.times("ann", "nps_survey") == [("survey", after(days=14)), ("reminder", after(days=19))]
    assert shop.team_mails() == []


def test_it_asks_7_days_after_the_fulfilment_when_that_is_first(open_shop: Open) -> None:
    shop = open_shop("2026-03-02 10:00")
    shop.customer("ann")
    shop.orders("ann", "order-1")
    shop.after(days=3)

    shop.orders("ann", "order-1", placed_at=ORDERED.isoformat(), fulfilled_at=utc("2026-03-05 09:00").isoformat())
    shop.after(days=8)

    assert shop.times("ann", "nps_survey") == [("survey", utc("2026-03-12 09:00"))]


def test_a_late_fulfilment_does_not_put_it_off(open_shop: Open) -> None:
    shop = open_shop("2026-03-02 10:00")
    shop.customer("ann")
    shop.orders("ann", "order-1")
    shop.after(days=12)

    shop.orders("ann", "order-1", placed_at=ORDERED.isoformat(), fulfilled_at=utc("2026-03-14 09:00").isoformat())
    shop.after(days=4)

    assert shop.times("ann", "nps_survey") == [("survey", after(days=14))]


def test_a_cancelled_order_is_not_asked_about(open_shop: Open) -> None:
    shop = open_shop("2026-03-02 10:00")
    shop.customer("ann")
    shop.orders("ann", "order-1")
    shop.after(days=1)

    shop.orders("ann", "order-1", placed_at=ORDERED.isoformat(), cancelled_at=utc("2026-03-03 10:00").isoformat())
    shop.after(days=30)

    assert shop.steps("ann") == []
    assert shop.story("ann", "nps_survey") == ["exited order_cancelled"]


def test_a_promoter_is_not_reminded_and_nobody_is_told(open_shop: Open) -> None:
    shop = open_shop("2026-03-02 10:00")
    shop.customer("ann")
    shop.orders("ann")
    shop.after(days=15)

    response = shop.answers(shop.mails("ann")[0], 10, "Lovely tea")
    shop.after(days=30)

    (run,) = shop.runs("ann", "nps_survey")
    assert (response.status, response.json()) == (200, {"recorded": True, "score": 10})
    assert shop.times("ann", "nps_survey") == [("survey", after(days=14))]
    assert shop.team_mails() == []
    assert (run.outcomes["answered"].score, Kind.CONVERTED in shop.kinds("ann", "nps_survey")) == (10, True)


def test_a_detractor_is_brought_to_the_team_at_once_and_only_once_if_the_answer_is_sent_twice(open_shop: Open) -> None:
    shop = open_shop("2026-03-02 10:00")
    shop.customer("ann")
    shop.orders("ann", "order-1")
    shop.after(days=15)

    first = shop.answers(shop.mails("ann")[0], 3, "Broken pot")
    second = shop.answers(shop.mails("ann")[0], 3, "Broken pot")
    shop.after(minutes=2)
    notices = len(shop.team_mails())
    shop.after(days=30)

    (mail,) = shop.team_mails()
    assert (first.json(), second.json(), notices) == (
        {"recorded": True, "score": 3},
        {"recorded": False, "score": 3},
        1,
    )
    assert "3" in mail.subject
    assert "Broken pot" in mail.text
    assert shop.email("ann") not in mail.raw
    assert shop.times("ann", "nps_survey") == [("survey", after(days=14))]


def test_after_a_reminder_a_detractor_is_brought_to_the_team_as_well(open_shop: Open) -> None:
    shop = open_shop("2026-03-02 10:00")
    shop.customer("ann")
    shop.orders("ann")
    shop.after(days=20)

    shop.answers(shop.mails("ann")[-1], 0)
    shop.after(minutes=2)

    assert [mail.tags["step"] for mail in shop.mails("ann")] == ["survey", "reminder"]
    assert len(shop.team_mails()) == 1


def test_it_asks_at_most_once_in_90_days(open_shop: Open) -> None:
    shop = open_shop("2026-03-02 10:00")
    shop.customer("ann")
    shop.orders("ann", "order-1")  # asked about on day 14
    shop.after(days=80)
    shop.orders("ann", "order-2")  # due on day 94, ten days too soon
    shop.after(days=10)

    shop.orders("ann", "order-3")  # due on day 104: again
    shop.after(days=15)

    surveys = [time for step, time in shop.times("ann", "nps_survey") if step == "survey"]
    assert surveys == [after(days=14), after(days=104)]
    assert shop.story("ann", "nps_survey", run=1) == ["exited re_entry"]


def test_an_answer_after_14_days_counts_but_is_not_the_goal(open_shop: Open) -> None:
    shop = open_shop("2026-03-02 10:00")
    shop.customer("ann")
    shop.orders("ann")
    shop.after(days=14 + 14, hours=1)

    shop.answers(shop.mails("ann")[0], 8)

    kinds = shop.kinds("ann", "nps_survey")
    assert (Kind.ANSWERED in kinds, Kind.CONVERTED in kinds) == (True, False)


def test_a_detractor_who_answers_late_is_still_brought_to_the_team(open_shop: Open) -> None:
    """The run has ended; the case is open all the same, and the mail's link is good for it."""
    shop = open_shop("2026-03-02 10:00")
    shop.customer("ann")
    shop.orders("ann")
    shop.after(days=40)

    shop.answers(shop.mails("ann")[0], 1)
    shop.after(days=1)

    assert len(shop.team_mails()) == 1


def test_it_needs_no_consent_to_advertising(open_shop: Open) -> None:
    shop = open_shop("2026-03-02 10:00")
    shop.customer("ann", consent=False)
    shop.orders("ann")

    shop.after(days=15)

    assert shop.times("ann", "nps_survey") == [("survey", after(days=14))]


def test_a_scanner_that_opens_every_link_gives_no_score(open_shop: Open) -> None:
    shop = open_shop("2026-03-02 10:00")
    shop.customer("ann")
    shop.orders("ann")
    shop.after(days=14)
    path = shop.link(shop.mails("ann")[0], "surveys")

    scores = [str(score) for score in range(11)] * 2
    answers = [shop.machine.request("GET", path, query={"score": score}).status for score in scores]
    shop.after(days=6)

    assert set(answers) == {200}
    assert Kind.ANSWERED not in shop.kinds("ann", "nps_survey")
    assert [step for step, _ in shop.times("ann", "nps_survey")] == ["survey", "reminder"]


def test_it_waits_for_the_morning_in_new_york_on_the_day_the_clock_changes(open_shop: Open) -> None:
    shop = open_shop("2026-02-22 05:00")
    shop.customer("ann", zone="America/New_York")
    shop.orders("ann")  # at midnight there, and so due at midnight of 8 March, when 02:00 becomes 03:00

    shop.after(days=15)

    assert shop.times("ann", "nps_survey") == [("survey", utc("2026-03-08 12:00"))]  # 08:00 EDT, not 13:00 (EST)
    assert shop.story("ann", "nps_survey") == ["deferred survey quiet_hours", "sent survey"]


def test_the_notice_to_the_team_is_in_no_figure_of_mails_to_customers(open_shop: Open) -> None:
    shop = open_shop("2026-03-02 10:00")
    shop.customer("ann")
    shop.orders("ann")
    shop.after(days=14, hours=1)
    shop.answers(shop.mails("ann")[-1], 2)
    shop.after(hours=1)

    report = app.parts.kpis()
    counts = {cell.kind: number for cell, number in report.cells.items() if cell.journey == "nps_survey"}
    assert len(shop.team_mails()) == 1
    assert (counts["sent"], counts["delivered"], counts["reached"]) == (1, 1, 1)
    assert (counts["sent_to_team"], counts["delivered_to_team"]) == (1, 1)
    assert shop.kinds("ann", "nps_survey") >= {Kind.SENT, Kind.ANSWERED}
