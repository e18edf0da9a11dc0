"""``rekindle upcoming``: every enrollment that is due is counted once, under the hour of the shop's clock."""

import io
import sys
import tracemalloc
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

import app
from chalicelib import wiring
from chalicelib.domain.channel import Channel
from chalicelib.domain.journeys.circuit import Circuit
from chalicelib.domain.journeys.due import DueBatch, DueKey
from chalicelib.domain.time import to_text
from infra.cli.commands import upcoming
from infra.cli.commands.upcoming import Agenda
from infra.messages.local import templates
from infra.saved import state as local_state
from tests.builders import START, an_enrollment, utc
from tests.commands.given import STACK, outside, rekindle, rows, saved
from tests.fakes.circuits import FakeCircuits
from tests.journeys.shop import Open, Shop
from tests.naming import FOUR
from workflows.abandoned_cart import ABANDONED_CART
from workflows.nps_survey import NPS_SURVEY

pytestmark = pytest.mark.journeys(*FOUR)
Capture = pytest.CaptureFixture[str]
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def arm(number: int, minutes: int, journey: object = ABANDONED_CART) -> None:
    """A customer's run that is due so many minutes from ``START``."""
    run = an_enrollment(journey, customer=f"c{number}", due_at=START + minutes * MINUTE)  # type: ignore[arg-type]
    assert app.parts.runs.create(run)


@pytest.fixture
def shop(open_shop: Open) -> Shop:
    """In Kolkata, five and a half hours ahead; it is half past three there."""
    return open_shop("2026-03-02 10:00", settings={"SHOP_ZONE": "Asia/Kolkata"})


def test_what_is_due_is_counted_by_the_shops_hour_and_by_journey(shop: Shop, capsys: Capture) -> None:
    for number, minutes in enumerate((1, 29, 30, 89, 90)):
        arm(number, minutes)
    arm(9, 45, NPS_SURVEY)

    result = rekindle(capsys, "upcoming", "--json").json

    assert result["hours"] == [
        {"from": "2026-03-02T09:30:00.000Z", "journeys": {"abandoned_cart": 2}},
        {"from": "2026-03-02T10:30:00.000Z", "journeys": {"abandoned_cart": 2, "nps_survey": 1}},
        {"from": "2026-03-02T11:30:00.000Z", "journeys": {"abandoned_cart": 1}},
    ]
    assert result["total"] == {"abandoned_cart": 5, "nps_survey": 1}
    assert (result["zone"], result["next"]) == ("Asia/Kolkata", None)


def test_the_table_says_the_same_and_in_which_zone(shop: Shop, capsys: Capture) -> None:
    for number, minutes in enumerate((-90, 0, 1, 30)):
        arm(number, minutes)
    arm(9, 45, NPS_SURVEY)

    said = rekindle(capsys, "upcoming")

    assert rows(said.out) == [
        ["due", "abandoned_cart", "nps_survey", "all"],
        ["overdue, since 2026-03-02 14:00", "2", "2"],
        ["Mon 2026-03-02 15:00", "1", "1"],
        ["Mon 2026-03-02 16:00", "1", "1", "2"],
        ["all", "4", "1", "5"],
    ]
    assert "Times are in the shop's zone, Asia/Kolkata: it is 2026-03-02 15:30." in said.out
    assert said.err == ""


def test_what_is_overdue_comes_first_with_the_time_of_the_oldest(shop: Shop, capsys: Capture) -> None:
    for number, minutes in enumerate((-600, -5, 0, 1)):
        arm(number, minutes)

    result = rekindle(capsys, "upcoming", "--json").json

    assert result["overdue"] == {"since": to_text(START - 10 * HOUR), "journeys": {"abandoned_cart": 3}}


def test_only_so_many_hours_ahead_are_counted_and_the_next_is_named(shop: Shop, capsys: Capture) -> None:
    for number, minutes in enumerate((60, 61, 48 * 60, 48 * 60 + 1)):
        arm(number, minutes)

    one, usual = (rekindle(capsys, "upcoming", "--json", *more).json for more in (("--hours", "1"), ()))

    assert (one["total"], one["next"]) == ({"abandoned_cart": 1}, to_text(START + 61 * MINUTE))
    assert (usual["total"], usual["next"]) == ({"abandoned_cart": 3}, to_text(START + 48 * HOUR + MINUTE))
    assert "The next one after that is due at 2026-03-02 16:31." in rekindle(capsys, "upcoming", "--hours", "1").out


def test_every_page_of_every_lane_is_read(shop: Shop, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.adapters.dynamodb.due.KEYS_A_QUERY", 3)
    for number in range(50):
        arm(number, number)

    assert rekindle(capsys, "upcoming", "--json").json["total"] == {"abandoned_cart": 50}


def test_what_waits_in_a_lane_that_is_no_more_is_counted(
    shop: Shop, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(20):
        arm(number, 10)
    app.parts.lanes.in_use()
    monkeypatch.setenv("LANES", "1")
    app.parts = wiring.Parts(journeys=app.journeys, templates=templates, clock=shop.machine.clock.now)

    assert rekindle(capsys, "upcoming", "--json").json["total"] == {"abandoned_cart": 20}


def test_a_paused_journey_is_marked(shop: Shop, capsys: Capture) -> None:
    arm(1, 10)
    rekindle(capsys, "pause", "abandoned_cart")

    assert "abandoned_cart (paused)" in rekindle(capsys, "upcoming").out


def test_nothing_to_come_is_said(shop: Shop, capsys: Capture) -> None:
    assert "Nothing is due within 48 hours." in rekindle(capsys, "upcoming").out
    assert "Nothing is due within 1 hour." in rekindle(capsys, "upcoming", "--hours", "1").out


@pytest.mark.parametrize("hours", ["0", "-1", "8785", "many", "1.5"])
def test_hours_are_a_whole_number(capsys: Capture, hours: str) -> None:
    said = rekindle(capsys, "upcoming", "--hours", hours)

    assert said.status == 2
    assert "--hours: expected" in said.err


def test_a_local_run_shows_the_same_by_the_clock_at_its_end(shop: Shop, capsys: Capture) -> None:
    for number, minutes in enumerate((-5, 1, 29, 30, 3000)):
        arm(number, minutes)
    moving = an_enrollment(ABANDONED_CART, customer="ann", due_at=START + MINUTE)
    assert app.parts.runs.create(moving)
    app.parts.runs.hand_over(moving, "ben")  # it is due again once it has arrived
    running = rekindle(capsys, "upcoming", "--json").json
    local_state.save()

    assert outside(shop, capsys, "upcoming", "--json").json == running
    assert "Read from .rekindle/state.json.gz, as of 2026-03-02T10:00:00.000Z." in outside(shop, capsys, "upcoming").out


def test_a_stack_by_its_name(shop: Shop, capsys: Capture) -> None:
    arm(1, 10)

    said = outside(shop, capsys, "upcoming", "--stack", STACK)

    assert "Read from the stack teashop." in said.out
    assert "Asia/Kolkata" in said.out


def test_the_hour_that_comes_twice_in_autumn_is_two_hours() -> None:
    agenda = Agenda(utc("2026-10-24 00:00"), "Europe/Berlin")

    agenda.add("win_back", to_text(utc("2026-10-25 00:10")))  # 02:10 in summer time
    agenda.add("win_back", to_text(utc("2026-10-25 01:10")))  # 02:10 once more

    assert agenda.hours == {
        utc("2026-10-25 00:00"): Counter(win_back=1),
        utc("2026-10-25 01:00"): Counter(win_back=1),
    }


def test_a_circuit_that_is_open_is_told_first_with_its_reason_and_its_next_probe(shop: Shop, capsys: Capture) -> None:
    arm(1, 30)
    app.parts.circuits.open(Circuit(Channel.EMAIL, START, "SendingPausedException", START + 5 * MINUTE))

    said, result = rekindle(capsys, "upcoming").out.splitlines(), rekindle(capsys, "upcoming", "--json").json

    told = " ".join(said[:2])
    assert told.startswith(
        "email has been stopped since 2026-03-02 15:30: the service refuses all messages (SendingPaused"
    )
    assert "the next probe: 2026-03-02 15:35." in told
    assert result["stopped"] == [
        {
            "channel": "email",
            "since": "2026-03-02T10:00:00.000Z",
            "reason": "SendingPausedException",
            "next_probe": "2026-03-02T10:05:00.000Z",
        }
    ]


def test_a_circuit_of_a_saved_run_is_told_too(shop: Shop, capsys: Capture) -> None:
    app.parts.circuits.open(Circuit(Channel.EMAIL, START, "SendingPausedException", START + 5 * MINUTE))
    saved(shop)

    assert rekindle(capsys, "upcoming", "--json").json["stopped"][0]["reason"] == "SendingPausedException"


class Many:
    """A store in which so many enrollments are due."""

    def __init__(self, number: int) -> None:
        self.number = number

    def upcoming(self, until: datetime) -> Iterator[DueKey]:
        for each in range(self.number):
            yield DueKey(f"CUSTOMER#{each:032}", f"ENROLLMENT#win_back#{each:016}", to_text(START + each % 60 * MINUTE))

    def next_due(self, after: datetime) -> None:
        return None

    def page(self, due: object, journeys: object) -> DueBatch:
        return DueBatch()


def test_however_many_are_due_only_the_counts_are_kept(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    found: Any = SimpleNamespace(
        parts=SimpleNamespace(due=Many(20_000), circuits=FakeCircuits()), now=START, zone="UTC", origin="a test"
    )
    monkeypatch.setattr(upcoming, "stores", lambda: found)
    rekindle(capsys, "upcoming")  # whatever is made only once

    tracemalloc.start()
    said = rekindle(capsys, "upcoming", "--json")
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert said.json["total"] == {"win_back": 20_000}
    assert most < 20_000 * 16, "as little as a pointer and its target for each would be more"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_on_a_terminal_it_shows_how_far_it_is_and_elsewhere_nothing(
    shop: Shop, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upcoming, "EVERY", 1)
    for number in range(3):
        arm(number, number + 1)
    elsewhere = rekindle(capsys, "upcoming")
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)

    said = rekindle(capsys, "upcoming")

    assert elsewhere.err == ""
    assert "2 enrollments read" in terminal.getvalue()
    assert said.out == elsewhere.out
