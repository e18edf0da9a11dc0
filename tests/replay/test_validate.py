"""``rekindle validate``: silent about what is in order, and one line for each fault."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

import workflows
from chalicelib.adapters.templates import Templates
from chalicelib.domain.errors import InvalidJourney, TemplateError
from chalicelib.domain.journeys.journey import Coupon, Journey, Send
from infra.cli import main as cli
from infra.cli.commands.validate import unrendered
from infra.journeys import digests
from tests.naming import FOUR
from workflows.abandoned_cart import ABANDONED_CART
from workflows.win_back import WIN_BACK

pytestmark = pytest.mark.journeys(*FOUR)
Versions = Mapping[tuple[str, int], Journey]


@pytest.mark.every_journey
def test_the_journeys_are_in_order(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["validate"]) == 0

    printed = capsys.readouterr()
    assert all(journey.key in printed.out for journey in workflows.current())
    assert printed.err == ""


def test_the_journeys_can_be_had_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["validate", "--json"]) == 0

    listed = json.loads(capsys.readouterr().out)
    (cart,) = [each for each in listed["journeys"] if each["key"] == "abandoned_cart"]
    assert (cart["version"], cart["purpose"], cart["holdout"], cart["goal"]) == (1, "marketing", 0.1, "OrderPlaced")
    assert cart["steps"] == ["left", "reminder", "second_chance", "offer"]
    assert listed["faults"] == []


def test_a_definition_that_could_not_run_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def versions() -> Versions:
        raise InvalidJourney("hello", "it is empty: no step sends anything")

    monkeypatch.setattr(workflows, "versions", versions)

    assert cli.main(["validate"]) == 1
    assert capsys.readouterr().err == "rekindle: journey 'hello': it is empty: no step sends anything\n"


def test_a_journey_that_python_cannot_read_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def versions() -> Versions:
        raise SyntaxError("invalid syntax")

    monkeypatch.setattr(workflows, "versions", versions)

    assert cli.main(["validate"]) == 1
    assert capsys.readouterr().err == "rekindle: a journey cannot be imported: SyntaxError: invalid syntax\n"


def test_a_message_that_shows_an_offer_it_does_not_have_is_named() -> None:
    steps = tuple(replace(step, offer=None) if isinstance(step, Send) else step for step in ABANDONED_CART.steps)

    faults = list(unrendered(replace(ABANDONED_CART, steps=steps), ("en", "ko", "ja")))

    assert len(faults) == len(("en", "ko", "ja"))
    assert all(fault.startswith("abandoned_cart/messages/offer.") and "'None' has no" in fault for fault in faults)


def test_a_message_that_shows_a_cart_where_an_order_enrolled_is_named() -> None:
    cart = Send("cart", template="offer", offer=Coupon(10))

    faults = list(
        unrendered(replace(ABANDONED_CART, enroll=WIN_BACK.enroll, steps=(cart,), exit=None), ("en", "ko", "ja"))
    )

    assert len(faults) == len(("en", "ko", "ja"))


def test_a_journey_that_cannot_be_imported_is_a_fault_in_json_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def versions() -> Versions:
        raise SyntaxError("invalid syntax")

    monkeypatch.setattr(workflows, "versions", versions)

    assert cli.main(["validate", "--json"]) == 1
    printed = capsys.readouterr()
    fault = "a journey cannot be imported: SyntaxError: invalid syntax"
    assert json.loads(printed.out) == {"journeys": [], "warnings": [], "faults": [fault]}
    assert printed.err == f"rekindle: {fault}\n"


@pytest.fixture
def listed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A list of published versions that lacks the NPS survey."""
    path = tmp_path / "digests.json"
    known = digests.published()
    del known["nps_survey@1"]
    path.write_text(json.dumps(known), encoding="utf-8")
    monkeypatch.setattr(digests.published, "__defaults__", (path,))
    monkeypatch.setattr(digests.accept, "__defaults__", (path,))
    return path


def test_a_new_version_is_accepted_when_there_is_no_fault(listed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["validate"]) == 1
    assert capsys.readouterr().err.startswith("rekindle: nps_survey@1 is new: add")

    assert cli.main(["validate", "--accept"]) == 0
    assert "nps_survey@1" in json.loads(listed.read_text("utf-8"))


def test_a_changed_version_is_a_fault_that_accepting_does_not_cure(
    listed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    listed.write_text(json.dumps(digests.published() | {"win_back@1": "0" * 64}), encoding="utf-8")
    assert cli.main(["validate"]) == 1
    assert capsys.readouterr().err.count("\n") == 2

    assert_nothing_is_accepted(listed, capsys, "win_back@1 was published and has changed")


def test_nothing_is_accepted_with_a_message_that_does_not_render(
    listed: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise TemplateError("template 'survey' of 'nps_survey' (en): no such name")

    monkeypatch.setattr(Templates, "render", fails)

    assert_nothing_is_accepted(listed, capsys, "template 'survey' of 'nps_survey' (en): no such name")


def test_nothing_is_accepted_with_a_language_that_is_missing(listed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert_nothing_is_accepted(listed, capsys, "journey 'abandoned_cart': ", "--languages", "en,de")


def assert_nothing_is_accepted(listed: Path, capsys: pytest.CaptureFixture[str], fault: str, *options: str) -> None:
    before = listed.read_bytes()

    assert cli.main(["validate", "--accept", *options]) == 1

    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith(f"rekindle: {fault}")
    assert lines[-1] == "rekindle: nps_survey@1 is new and not accepted: mend the other faults first"
    assert listed.read_bytes() == before
