"""Bodies with values that do not fit: what can be left out is, in a list all at once, and what counts is read."""

import json
from typing import Any

import msgspec
import pytest

from chalicelib.domain.errors import InvalidFact
from chalicelib.sources.decoding import DEEPEST, decoded
from chalicelib.sources.reading import repairs
from chalicelib.sources.reading.payloads import JsonObject, lenient
from chalicelib.sources.reading.repairs import MOST_REPAIRS, repaired


class Line(JsonObject):
    """A line."""

    name: str | None = None
    pieces: int | None = None
    product_id: int | str | None = None


class Maker(JsonObject):
    """A part in which something is needed."""

    name: str


class Body(JsonObject):
    """A body."""

    id: int
    note: str | None = None
    lines: list[Line] | None = None
    tags: list[str] | None = None
    maker: Maker | None = None
    makers: list[Maker] | None = None


def read(**fields: Any) -> tuple[Body, list[str]]:
    """The body, and what of it was reported."""
    told: list[InvalidFact] = []
    found = repaired(json.dumps({"id": 1, **fields}).encode(), Body, "$", told.append)
    return found, [error.field for error in told]


@pytest.mark.parametrize("empty", ["", [], {}, False, None])
def test_what_stands_for_nothing_is_left_out_and_not_reported(empty: object) -> None:
    found, told = read(note=empty, lines=empty)

    assert (found.note or None, found.lines or None, told) == (None, None, [])


def test_an_empty_object_is_nothing_whatever_is_needed_in_it() -> None:
    found, told = read(maker={}, makers=[{}, {"name": "Ann"}, {}])

    assert (found.maker, found.makers, told) == (None, [Maker(name="Ann")], [])


def test_an_object_that_lacks_what_is_needed_is_an_error() -> None:
    with pytest.raises(InvalidFact, match=r"\$\.maker\.name"):
        read(maker={"age": 3})


def test_what_is_there_and_does_not_fit_is_left_out_and_reported() -> None:
    found, told = read(note={"a": 1}, tags=["new", 7, "hot"], lines=[{"name": "Tea", "pieces": "two"}])

    assert (found.note, found.tags) == (None, ["new", "7", "hot"])
    assert found.lines == [Line(name="Tea")]
    assert sorted(told) == ["$.lines[0].pieces", "$.note"]


def test_an_id_that_is_none_is_an_error() -> None:
    with pytest.raises(InvalidFact, match=r"\$\.lines\[0\]\.product_id"):
        read(lines=[{"product_id": 1.5}])


def test_a_list_with_gaps_is_a_list_whatever_else_it_has() -> None:
    found, told = read(lines={"0": {"name": "Tea"}, "3": None, "7": {"name": "Pot"}})

    assert (found.lines, told) == ([Line(name="Tea"), Line(name="Pot")], [])


def test_a_list_of_thousands_that_do_not_fit_is_repaired_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def counted(*arguments: Any) -> Any:
        calls.append(1)
        return decoded(*arguments)

    monkeypatch.setattr(repairs, "decoded", counted)
    odd = [{"pieces": "two", "name": {}}, 0, {"pieces": {}, "name": 5}, "text", {"name": "Tea", "pieces": 2}]

    found, told = read(lines=odd * 2_000)

    assert found.lines is not None
    assert len(found.lines) == 6_000
    assert found.lines[:3] == [Line(), Line(name="5"), Line(name="Tea", pieces=2)]
    assert len(told) <= MOST_REPAIRS
    assert len(calls) < 12


@pytest.mark.parametrize("depth", [DEEPEST - 1, 500, 970, 975, 990, 994, 1_000, 5_000])
def test_what_is_deep_is_read_without_it(depth: int) -> None:
    deep = b"[" * depth + b"]" * depth

    assert lenient(deep, list[msgspec.Raw]) is not None
    assert repaired(b'{"id": 1, "note": [], "more": %s}' % deep, Body, "$", print) == Body(id=1)


def test_half_a_character_and_what_does_not_fit_are_both_mended() -> None:
    assert repaired(rb'{"id": 1, "note": "A\ud83d", "lines": ""}', Body, "$", print) == Body(id=1, note="A\ufffd")


def test_a_number_that_is_too_large_for_any_is_only_a_text() -> None:
    assert repaired(b'{"id": 1, "note": [], "more": 1e99999999999999999999}', Body, "$", print) == Body(id=1)


def test_a_single_object_is_no_list_with_gaps() -> None:
    found, told = read(lines={"name": "Tea", "pieces": 2, "more": {}})

    assert (found.lines, told) == (None, ["$.lines"])
