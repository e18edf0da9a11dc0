"""Whose outcomes a story expects: of whom nothing in it tells is mistyped."""

from pathlib import Path

import pytest

from infra.scenario.files import StoryFault, read

pytestmark = pytest.mark.journeys("abandoned_cart")
HEAD = "start: 2026-03-02T10:00:00Z\n"
TOLD = """\
secrets: {shopify: x}
steps:
  - facts: [{type: customer, id: ann, at: now, email: Ann@Example.com}, {type: cart, customer_id: bob}]
  - webhook: {source: shopify, body_file: order.json}
  - interleave: {steps: [{webhook: {source: shopify, body: '{"email": "zo\\u00eb@example.com"}'}}]}
  - import: {kind: customers, file: customers.csv}
  - request: {path: /v1/facts, json: {facts: [{type: customer, id: yan}]}}
  - erase: joe
  - expect:
      mails: [{to: kim@example.com}]
"""


def expecting(tmp_path: Path, kind: str, who: str) -> Path:
    """A story that expects no outcome of somebody."""
    (tmp_path / "order.json").write_text('{"customer": {"id": 4711, "email": "eve@example.com"}}', "utf-8")
    (tmp_path / "customers.csv").write_text("id,email\nval,val@example.com\n", "utf-8")
    file = tmp_path / "story.yaml"
    file.write_text(f"{HEAD}{TOLD}      {kind}: {{'{who}': []}}\n", "utf-8")
    return file


@pytest.mark.parametrize(
    "who",
    [
        *("ann", "ann@example.com", "bob", "4711", "shopify:4711", "eve@example.com", "zoë@example.com"),
        *("val", "VAL@example.com", "yan", "0123456789abcdef0123456789abcdef"),
    ],
)
def test_outcomes_are_expected_of_whom_the_story_tells(tmp_path: Path, who: str) -> None:
    (story,) = read(expecting(tmp_path, "outcomes", who))

    assert story.story.expected == [who]


@pytest.mark.parametrize(
    ("who", "hint"),
    [
        ("anne", ": did you mean ann?"),
        *(("an", ""), ("bobb@example.com", ""), ("eve", ""), ("471", ""), ("joe", ""), ("kim@example.com", "")),
    ],
)
@pytest.mark.parametrize("kind", ["outcomes", "outcomes_include"])
def test_outcomes_of_whom_nothing_tells_are_a_fault(tmp_path: Path, kind: str, who: str, hint: str) -> None:
    with pytest.raises(StoryFault) as found:
        read(expecting(tmp_path, kind, who))

    said = f"story.yaml:12: steps[6].expect.{kind}.{who}: nothing in the story tells of '{who}'{hint}"
    assert str(found.value).removeprefix(f"{tmp_path}/").startswith(said)
