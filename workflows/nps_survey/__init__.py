"""Ask customers how likely they are to recommend the shop, remind once, and notify the team of a bad answer.

An answer can be changed for 24 hours: the team is told whenever that opens or closes a case.
"""

from datetime import datetime

from chalicelib.domain.journeys.journey import (
    SERVICE,
    AnswerChanged,
    Branch,
    CoolDown,
    Goal,
    Journey,
    Notify,
    On,
    OrderCancelled,
    OrderFulfilled,
    OrderPlaced,
    OrderRefunded,
    Send,
    Step,
    SurveyAnswered,
    Wait,
    days,
)
from chalicelib.domain.journeys.moments import (
    answer_final,
    awaits_answer,
    case_closing,
    case_opening,
    has_no_open_case,
    is_answered,
    is_case_over,
    is_open_case,
    is_taken_back,
    is_unanswered,
)
from chalicelib.domain.journeys.situation import Situation

ANSWER = On(SurveyAnswered, key="order_id")
CHANGE = On(AnswerChanged, key="order_id")
SURVEY_AFTER_ORDER = days(14)
SURVEY_AFTER_FULFILMENT = days(7)


def survey_time(situation: Situation) -> datetime | None:
    """14 days after the order, or 7 days after its fulfilment if that is known, whichever is first."""
    order = situation.facts.orders.get(situation.enrollment.subject)
    if order is None:
        return situation.enrollment.entered_at + SURVEY_AFTER_ORDER
    latest = order.placed_at + SURVEY_AFTER_ORDER
    return min(latest, order.fulfilled_at + SURVEY_AFTER_FULFILMENT) if order.fulfilled_at else latest


def told(name: str, *then: Step) -> tuple[Step, ...]:
    """Tell the team when a case opens, and when the customer closes it by a better answer; ``then``: what follows."""
    closed = Notify(f"{name}_closed", template="case_closed", when=is_taken_back)
    opened = (
        Notify(name, template="detractor", when=is_open_case),
        Wait(f"{name}_better", since=case_closing, recheck=CHANGE),
        Branch(f"{name}_over", when=is_case_over, then=(closed, *then)),
    )
    return (Wait(f"{name}_bad", since=case_opening, recheck=CHANGE), Branch(f"{name}_open", is_open_case, opened))


LAST = (Wait("final", since=answer_final), Notify("tell_team_last", template="detractor", when=is_open_case))
"""Who has changed their mind so often changes it on: the team is told at the end."""

NPS_SURVEY = Journey(
    key="nps_survey",
    version=1,
    purpose=SERVICE,
    enroll=On(OrderPlaced, key="order_id"),
    exit=On(OrderCancelled, key="order_id", when=is_unanswered) | On(OrderRefunded, key="order_id", when=is_unanswered),
    goal=Goal(SurveyAnswered, within=days(14), key="order_id"),
    reentry=CoolDown(days(90)),
    steps=(
        Wait("experienced", since=survey_time, recheck=On(OrderFulfilled, key="order_id")),
        Send("survey", template="survey", when=has_no_open_case, late=days(14)),
        Wait("answer", ANSWER, timeout=days(5)),
        Branch(
            "answered",
            when=is_answered,
            then=(),
            otherwise=(
                Send("reminder", template="reminder", when=awaits_answer),
                Wait("late_answer", ANSWER, timeout=days(85)),  # a late bad answer is reported too
            ),
        ),
        *told("tell_team", *told("tell_team_2", *told("tell_team_3", *LAST))),
    ),
)

JOURNEYS = (NPS_SURVEY,)
