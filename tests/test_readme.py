"""README's diagrams are those of the journeys as they are now."""

import re
from pathlib import Path

import pytest

import workflows
from chalicelib.domain.journeys.journey import Journey
from infra.journeys.diagram import mermaid

README = Path(__file__).parent.parent / "README.md"


def diagrams() -> dict[str, str]:
    """What stands between each pair of markers, by the journey's key."""
    text = README.read_text("utf-8") if README.exists() else ""
    found = re.findall(r"<!-- diagram:(\w+) -->\n(.*?)<!-- /diagram -->", text, re.DOTALL)
    return {key: body.strip() for key, body in found}


@pytest.mark.parametrize("journey", workflows.current(), ids=lambda journey: journey.key)
def test_the_readme_shows_the_journey_as_it_is(journey: Journey) -> None:
    shown = diagrams().get(journey.key)

    assert shown is not None, f"README.md has no <!-- diagram:{journey.key} --> ... <!-- /diagram -->"
    assert shown == f"```mermaid\n{mermaid(journey)}```", f"put the output of `rekindle diagram {journey.key}` there"


def test_the_readme_shows_no_journey_that_is_gone() -> None:
    assert set(diagrams()) <= {journey.key for journey in workflows.current()}
