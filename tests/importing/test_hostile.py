"""A bad row is rejected with its line and the reason, and the next is read; a bad file is one clear error."""

import json
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chalicelib.sources.history.kinds import ORDERS
from chalicelib.sources.history.lines import LONGEST_ROW
from infra.cli import main as cli
from infra.history.reading import LONGEST_REASON, FileOptions, parsed_rows
from tests.importing.given import Capture

HEADER = "customer_id,id,placed_at,total,currency,coupon\n"
ORDER = {"customer_id": "c1", "id": "o1", "placed_at": "2026-01-05T10:00:00Z", "total": 2933, "currency": "USD"}
BRACKETS = 100_000
HUGE = "9" * 6000
"""More digits than Python turns into a number."""


def a_row(number: int, coupon: str = "") -> str:
    """A line of CSV that fits."""
    return f"c1,o{number},2026-01-05T10:00:00Z,29.33,USD,{coupon}\n"


def a_line(**changes: Any) -> str:
    """A line of JSON Lines."""
    return json.dumps(ORDER | changes) + "\n"


def with_total(text: str) -> str:
    """A line of JSON Lines with this text for an amount."""
    return a_line(total="?").replace('"?"', text)


def read(path: Path, content: str | bytes) -> tuple[list[int], dict[int, str]]:
    """The lines of the orders that fit, and the reasons of the others, by line."""
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    taken = list(parsed_rows(path, ORDERS, FileOptions(encoding="utf-8-sig")))
    assert [each.line for each in taken] == sorted({each.line for each in taken})
    return [each.line for each in taken if each.facts], {each.line: each.reason for each in taken if each.reason}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("[" * BRACKETS, "row: expected an object"),
        ('{"a":' * BRACKETS, "row: its brackets are nested too deeply"),
        ('{"a":' + "[" * BRACKETS + "]" * BRACKETS + "}", "row: its brackets are nested too deeply"),
        (a_line(id="\ud800"), "row: expected JSON"),
        (with_total("NaN"), "row: expected JSON"),
        (with_total("-Infinity"), "row: expected JSON"),
        (with_total(HUGE), "total: integer value out of range"),
        (with_total("1" + "0" * 17), "total: expected `int` <= 1000000000000000"),
        (with_total("29.33"), "total: expected `int`, got `float`"),
        (with_total("2933.0"), "total: expected `int`, got `float`"),
        (with_total("2933.0000000000000000000000000001"), "total: expected `int`, got `float`"),
        (with_total("1e3"), "total: expected `int`, got `float`"),
        (with_total("true"), "total: expected `int`, got `bool`"),
        (a_line()[:-2] + ', "total": 1}', "row: the name 'total' is in it twice"),
        (a_line(lines=[]), "lines: is unknown"),
        (a_line(**{"=1+1": 1}), "row: it has an unknown field"),
        ('{"facts": [' + a_line().strip() + "]}", "facts: is unknown"),
        (a_line(coupon="x" * 5_000_000), "row: expected no more than 1,000,000 characters"),
        ("\0", "row: expected JSON"),
        (a_line(id="\0"), "id: expected 1 to 128 of the letters A to Z"),
        ("null", "row: expected an object"),
    ],
    ids=range(21),
)
def test_a_hostile_line_of_json_is_rejected_and_the_next_is_read(tmp_path: Path, line: str, reason: str) -> None:
    good, bad = read(tmp_path / "o.jsonl", a_line() + line.rstrip("\n") + "\n" + a_line())

    assert good == [1, 3]
    assert list(bad) == [2]
    assert bad[2].startswith(reason)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (a_row(2, "x" * 5_000_000), "row: expected no more than 1,000,000 characters"),
        (a_row(2, "x" * 200_000), "row: expected no cell of more than 131,072 characters"),
        (a_row(2, "\0"), "row: expected text, got a NUL byte"),
        (a_row(2, '"a" b'), "row: expected the cell to end after the closing quote, or the quote doubled"),
        (a_row(2, "a,b"), "row: expected 6 fields, got 7"),
        (a_row(2).replace("29.33", HUGE), "total: expected a decimal amount, got "),
        (a_row(2).replace("29.33", "NaN"), "total: expected a decimal amount"),
        (a_row(2).replace("29.33", "1E+999999999"), "total: expected a decimal amount"),
        (a_row(2).replace("2026", "0001"), "placed_at: expected a time between 1970 and 2200"),
        (a_row(2).replace("Z", ""), "placed_at: "),
        ("[" * BRACKETS + "\n", "row: expected 6 fields, got 1"),
    ],
    ids=range(11),
)
def test_a_hostile_line_of_csv_is_rejected_and_the_next_is_read(tmp_path: Path, line: str, reason: str) -> None:
    good, bad = read(tmp_path / "o.csv", HEADER + line + a_row(3))

    assert good == [3]
    assert list(bad) == [2]
    assert bad[2].startswith(reason)


@pytest.mark.parametrize("following", [2, 40_000])
def test_a_quote_that_is_never_closed_costs_no_other_row(tmp_path: Path, following: int) -> None:
    """However much follows: the record is read to a limit and skipped, and its further lines are read as rows."""
    rest = "".join(a_row(number) for number in range(following))

    good, bad = read(tmp_path / "o.csv", HEADER + a_row(1, '"half') + rest)

    assert good == list(range(3, following + 3))
    assert list(bad) == [2]
    assert bad[2].startswith("row: ")
    assert "quote" in bad[2]
    assert bad[2].endswith("reading continues with line 3")


def test_a_quote_that_another_row_breaks_costs_no_other_row(tmp_path: Path) -> None:
    good, bad = read(tmp_path / "o.csv", HEADER + a_row(1, '"half') + a_row(3) + a_row(4, '"x"') + a_row(5))

    assert (good, list(bad)) == ([3, 4, 5], [2])
    assert bad[2].endswith("a quote is open up to line 4, so reading continues with line 3")


def test_a_quote_that_another_row_closes_is_rejected_with_the_lines_it_spans(tmp_path: Path) -> None:
    """This is valid CSV: that the quote is a mistake cannot be seen."""
    good, bad = read(tmp_path / "o.csv", HEADER + a_row(1, '"half') + a_row(3) + a_row(4, 'x"') + a_row(5))

    assert (good, list(bad)) == ([5], [2])
    assert bad[2].startswith("coupon: expected ")
    assert bad[2].endswith("; lines 2 to 4: a quote makes one row of them")


def test_a_cell_may_have_lines_and_quotes(tmp_path: Path) -> None:
    header = HEADER.replace("coupon", "note")

    good, bad = read(tmp_path / "o.csv", header + a_row(1, '"so ""they"" said,\r\nand left\n"') + "\n" + a_row(2))

    assert (good, bad) == ([2, 6], {})


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_may_end_as_on_any_system(tmp_path: Path, end: str) -> None:
    text = (HEADER + a_row(1) + a_row(2) + a_row(3, '"')).replace("\n", end)

    good, bad = read(tmp_path / "o.csv", "\N{BOM}".encode() + text.encode())

    assert (good, list(bad)) == ([2, 3], [4])


def test_json_lines_may_have_a_byte_order_mark_and_carriage_returns(tmp_path: Path) -> None:
    text = (a_line() + a_line()).replace("\n", "\r\n")

    assert read(tmp_path / "o.jsonl", "\N{BOM}".encode() + text.encode()) == ([1, 2], {})


@pytest.mark.parametrize(("name", "place"), [("o.csv", "coupon"), ("o.jsonl", "row")])
def test_a_row_in_another_encoding_is_rejected(tmp_path: Path, name: str, place: str) -> None:
    row = a_row(1, "?") if name == "o.csv" else a_line(coupon="?")
    text = (HEADER if name == "o.csv" else "\n").encode() + row.encode().replace(b"?", b"caf\xe9") + row.encode()

    _, bad = read(tmp_path / name, text)

    assert bad[2] == f"{place}: expected UTF-8"
    assert bad[3].startswith("coupon: ")


def test_a_reason_is_one_short_line_and_no_formula_of_a_spreadsheet(tmp_path: Path) -> None:
    names = ["=HYPERLINK(1)", "a\nb", "\x1b[31m", "x" * 1000]
    lines = [a_line()[:-2] + f", {json.dumps(name)}: 1, {json.dumps(name)}: 2}}\n" for name in names]

    _, bad = read(tmp_path / "o.jsonl", "".join(lines))

    assert len(bad) == len(names)
    for reason in bad.values():
        assert reason.startswith("row: the name ")
        assert len(reason) <= LONGEST_REASON
        assert reason.isprintable()


@given(junk=st.binary(max_size=300) | st.text(alphabet='",ab \\\r\n;\t\0é', max_size=60).map(str.encode))
@example(junk=b'"')
def test_nothing_in_a_file_ends_the_reading(junk: bytes) -> None:
    """And rows after it without a quote are all read, unless a valid quote spans into them."""
    line = junk.replace(b"\n", b" ").replace(b"\r", b" ") + b"\n"
    with TemporaryDirectory() as folder:
        for name, head, row in (("o.csv", HEADER, a_row(1)), ("o.jsonl", a_line(), a_line())):
            good, _ = read(Path(folder) / name, head.encode() + junk + b"\n" + row.encode())
            assert good is not None

            good, bad = read(Path(folder) / name, head.encode() + line + row.encode() * 2)
            assert {3, 4} <= set(good)
            assert set(bad) <= {2}


def test_a_line_of_the_greatest_length_is_read(tmp_path: Path) -> None:
    spaces = " " * (LONGEST_ROW - len(a_line()))

    assert read(tmp_path / "o.jsonl", a_line()[:-1] + spaces + "\n" + a_line()) == ([1, 2], {})


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("o.csv", b"", "o.csv:1: id: is missing; the columns are "),
        ("o.csv", b'"customer_id\n', "o.csv:1: header: a quote is opened and never closed"),
        ("o.csv", b"\0", "o.csv:1: header: expected text, got a NUL byte"),
        ("o.csv", b"\x1f\x8b\x08\0", "o.csv: the file is compressed; unpack it first"),
        ("o.csv", HEADER.replace("coupon", "id").encode(), "o.csv:1: id: is there twice"),
        ("o.csv", HEADER.replace("coupon", "email,email").encode(), "o.csv:1: email: is there twice"),
        ("o.csv", HEADER.replace("total", "t\xf6tal").encode(), "o.csv:1: total: is missing"),
        ("o.csv", None, "o.csv: Is a directory"),
        ("missing.csv", None, "missing.csv: No such file or directory"),
    ],
    ids=range(9),
)
def test_a_bad_file_is_one_clear_error(
    capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, content: bytes | None, problem: str
) -> None:
    monkeypatch.chdir(tmp_path)
    if content is None:
        Path("o.csv").mkdir()
    else:
        Path(name).write_bytes(content)

    assert cli.main(["import", "orders", name, "--dry-run"]) == 1

    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"rekindle: {problem}")


def test_a_file_without_rows_is_fine(capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    contents: Sequence[tuple[str, str]] = [("o.csv", HEADER), ("o.jsonl", ""), ("blank.jsonl", "\n \n")]
    for name, content in contents:
        Path(name).write_text(content)
        assert cli.main(["import", "orders", name, "--dry-run"]) == 0
        assert "0 rows, checked, 0 rejected." in capsys.readouterr().out
