"""Ask customers how likely they are to recommend the shop, remind once, and notify the team of a bad answer."""

from chalicelib.domain.journeys.journey import (
    SERVICE,
    Branch,
    CoolDown,
    Goal,
    Journey,
    Notify,
    On,
    OrderCancelled,
    OrderFulfilled,
    OrderPlaced,
    Send,
    SurveyAnswered,
    Wait,
    days,
)
from chalicelib.domain.journeys.moments import has_no_open_case, is_answered, is_detractor, survey_time, was_asked

ANSWER = On(SurveyAnswered, key="order_id")

NPS_SURVEY = Journey(
    key="nps_survey",
    version=1,
    purpose=SERVICE,
    enroll=On(OrderPlaced, key="order_id"),
    exit=On(OrderCancelled, key="order_id"),
    goal=Goal(SurveyAnswered, within=days(14), key="order_id"),
    reentry=CoolDown(days(90)),
    steps=(
        Wait("experienced", since=survey_time, recheck=On(OrderFulfilled, key="order_id")),
        Send("survey", template="survey", when=has_no_open_case),
        Wait("answer", ANSWER, timeout=days(5)),
        Branch(
            "answered",
            when=is_answered,
            then=(),
            otherwise=(
                Send("reminder", template="reminder", when=was_asked),
                Wait("late_answer", ANSWER, timeout=days(85)),  # a late bad answer is reported too
            ),
        ),
        Notify("tell_team", template="detractor", when=is_detractor),
    ),
)

JOURNEYS = (NPS_SURVEY,)
