"""``rekindle pause`` and ``rekindle resume``: what they stop, what they say, and on what."""

import gzip
import json
from pathlib import Path

import pytest

from infra.saved.state import STATE
from tests.commands.given import STACK, outside, rekindle, saved
from tests.journeys.shop import Open
from tests.naming import FOUR

pytestmark = pytest.mark.journeys(*FOUR)
Capture = pytest.CaptureFixture[str]


def test_a_paused_journey_sends_nothing_and_a_resumed_one_what_it_had_put_off(open_shop: Open, capsys: Capture) -> None:
    shop = open_shop("2026-03-02 10:00")
    shop.customer("ann")
    shop.leaves_cart("ann")

    assert rekindle(capsys, "pause", "abandoned_cart").status == 0
    shop.after(hours=25)
    assert shop.mails("ann") == []
    assert shop.story("ann", "abandoned_cart") == ["deferred reminder paused"]

    assert rekindle(capsys, "resume", "abandoned_cart").status == 0
    shop.after(hours=6)
    assert shop.steps("ann") == ["abandoned_cart/reminder"]


def test_what_would_have_waited_too_long_is_left_out_as_the_command_says(open_shop: Open, capsys: Capture) -> None:
    shop = open_shop("2026-03-02 10:00")
    shop.customer("ann")
    shop.leaves_cart("ann")

    said = rekindle(capsys, "pause", "abandoned_cart")
    shop.after(hours=49)

    assert "never sent once it has" in said.out
    assert "reminder 24 hours; offer 24 hours" in said.out
    assert shop.story("ann", "abandoned_cart")[-1] == "suppressed reminder paused"


def test_other_journeys_go_on(open_shop: Open, capsys: Capture) -> None:
    shop = open_shop("2026-03-02 10:00")
    shop.customer("ann")
    shop.leaves_cart("ann")

    rekindle(capsys, "pause", "win_back")
    shop.after(hours=25)

    assert shop.steps("ann") == ["abandoned_cart/reminder"]


def test_doing_it_again_says_so_and_changes_nothing(open_shop: Open, capsys: Capture) -> None:
    open_shop()

    result = [rekindle(capsys, verb, "win_back", "--json").json for verb in ("pause", "pause", "resume", "resume")]

    assert [(each["paused"], each["changed"]) for each in result] == [
        (True, True),
        (True, False),
        (False, True),
        (False, False),
    ]
    assert "win_back is running already, in the deployed tables." in rekindle(capsys, "resume", "win_back").out


def test_without_a_journey_it_lists_which_are_paused(open_shop: Open, capsys: Capture) -> None:
    open_shop()
    rekindle(capsys, "pause", "win_back")

    said, result = rekindle(capsys, "pause"), rekindle(capsys, "pause", "--json").json

    states = dict(words for line in said.out.splitlines() if len(words := line.split()) == 2)
    assert states == result["journeys"] | {"journey": "state"}
    assert result["journeys"] == {
        "abandoned_cart": "running", "early_access": "running", "nps_survey": "running", "win_back": "paused",
    }  # fmt: skip


@pytest.mark.parametrize("verb", ["pause", "resume"])
def test_an_unknown_journey_is_named_with_those_there_are(open_shop: Open, capsys: Capture, verb: str) -> None:
    open_shop()

    said = rekindle(capsys, verb, "wine_back")

    assert (said.status, said.out) == (1, "")
    journeys = "abandoned_cart, early_access, nps_survey, win_back"
    assert said.err == f"rekindle: there is no journey 'wine_back'; the journeys are {journeys}\n"


def test_resume_wants_a_journey(capsys: Capture) -> None:
    said = rekindle(capsys, "resume")

    assert said.status == 2
    assert said.err == "rekindle: the following arguments are required: JOURNEY (try: rekindle resume --help)\n"


def test_on_a_stack_by_its_name(open_shop: Open, capsys: Capture) -> None:
    shop = open_shop("2026-03-02 10:00")
    shop.customer("ann")
    shop.leaves_cart("ann")

    said = outside(shop, capsys, "pause", "abandoned_cart", "--stack", STACK)

    assert said.out.startswith("abandoned_cart is paused, in the stack teashop.\n")
    shop.after(hours=25)
    assert shop.mails("ann") == []


def test_of_a_local_run_the_pause_is_written_down_and_nothing_else_is_touched(open_shop: Open, capsys: Capture) -> None:
    shop = open_shop()
    shop.customer("ann")
    saved(shop)
    before = lines()

    said = rekindle(capsys, "pause", "win_back")

    assert "The local run has ended and does not continue" in said.out
    (written,) = [line for line in lines() if line not in before]
    assert json.dumps(written).startswith('["engagement", {"pk": "JOURNEY#win_back", "sk": "PAUSE"')
    assert rekindle(capsys, "pause", "--json").json["journeys"]["win_back"] == "paused"
    rekindle(capsys, "resume", "win_back")
    (left,) = [line for line in lines() if line not in before]
    assert json.dumps(left).startswith('["engagement", {"pk": "JOURNEY#win_back", "sk": "RESUMED"')


def test_of_a_local_run_doing_it_again_writes_nothing(open_shop: Open, capsys: Capture) -> None:
    saved(open_shop())
    rekindle(capsys, "pause", "win_back")
    version = STATE.stat().st_ino

    said = rekindle(capsys, "pause", "win_back")

    assert said.out.startswith("win_back is paused already, in .rekindle/state.json.gz")
    assert STATE.stat().st_ino == version


def test_of_a_local_run_the_figures_stay(open_shop: Open, capsys: Capture) -> None:
    shop = open_shop("2026-03-02 10:00")
    shop.customer("ann")
    shop.leaves_cart("ann")
    shop.after(days=4)
    shop.orders("ann")
    saved(shop)
    figures = rekindle(capsys, "kpis", "--json").json
    assert figures["journeys"]["abandoned_cart"]["sent"] == 2

    rekindle(capsys, "pause", "win_back")

    assert rekindle(capsys, "kpis", "--json").json == figures


def test_a_snapshot_that_cannot_be_written_stays_as_it_was(open_shop: Open, capsys: Capture) -> None:
    shop = open_shop()
    shop.customer("ann")
    saved(shop)
    before = STATE.read_bytes()
    STATE.with_name(STATE.name + ".new").mkdir()  # where it is written first

    said = rekindle(capsys, "pause", "win_back")

    assert (said.status, said.out) == (1, "")
    assert "Is a directory" in said.err
    assert STATE.read_bytes() == before


def test_without_a_run_and_without_a_stack_it_says_what_to_do(capsys: Capture) -> None:
    said = rekindle(capsys, "pause", "win_back")

    assert said.status == 1
    assert said.err.startswith("rekindle: no local run is saved: run rekindle demo, replay, import or serve first")
    assert not Path(".rekindle").exists()


def lines() -> list[object]:
    """The snapshot, line by line."""
    return [json.loads(line) for line in gzip.decompress(STATE.read_bytes()).splitlines()]
