"""A published version of a journey is immutable: its definition is held against ``workflows/digests.json``."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from chalicelib.domain.errors import InvalidJourney, RekindleError
from chalicelib.domain.journeys.journey import SERVICE, Journey, On, OrderPlaced, Send, Split, Wait, days, hours
from chalicelib.domain.journeys.moments import before_opening, is_worth_an_offer
from chalicelib.domain.journeys.situation import Situation
from infra.journeys.digests import PUBLISHED, Difference, accept, differences, digest, name_of, published
from tests.naming import every_journey


def made(*steps: Wait | Send | Split, **changes: object) -> Journey:
    fields: dict[str, object] = {"key": "hello", "version": 1, "purpose": SERVICE, "enroll": On(OrderPlaced)}
    return Journey(**{**fields, "steps": steps or (Send("thanks", template="thanks"),), **changes})  # type: ignore[arg-type]


@pytest.mark.every_journey
@pytest.mark.parametrize("journey", every_journey(), ids=name_of)
def test_a_published_version_has_not_changed(journey: Journey) -> None:
    found = differences({(journey.key, journey.version): journey}, published())

    assert not found, found[0].problem


def test_a_change_is_told_to_become_a_new_version() -> None:
    journey = made()

    (found,) = differences({("hello", 1): journey}, {"hello@1": "0" * 64})

    assert not found.is_new
    assert "add your change as a new version" in found.problem


def test_a_new_version_is_told_with_the_line_to_add() -> None:
    (found,) = differences({("hello", 1): made()}, {})

    assert found.is_new
    assert f'"hello@1": "{digest(made())}"' in found.problem


@pytest.mark.parametrize(
    "other",
    [
        made(holdout=0.1),
        made(version=2),
        made(Wait("a_day", days(1)), Send("thanks", template="thanks")),
        made(Send("thanks", template="other")),
        made(Send("thanks", template="thanks", when=is_worth_an_offer)),
    ],
)
def test_any_field_changes_the_digest(other: Journey) -> None:
    assert digest(other) != digest(made())


def test_what_a_moment_was_made_with_is_part_of_the_definition() -> None:
    def opening(before: int) -> Journey:
        return made(Wait("nearly", since=before_opening(hours(before))), Send("thanks", template="thanks"))

    assert digest(opening(6)) == digest(opening(6))
    assert digest(opening(6)) != digest(opening(7))


def test_the_order_in_which_variants_are_written_changes_nothing() -> None:
    short, long = (Send("short", template="a"),), (Send("long", template="b"),)

    assert digest(made(Split("test", {"a": short, "b": long}))) == digest(made(Split("test", {"b": long, "a": short})))


def test_a_digest_is_the_same_in_every_run() -> None:
    code = (
        "import workflows; from infra.journeys.digests import *; "
        "print({name_of(j): digest(j) for j in workflows.current()})"
    )

    runs = {
        subprocess.run(
            [sys.executable, "-c", code], env={**os.environ, "PYTHONHASHSEED": seed}, check=True, capture_output=True,
            cwd=PUBLISHED.parents[1],
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip

    assert len(runs) == 1


def test_a_function_without_a_name_cannot_be_pinned() -> None:
    when: Callable[[Situation], bool] = lambda situation: True  # noqa: E731

    with pytest.raises(InvalidJourney, match="without a name"):
        digest(made(Send("thanks", template="thanks", when=when)))


def test_accepting_adds_and_never_changes(tmp_path: Path) -> None:
    listed = tmp_path / "digests.json"
    listed.write_text('{"hello@1": "old"}', encoding="utf-8")

    accept([Difference("hello@1", "new", is_new=True), Difference("hello@2", "two", is_new=True)], listed)
    accept([Difference("hello@3", "three", is_new=False)], listed)

    assert json.loads(listed.read_text("utf-8")) == {"hello@1": "old", "hello@2": "two"}


@pytest.mark.parametrize("text", ["", "[]", '{"hello@1": 1}', "{"])
def test_a_malformed_list_is_one_clear_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "digests.json").write_text(text, encoding="utf-8")

    with pytest.raises(RekindleError, match=r"digests\.json"):
        published(tmp_path / "digests.json")


def test_a_version_that_is_gone_stays_on_the_list_without_harm() -> None:
    assert differences({}, {"gone@1": "0" * 64}) == []
