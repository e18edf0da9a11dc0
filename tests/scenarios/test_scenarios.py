"""Every story in this folder is as expected."""

from functools import cache
from pathlib import Path

import pytest

from infra.cli import main as cli
from infra.scenario.files import StoryFile, read
from infra.scenario.player import play

pytestmark = pytest.mark.every_journey
FILES = sorted(Path(__file__).parent.glob("*.yaml"))


@cache
def _read(file: Path) -> list[StoryFile]:
    return read(file)


def _stories() -> list[tuple[Path, int]]:
    """Each file with the places of its stories; they are read when a test runs, with its journeys."""
    return [(file, place) for file in FILES for place in range(file.read_text("utf-8").count("\nstart:"))]


@pytest.mark.parametrize(("file", "place"), _stories(), ids=lambda value: getattr(value, "stem", value))
def test_the_story_is_as_expected(file: Path, place: int) -> None:
    story = _read(file)[place]

    result = play(story, cli.main)

    assert result.problem == [], f"{story.title}, step {result.failed}"


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.stem))
def test_each_story_has_a_name_and_names_its_journeys(file: Path) -> None:
    stories = _read(file)

    assert len(stories) == sum(file == each for each, _ in _stories())
    assert [story.title for story in stories if not (story.story.name and story.story.journeys)] == []
