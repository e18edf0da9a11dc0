"""Each formula gives its worked example, and no number where there is nothing to divide."""

import pytest

from chalicelib.domain.figures.formulas import (
    ComplaintLevel,
    Figure,
    always_valid_conversions,
    churn,
    complaint_level,
    count,
    csat,
    incremental_conversions,
    incremental_revenue,
    nps,
    participation,
    ratio,
    referral_rate,
    retention,
)
from chalicelib.domain.figures.funnel import funnel
from chalicelib.domain.figures.statistics import Sample, welch


def test_nothing_over_nothing_is_no_number() -> None:
    assert ratio(0, 0) == Figure(None, 0, 0)
    assert nps({}).value is None
    assert csat({}).value is None
    assert incremental_conversions(0, 10, 0, 0).value is None
    assert incremental_revenue(Sample(10, 5, 25), Sample(0, 0, 0)).value is None


def test_a_figure_shows_its_parts_and_its_interval_only_if_it_has_one() -> None:
    assert ratio(1, 4).as_json() == {"value": 0.25, "numerator": 1, "denominator": 4}
    assert count(7).as_json() == {"value": 7, "numerator": 7, "denominator": 1}
    assert set(nps({10: 1}).as_json()) == {"value", "numerator", "denominator", "low", "high"}


def test_the_net_promoter_score_counts_answers_by_score() -> None:
    figure = nps({10: 100, 9: 20, 8: 30, 7: 20, 6: 10, 3: 15, 0: 5})

    assert (figure.value, figure.numerator, figure.denominator) == (45.0, 90, 200)
    assert figure.low is not None
    assert figure.high is not None
    assert (round(figure.low, 1), round(figure.high, 1)) == (34.1, 54.5)


def test_satisfaction_is_the_share_of_fours_and_fives() -> None:
    figure = csat({5: 100, 4: 64, 3: 20, 2: 10, 1: 6})

    assert figure.value == 0.82
    assert figure.low is not None
    assert figure.high is not None
    assert (round(100 * figure.low, 1), round(100 * figure.high, 1)) == (76.1, 86.7)


def test_churn_is_what_retention_leaves() -> None:
    assert (retention(30, 40).value, churn(30, 40).value) == (0.75, 0.25)
    assert churn(30, 40).denominator == 40


def test_referral_and_participation_are_shares() -> None:
    assert referral_rate(40, 500).value == 0.08
    assert participation(3, 4).value == 0.75


def test_incremental_conversions_give_the_worked_example() -> None:
    figure = incremental_conversions(315, 9_000, 25, 1_000)

    assert figure.value == pytest.approx(0.01)
    assert figure.numerator == pytest.approx(90)
    assert figure.denominator == 9_000
    assert figure.low is not None
    assert figure.high is not None
    assert (round(100 * figure.low, 2), round(100 * figure.high, 2)) == (-0.22, 1.90)


def test_an_interval_that_is_always_valid_gives_the_worked_example() -> None:
    figure = always_valid_conversions(600, 5_000, 500, 5_000, tau=0.02)

    assert figure.value == pytest.approx(0.02)
    assert figure.low is not None
    assert figure.high is not None
    assert (round(100 * figure.low, 2), round(100 * figure.high, 2)) == (0.10, 3.90)


def test_without_a_conversion_nothing_is_always_valid() -> None:
    figure = always_valid_conversions(0, 10, 0, 10, tau=0.02)

    assert (figure.value, figure.low, figure.high) == (0, None, None)


def test_incremental_revenue_gives_the_worked_example() -> None:
    treated, held_out = Sample(9_000, 9_000 * 210, 9_000 * 210 * 4_000), Sample(1_000, 1_000 * 150, 1_000 * 150 * 4_000)

    figure = incremental_revenue(treated, held_out)

    per_head = welch(treated, held_out)
    assert figure.value == 5_400_00
    assert figure.denominator == 1_000
    assert per_head
    assert (figure.low, figure.high) == (9_000 * per_head.low, 9_000 * per_head.high)


@pytest.mark.parametrize(
    ("complaints", "sent", "level"),
    [
        (0, 0, ComplaintLevel.FINE),
        (49, 50_000, ComplaintLevel.FINE),
        (50, 50_000, ComplaintLevel.ALARM),
        (75, 50_000, ComplaintLevel.ALARM),  # 0.15 %
        (149, 50_000, ComplaintLevel.ALARM),
        (150, 50_000, ComplaintLevel.STOP),
    ],
)
def test_complaints_alarm_at_a_thousandth_and_stop_at_three(complaints: int, sent: int, level: ComplaintLevel) -> None:
    figure = funnel({"complained": complaints, "sent": sent})["complaint_rate"]

    assert complaint_level(figure) == level


def test_a_journeys_rates_stand_over_what_was_sent_or_delivered() -> None:
    counts = {"sent": 100, "delivered": 80, "bounced": 20, "opened": 40, "clicked": 10, "unsubscribed": 4}
    counts |= {"reached": 60, "converted": 18, "answered": 6}

    values = {name: figure.value for name, figure in funnel(counts).items()}

    assert values == {
        "delivery_rate": 0.8, "bounce_rate": 0.2, "complaint_rate": 0.0, "open_rate": 0.5, "click_rate": 0.125,
        "click_to_open_rate": 0.25, "unsubscribe_rate": 0.05, "conversion_rate": 0.3, "answer_rate": 0.1,
    }  # fmt: skip


def test_a_journey_that_sent_nothing_has_no_rates() -> None:
    assert {figure.value for figure in funnel({"enrolled": 5}).values()} == {None}
