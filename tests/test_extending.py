"""``docs/extending.md`` lists every extension point, and every file that it names exists."""

import re
from pathlib import Path

import pytest

from chalicelib.domain.figures.funnel import RATES
from chalicelib.domain.figures.shop import shop_figures

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "docs" / "extending.md").read_text("utf-8")
POINTS = (
    "A journey",
    "A message",
    "A language",
    "A source",
    "A fact and an event",
    "A segment",
    "A figure of a journey",
    "A figure of the shop",
    "A page",
    "A command",
    "A channel",
)


def sections() -> dict[str, str]:
    """The text of each section, by its heading."""
    parts = re.split(r"^## ", TEXT, flags=re.MULTILINE)[1:]
    return {heading: body for heading, _, body in (part.partition("\n") for part in parts)}


def paths(text: str) -> set[str]:
    """The files and folders that a text names, but for those with a ``<placeholder>``."""
    named = re.findall(r"`((?:app\.py|(?:chalicelib|docs|infra|tests|workflows)/)[^`\s]*)`", text)
    return {each for each in named if "<" not in each}


def test_the_page_has_a_guide_to_each_extension_point() -> None:
    assert tuple(sections()) == POINTS


@pytest.mark.parametrize("point", POINTS)
def test_the_overview_links_to_each(point: str) -> None:
    overview = TEXT.partition("\n## ")[0]

    assert f"| [{point.lower()}](#{point.lower().replace(' ', '-')}) |" in overview


@pytest.mark.parametrize("point", POINTS)
def test_each_guide_names_files(point: str) -> None:
    assert paths(sections()[point])


@pytest.mark.parametrize("path", sorted(paths(TEXT)))
def test_every_file_that_is_named_exists(path: str) -> None:
    assert (ROOT / path).exists()


def test_contributing_links_to_the_page() -> None:
    assert "(extending.md)" in (ROOT / "docs" / "CONTRIBUTING.md").read_text("utf-8")


def test_the_figures_that_are_examples_exist() -> None:
    assert "click_to_open_rate" in TEXT
    assert "click_to_open_rate" in RATES
    assert "referral_rate" in TEXT
    assert "referral_rate" in shop_figures({}, {})


def test_every_link_leads_to_a_page() -> None:
    pages = re.findall(r"\]\(([\w./-]+\.md)", TEXT)

    assert [page for page in pages if not (ROOT / "docs" / page).exists()] == []
