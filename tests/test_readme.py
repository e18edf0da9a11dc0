"""What README.md and the pages behind it show is there: journeys as they are, commands, tests, examples and links."""

import inspect
import re
from pathlib import Path

import pytest

import workflows
from chalicelib.domain.facts.cart import Cart
from chalicelib.domain.facts.customer import Customer
from chalicelib.domain.facts.launch import Launch
from chalicelib.domain.facts.order import Order
from chalicelib.sources import bodies
from infra.cli.registry import listed
from infra.journeys.diagram import mermaid
from tests.naming import FOUR
from workflows import abandoned_cart

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
JOURNEYS = (ROOT / "docs" / "journeys.md").read_text("utf-8")
FACTS = (ROOT / "docs" / "facts.md").read_text("utf-8")
PAGES = (ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md")))


def diagrams() -> dict[str, str]:
    """What stands between each pair of markers, by the journey's key."""
    found = re.findall(r"<!-- diagram:(\w+) -->\n(.*?)<!-- /diagram -->", JOURNEYS, re.DOTALL)
    return {key: body.strip() for key, body in found}


def promises() -> list[str]:
    """The promises of the README, each with its test."""
    section = README.partition("## What it promises")[2].partition("\n## ")[0]
    return section.split("\n- ")[1:]


@pytest.mark.parametrize("key", FOUR)
def test_the_page_shows_each_of_the_four_journeys(key: str) -> None:
    assert key in diagrams(), f"docs/journeys.md has no <!-- diagram:{key} --> ... <!-- /diagram -->"


@pytest.mark.every_journey
@pytest.mark.parametrize("key", diagrams())
def test_a_journey_that_the_page_shows_is_there_and_as_it_is(key: str) -> None:
    registered = {journey.key: journey for journey in workflows.current()}

    assert key in registered, "docs/journeys.md shows a journey that is gone"
    shown = f"```mermaid\n{mermaid(registered[key])}```"
    assert diagrams()[key] == shown, f"put the output of `rekindle diagram {key}` there"


def test_the_readme_quotes_the_journey() -> None:
    quoted = re.search(r"```python\n(.*?)```", README, re.DOTALL)

    assert quoted
    assert quoted[1] in inspect.getsource(abandoned_cart)


def test_each_promise_names_a_test_that_is_there() -> None:
    named = [re.findall(r"`(tests/[\w/]+\.(?:py|yaml))`", promise) for promise in promises()]

    assert named
    assert all(named), promises()
    assert [path for paths in named for path in paths if not (ROOT / path).exists()] == []


def test_every_command_that_a_page_shows_exists() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    text = "\n".join(page.read_text("utf-8") for page in (ROOT / "README.md", ROOT / "docs" / "journeys.md"))

    assert set(re.findall(r"\bmake ([a-z-]+)\b", text)) <= set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    assert set(re.findall(r"`rekindle ([a-z-]+)", text)) - {"--help"} <= {each.command.name for each in listed()}


def test_the_examples_of_facts_are_facts() -> None:
    shown = re.search(r"```json\n(.*?)```", FACTS, re.DOTALL)
    assert shown
    examples = re.split(r"\n(?=\{)", shown[1].strip())

    facts = [bodies.fact_of(each).fact for each in examples]

    assert {type(fact) for fact in facts} >= {Customer, Cart, Order, Launch}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_to_a_file_leads_to_one(page: Path) -> None:
    links = [link for link in re.findall(r"\]\(([^)#\s]+)", page.read_text("utf-8")) if "://" not in link]

    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_to_a_heading_leads_to_one(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s:]*\.md)?#([^)\s]+)\)", page.read_text("utf-8"))

    assert [(file, name) for file, name in links if name not in _anchors(page.parent / file if file else page)] == []


def _anchors(page: Path) -> set[str]:
    """The names that GitHub gives the page's headings."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}
