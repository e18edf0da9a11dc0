"""What can be wrong with a story beyond its form, found before it is played."""

from collections.abc import Iterator
from pathlib import Path

from chalicelib.domain.time import from_text
from chalicelib.sources.registry import sources
from infra.scenario.known import journeys, settings
from infra.scenario.moments import WrongTime
from infra.scenario.people import wrong_names
from infra.scenario.step_checks import wrong_in_step
from infra.scenario.story import Story
from infra.scenario.suggestion import meant
from infra.scenario.time_checks import after, wrong_times
from infra.scenario.yaml_text import Wrong

FIRST = from_text("1970-01-01T00:00:00Z")


def wrong_in(story: Story, folder: Path) -> Iterator[Wrong]:
    """All that is wrong with a story, the first of it first; ``folder``: where its file is."""
    try:
        now = from_text(story.start)
    except ValueError as error:
        yield ("start",), str(error)
        return
    if now < FIRST:
        yield ("start",), "expected a time from 1970 on"
    yield from _wrong_in_head(story)
    for number, step in enumerate(story.steps):
        for place, problem in wrong_in_step(step, story, folder):
            yield ("steps", number, *place), problem
        for place, problem in wrong_times(step, folder, now):
            yield ("steps", number, *place), problem
        try:
            now = after(step, now)
        except WrongTime as error:
            yield ("steps", number), str(error)
    yield from wrong_names(story, folder)


def _wrong_in_head(story: Story) -> Iterator[Wrong]:
    for name in story.settings:
        if name not in settings():
            yield ("settings", name), f"unknown setting{meant(name, settings())}"
    for number, name in enumerate(story.journeys or ()):
        if name not in journeys():
            yield ("journeys", number), f"unknown journey{meant(name, journeys())}"
    for name, secret in story.secrets.items():
        if name not in sources():
            yield ("secrets", name), f"unknown source{meant(name, sources())}"
        elif problem := sources()[name].webhook().secret_problem(secret):
            yield ("secrets", name), problem
