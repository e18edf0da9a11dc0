"""``rekindle retry`` on a stack, on the saved tables of a local run, and against another change."""

import pytest

import app
from chalicelib.domain.journeys.outcomes import Kind
from chalicelib.domain.journeys.run import Enrollment, Status
from tests.commands.given import STACK, outside, rekindle, saved
from tests.commands.retry.given import figures, run_of
from tests.importing.given import is_recounted
from tests.journeys.shop import Shop
from tests.naming import FOUR

pytestmark = pytest.mark.journeys(*FOUR)
Capture = pytest.CaptureFixture[str]
LogCapture = pytest.LogCaptureFixture


def test_on_a_stack_by_its_name(failed: Shop, capsys: Capture) -> None:
    said = outside(failed, capsys, "retry", "ann", "--stack", STACK)

    assert said.out.endswith("Done in the stack teashop.\n")
    failed.after(minutes=5)
    assert failed.steps("ann") == ["abandoned_cart/reminder"]


def test_of_a_local_run_the_new_state_is_written_down(failed: Shop, capsys: Capture) -> None:
    saved(failed)

    said = rekindle(capsys, "retry", "ann")

    assert "The local run has ended and does not continue" in said.out
    assert rekindle(capsys, "upcoming", "--json").json["overdue"]["journeys"] == {"abandoned_cart": 1}
    result = rekindle(capsys, "show", "ann", "--json").json["timeline"]
    assert [entry["text"] for entry in result if entry["kind"] in (Kind.FAILED, Kind.DEFERRED)] == [
        "Mail deferred: it had failed, and the team retried it"
    ]


def test_of_a_local_run_the_figures_follow_and_equal_a_recount(failed: Shop, capsys: Capture) -> None:
    saved(failed)
    assert figures(capsys) == {"enrolled": 1, "failed": 1}

    rekindle(capsys, "retry", "ann")

    assert figures(capsys) == {"enrolled": 1, "deferred": 1}
    assert is_recounted()


def test_of_a_local_run_a_second_time_it_has_not_failed(failed: Shop, capsys: Capture) -> None:
    saved(failed)
    rekindle(capsys, "retry", "ann")

    assert rekindle(capsys, "retry", "ann").err == "rekindle: no enrollment of customer 'ann' has failed\n"


def test_someone_else_s_change_at_the_same_moment_wins(
    failed: Shop, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = app.parts.runs
    save = store.save

    def too_late(before: Enrollment, after: Enrollment) -> Enrollment:
        save(before, before)
        return save(before, after)

    monkeypatch.setattr(store, "save", too_late)
    said = rekindle(capsys, "retry", "ann")

    assert said.status == 1
    assert "another process has just changed" in said.err
    assert run_of(failed).status is Status.ENDED
