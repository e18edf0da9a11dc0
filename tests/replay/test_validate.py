"""``rekindle validate``: silent about what is in order, and one line for each fault."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

import workflows
from chalicelib.domain.errors import InvalidJourney
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
    assert all("template 'offer' of 'abandoned_cart'" in fault for fault in faults)


def test_a_message_that_shows_a_cart_where_an_order_enrolled_is_named() -> None:
    cart = Send("cart", template="offer", offer=Coupon(10))

    faults = list(
        unrendered(replace(ABANDONED_CART, enroll=WIN_BACK.enroll, steps=(cart,), exit=None), ("en", "ko", "ja"))
    )

    assert len(faults) == len(("en", "ko", "ja"))


def test_a_changed_version_is_a_fault_that_accepting_does_not_cure(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    listed = tmp_path / "digests.json"
    known = digests.published() | {"win_back@1": "0" * 64}
    del known["nps_survey@1"]
    listed.write_text(json.dumps(known), encoding="utf-8")
    monkeypatch.setattr(digests.published, "__defaults__", (listed,))
    monkeypatch.setattr(digests.accept, "__defaults__", (listed,))

    assert cli.main(["validate"]) == 1
    assert capsys.readouterr().err.count("\n") == 2

    assert cli.main(["validate", "--accept"]) == 1
    line = capsys.readouterr().err
    assert line.startswith("rekindle: win_back@1 was published and has changed")
    assert line.count("\n") == 1
    assert json.loads(listed.read_text("utf-8")) == digests.published() | {"win_back@1": "0" * 64}
    assert "nps_survey@1" in digests.published()
