"""``docs/decisions.md`` is in order: every decision is dated and in the index, and every link leads to one."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "docs" / "decisions.md").read_text("utf-8")
HEADINGS: list[str] = re.findall(r"^### (.+)$", TEXT, re.MULTILINE)
INDEXED: list[tuple[str, str, str]] = re.findall(r"^- \[(.+)\]\(#([^)]+)\)(.*)$", TEXT, re.MULTILINE)


def anchor(heading: str) -> str:
    """The name that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def replaced() -> set[str]:
    """The headings of the decisions that another one replaced."""
    parts = re.split(r"^### ", TEXT, flags=re.MULTILINE)[1:]
    return {part.partition("\n")[0] for part in parts if "**Replaced by [" in part}


def test_the_index_lists_every_decision_in_the_order_of_the_page() -> None:
    assert [(heading, link) for heading, link, _ in INDEXED] == [(each, anchor(each)) for each in HEADINGS]


def test_each_name_is_given_once() -> None:
    assert len({anchor(each) for each in HEADINGS}) == len(HEADINGS)


def test_every_decision_has_a_date() -> None:
    dated = re.findall(r"^### (.+)\n\n\d{4}-\d\d-\d\d\. ", TEXT, re.MULTILINE)

    assert dated == HEADINGS


def test_the_index_marks_what_was_replaced() -> None:
    assert {heading for heading, _, mark in INDEXED if mark == " (replaced)"} == replaced() != set()


def test_every_link_to_a_decision_leads_to_one() -> None:
    names = {anchor(each) for each in HEADINGS}
    pages = [*ROOT.glob("docs/*.md"), *ROOT.glob("*.md"), *ROOT.glob("chalicelib/**/*.py"), *ROOT.glob("infra/**/*.py")]

    links = {link for page in pages for link in re.findall(r"decisions\.md#([\w-]+)", page.read_text("utf-8"))} | set(
        re.findall(r"\]\(#([\w-]+)\)", TEXT)
    )

    assert links <= names
