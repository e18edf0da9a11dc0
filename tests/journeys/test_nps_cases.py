"""The survey and a detractor's case: open, closed, and what it holds back."""

import pytest

import app
from tests.journeys.shop import Open
from tests.journeys.surveys import after, answered

pytestmark = pytest.mark.journeys("nps_survey")


def test_no_survey_goes_while_a_detractors_case_is_open_nor_a_reminder_of_it_later(open_shop: Open) -> None:
    shop = answered(open_shop, 2)
    shop.after(days=85)
    shop.orders("ann", "order-2")  # due on day 114, more than 90 days after the first survey

    shop.after(days=16)  # day 116
    closed = app.parts.survey.close_case(shop.key("ann"), "order-1")
    shop.after(days=30)

    assert closed
    assert shop.story("ann", "nps_survey", run=1)[0] == "suppressed survey not_has_no_open_case"
    assert shop.times("ann", "nps_survey") == [("survey", after(days=14))]


def test_when_the_case_is_closed_the_next_order_is_asked_about(open_shop: Open) -> None:
    shop = answered(open_shop, 2)
    shop.after(days=85)

    closings = [app.parts.survey.close_case(shop.key("ann"), "order-1") for _ in range(2)]
    shop.machine.pump()
    shop.orders("ann", "order-2")
    shop.after(days=15)

    assert closings == [True, False]
    assert shop.times("ann", "nps_survey") == [("survey", after(days=14)), ("survey", after(days=114))]
    assert len(shop.team_mails()) == 1


def test_closing_a_case_leaves_the_answers_own_time_alone(open_shop: Open) -> None:
    shop = answered(open_shop, 2)
    shop.after(days=85)

    app.parts.survey.close_case(shop.key("ann"), "order-1")

    assert app.parts.facts.of(shop.key("ann")).answers["order-1"].at == after(days=15)
