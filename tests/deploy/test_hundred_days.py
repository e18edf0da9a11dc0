"""A hundred days of a shop: every call of every function is one that its policy allows, and the figures stay right."""

from pathlib import Path

import pytest

from infra.cli import main as cli
from infra.machine import calls
from infra.scenario.files import read
from infra.scenario.player import play
from tests.deploy.permissions import refused
from tests.naming import FOUR

pytestmark = pytest.mark.journeys(*FOUR)
STORY = Path(__file__).parent / "stories" / "hundred_days.yaml"
ALL_BUT_OWN_TABLES = {"app", "audience", "dispatch", "enroll", "feedback", "nightly", "rollup", "sweep"}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the calls of this story are written."""
    monkeypatch.setenv(calls.VARIABLE, str(tmp_path))
    return tmp_path


def test_no_policy_refuses_a_call_of_a_hundred_days(folder: Path) -> None:
    (story,) = read(STORY)

    result = play(story, cli.main)

    made = calls.read(folder)
    assert result.problem == []
    assert {call.function for call in made} == ALL_BUT_OWN_TABLES
    assert refused(made) == []
