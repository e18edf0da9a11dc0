"""The nightly recount: what the counters are compared with, and when a difference is an alarm."""

import logging
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.journeys.policy import Policy
from chalicelib.domain.standing.standing import standing_of
from chalicelib.domain.time import to_text
from tests.builders import START, an_order
from tests.naming import FOUR
from tests.services.night import Night, with_outcomes

pytestmark = pytest.mark.journeys(*FOUR)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def nights(night: Night) -> tuple[dict[str, Any], dict[str, Any]]:
    """What two nights in a row find."""
    first = night()
    night.now += DAY
    return first, night()


def test_counters_that_equal_the_recount_raise_no_alarm(caplog: pytest.LogCaptureFixture) -> None:
    night = Night()
    night.runs.create(with_outcomes())
    night.runs.put("ann", standing_of([an_order(at=START - 40 * DAY)], Policy().thresholds, START), [], [])
    night.count()

    with caplog.at_level(logging.ERROR):
        answer = night()

    assert answer["differences"] == 0
    assert caplog.records == []


@pytest.mark.parametrize("wrong", [1, -1])
def test_a_difference_is_found_and_is_an_error(wrong: int, caplog: pytest.LogCaptureFixture) -> None:
    night = Night()
    night.runs.create(with_outcomes())
    night.count()
    place = "9".zfill(40)
    night.counters.apply("2026-03-02", "s9", {"hello|1|-|-|treated|sent": wrong}, place, place, to_text(START))

    with caplog.at_level(logging.ERROR):
        first, second = nights(night)

    assert (first["suspected"], first["differences"]) == (1, 0)
    assert second["differences"] == 1
    assert [record.levelname for record in caplog.records] == ["ERROR"]


def test_a_lost_count_is_found() -> None:
    night = Night()
    night.runs.create(with_outcomes())

    first, second = nights(night)

    assert [first["suspected"], second["differences"]] == [2, 2]


def test_what_changed_while_the_items_were_read_is_no_difference_once_it_is_counted() -> None:
    """The recount sees an order whose record the counters get a moment later."""
    night = Night()
    night.runs.create(with_outcomes())

    first = night()
    night.count()
    night.now += DAY
    second = night()

    assert (first["suspected"], first["differences"]) == (2, 0)
    assert (second["suspected"], second["differences"]) == (0, 0)


def test_what_was_counted_wrong_one_night_and_is_right_the_next_is_no_difference() -> None:
    """A run that moved while it was read counted nowhere; the counters were right all along."""
    night = Night()
    run = with_outcomes()
    night.runs.create(run)
    night.count()
    del night.runs.enrollments[run.customer, run.id]
    first = night()
    night.runs.create(run)
    night.now += DAY

    second = night()

    assert (first["suspected"], first["differences"]) == (2, 0)
    assert (second["suspected"], second["differences"]) == (0, 0)


def test_today_is_not_compared_for_its_records_are_still_on_their_way() -> None:
    night = Night(now=START + HOUR)
    night.runs.create(with_outcomes())

    assert night()["suspected"] == 0


def test_a_second_job_of_the_same_night_judges_nothing_and_forgets_nothing() -> None:
    night = Night()
    night.runs.create(with_outcomes())

    first, again = night(), night()
    night.now += DAY
    next_night = night()

    assert [each["differences"] for each in (first, again, next_night)] == [0, 0, 2]
