"""``rekindle validate`` warns where fixed waits stand closer than the frequency caps allow; a warning is no fault."""

import json

import pytest

import workflows
from chalicelib.domain.facts.order import OrderPlaced
from chalicelib.domain.journeys.journey import (
    MARKETING,
    SERVICE,
    SKIP,
    At,
    Branch,
    Defer,
    Journey,
    On,
    Purpose,
    Send,
    Step,
    Wait,
    days,
    hours,
)
from chalicelib.domain.journeys.policy import DEFAULT_CAPS, Cap
from chalicelib.domain.journeys.situation import Situation
from infra.cli import main as cli
from infra.journeys.spacing import warnings
from tests.builders import START
from tests.naming import FOUR
from workflows.abandoned_cart import ABANDONED_CART

pytestmark = pytest.mark.journeys(*FOUR)
FIRST = Send("first", "a")


def a_journey(*steps: Step, purpose: Purpose = MARKETING) -> Journey:
    return Journey(key="hello", version=1, purpose=purpose, enroll=On(OrderPlaced), steps=steps)


def test_a_wait_shorter_than_the_cap_is_named_with_what_becomes_of_the_message() -> None:
    skipped = a_journey(FIRST, Wait("w", hours(12)), Send("second", "b", capped=SKIP))
    deferred = a_journey(FIRST, Wait("w", hours(12)), Send("second", "b", capped=Defer(hours(12))))

    planned = "journey 'hello': step 'second' is planned 12 hours after 'first'"
    cap = "and the cap of 1 in 24 hours does not allow that"
    assert warnings(skipped, DEFAULT_CAPS) == [f"{planned}, {cap}: it is left out"]
    assert warnings(deferred, DEFAULT_CAPS) == [f"{planned}, {cap}: it is deferred by 12 hours"]


def test_a_wait_as_long_as_the_cap_is_none() -> None:
    assert warnings(a_journey(FIRST, Wait("w", days(1)), Send("second", "b")), DEFAULT_CAPS) == []


def test_a_cap_of_several_mails_counts_all_of_them() -> None:
    steps = [each for n in range(3) for each in (Send(f"s{n}", "a"), Wait(f"w{n}", days(2)))]
    journey = a_journey(*steps, Send("last", "b", capped=SKIP))

    (warning,) = warnings(journey, DEFAULT_CAPS)

    assert "step 'last' is planned 6 days after 's0', and the cap of 3 in 7 days" in warning


def test_each_path_of_a_branch_is_looked_at() -> None:
    def is_any(situation: Situation) -> bool:
        return True

    branch = Branch("b", is_any, (Wait("short", hours(1)),), (Wait("long", days(2)),))

    assert len(warnings(a_journey(FIRST, branch, Send("second", "b")), DEFAULT_CAPS)) == 1


def test_waits_since_the_trigger_count_from_there() -> None:
    near = a_journey(Wait("a", days(90), since="trigger"), FIRST, Wait("b", hours(91 * 24 - 1), since="trigger"),
                     Send("second", "b"))  # fmt: skip

    assert "planned 23 hours after 'first'" in warnings(near, DEFAULT_CAPS)[0]


def test_what_is_no_fixed_wait_is_not_judged() -> None:
    def moment(situation: Situation) -> None:
        return None

    for wait in (Wait("w", At(START.time())), Wait("w", On(OrderPlaced), timeout=hours(1)), Wait("w", since=moment)):
        assert warnings(a_journey(FIRST, wait, Send("second", "b")), DEFAULT_CAPS) == []


def test_messages_about_one_s_own_order_count_against_no_cap() -> None:
    assert warnings(a_journey(FIRST, Wait("w", hours(1)), Send("second", "b"), purpose=SERVICE), DEFAULT_CAPS) == []


@pytest.mark.every_journey
def test_the_journeys_stand_far_enough_apart_for_the_caps_of_the_stack() -> None:
    assert [each for journey in workflows.current() for each in warnings(journey, DEFAULT_CAPS)] == []


def test_a_warning_is_printed_and_is_no_fault(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FREQUENCY_CAPS", "1/3d")
    (expected,) = warnings(ABANDONED_CART, (Cap(1, days(3)),))

    assert cli.main(["validate"]) == 0
    assert f"rekindle: warning: {expected}" in capsys.readouterr().err.splitlines()

    assert cli.main(["validate", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert (expected in listed["warnings"], listed["faults"]) == (True, [])


def test_caps_that_cannot_be_read_are_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FREQUENCY_CAPS", "0/24h")

    assert cli.main(["validate"]) == 1
    assert capsys.readouterr().err.startswith("rekindle: FREQUENCY_CAPS: expected frequency caps")
