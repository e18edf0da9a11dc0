"""Files as people have them: other separators, decimals, times and encodings, and what stands in no row."""

from pathlib import Path

import pytest

from chalicelib.domain.facts.order import Order
from chalicelib.sources.history.kinds import ORDERS
from chalicelib.sources.reading.dialect import Dialect
from infra.cli import main as cli
from infra.history.reading import FileOptions, check_text, parsed_rows
from infra.terminal.problem import Problem
from tests.importing.given import Capture, imported
from tests.naming import FOUR

pytestmark = [pytest.mark.journeys(*FOUR), pytest.mark.usefixtures("folder")]
HEADER = "customer_id,id,placed_at,total,currency"


def read(path: Path, text: str | bytes, dialect: Dialect | None = None, encoding: str | None = None) -> list[object]:
    """The orders in a file of this text, or the reasons why a row is none."""
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    how = FileOptions(dialect=dialect or Dialect(), encoding=encoding, mapping={"coupon": "id"})
    return [row.reason or row.facts[0].fact for row in parsed_rows(path, ORDERS, how)]


def an_order(total: int = 123456, currency: str = "EUR", at: str = "2026-03-02T10:05:00+00:00") -> tuple[object, ...]:
    """What matters of an order."""
    return total, currency, at


def seen(found: list[object]) -> tuple[object, ...]:
    """What matters of the only order."""
    (order,) = found
    assert isinstance(order, Order), order
    return order.total.amount, order.total.currency, order.placed_at.isoformat()


@pytest.mark.parametrize(("separator", "given"), [(";", None), ("\t", None), (";", ";"), ("\t", "\t")])
def test_cells_are_separated_by_what_separates_the_names_of_the_columns(
    tmp_path: Path, separator: str, given: str | None
) -> None:
    text = f"{HEADER}\nc1,o1,2026-03-02T10:05:00Z,1234.56,EUR\n".replace(",", separator)

    assert seen(read(tmp_path / "o.csv", text, Dialect(separator=given))) == an_order()


@pytest.mark.parametrize(
    ("text", "decimal", "amount"),
    [
        ("1.234,56", ",", 123456),
        ("1234,56", ",", 123456),
        ("1\u00a0234,56", ",", 123456),
        ("1\u202f234,5", ",", 123450),
        ("1'234,56", ",", 123456),
        ("1.234", ",", 123400),
        ("1,234.56", ".", 123456),
        ("1,234", ".", 123400),
        ("1 234.56", ".", 123456),
        ("1'234.56", ".", 123456),
        ("1234.56", ".", 123456),
        ("1234.56", None, 123456),
        ("1234", ",", 123400),
    ],
)
def test_decimals_are_read_as_they_are_said_to_be_written(
    tmp_path: Path, text: str, decimal: str | None, amount: int
) -> None:
    row = f"{HEADER}\nc1,o1,2026-03-02T10:05:00Z,{text},EUR\n".replace(",", ";")
    row = row.replace(text.replace(",", ";"), text)

    assert seen(read(tmp_path / "o.csv", row, Dialect(decimal=decimal))) == an_order(amount)


@pytest.mark.parametrize("text", ["1,23", "1,234", "1,234.56", "1.234,56", "1.234", "1.000"])
def test_an_amount_that_may_have_a_decimal_comma_is_asked_about(tmp_path: Path, text: str) -> None:
    (problem,) = read(tmp_path / "o.csv", f'{HEADER}\nc1,o1,2026-03-02T10:05:00Z,"{text}",EUR\n')

    assert problem == f"total: is {text!r} with a decimal comma (--decimal comma) or not (--decimal point)"


@pytest.mark.parametrize(("text", "decimal"), [("1.23.4", ","), ("12,34,5.6", "."), ("$3.00", None), ("$3.00", ".")])
def test_what_is_no_amount_is_none_in_any_dialect(tmp_path: Path, text: str, decimal: str | None) -> None:
    (problem,) = read(
        tmp_path / "o.csv", f'{HEADER}\nc1,o1,2026-03-02T10:05:00Z,"{text}",EUR\n', Dialect(decimal=decimal)
    )

    assert str(problem).startswith("total: expected a decimal amount")


@pytest.mark.parametrize(
    ("text", "zone", "times"),
    [
        ("2026-03-02 19:05:00", "Asia/Seoul", None),
        ("2026-03-02T19:05", "Asia/Seoul", None),
        ("2026-03-02 19:05:00 +0900", None, None),
        ("2026-03-02 19:05:00 +09:00", "America/New_York", None),
        ("2026-03-02 10:05:00 UTC", None, None),
        ("2026-03-02 10:05:00 Z", None, None),
        ("3/2/2026 5:05 AM", "America/New_York", "%m/%d/%Y %I:%M %p"),
        ("02.03.2026 11:05", "Europe/Berlin", "%d.%m.%Y %H:%M"),
        ("02.03.2026 11:05 +0100", None, "%d.%m.%Y %H:%M %z"),
    ],
)
def test_times_are_those_of_their_offset_or_of_the_zone_that_is_given(
    tmp_path: Path, text: str, zone: str | None, times: str | None
) -> None:
    found = read(tmp_path / "o.csv", f"{HEADER}\nc1,o1,{text},1234.56,EUR\n", Dialect(zone=zone, times=times))

    assert seen(found) == an_order()


def test_a_day_begins_at_midnight_of_the_zone(tmp_path: Path) -> None:
    found = read(tmp_path / "o.csv", f"{HEADER}\nc1,o1,2026-03-02,1234.56,EUR\n", Dialect(zone="Asia/Seoul"))

    assert seen(found) == an_order(at="2026-03-01T15:00:00+00:00")


@pytest.mark.parametrize(
    ("text", "dialect", "problem"),
    [
        ("2026-03-02 10:05:00", Dialect(), "placed_at: expected a time with its offset, such as"),
        ("yesterday", Dialect(zone="Asia/Seoul"), "placed_at: expected an ISO date or date-time, got 'yesterday'"),
        ("2026-03-02", Dialect(times="%d.%m.%Y"), "placed_at: expected a time of the form %d.%m.%Y, got '2026-03-02'"),
        ("02.03.2026", Dialect(times="%d.%m.%Y"), "placed_at: expected a time with its offset"),
    ],
)
def test_a_time_that_is_none_says_what_is_expected(tmp_path: Path, text: str, dialect: Dialect, problem: str) -> None:
    (found,) = read(tmp_path / "o.csv", f"{HEADER}\nc1,o1,{text},1234.56,EUR\n", dialect)

    assert str(found).startswith(problem)


def test_a_currency_may_stand_in_no_row(tmp_path: Path) -> None:
    text = "customer_id,id,placed_at,total\nc1,o1,2026-03-02T10:05:00Z,1234\n"

    assert seen(read(tmp_path / "o.csv", text, Dialect(currency="KRW"))) == an_order(1234, "KRW")
    with pytest.raises(Problem, match="currency: is missing"):
        read(tmp_path / "o.csv", text)


def test_the_currency_of_a_row_counts_before_that_of_all(tmp_path: Path) -> None:
    text = f"{HEADER}\nc1,o1,2026-03-02T10:05:00Z,1234.56,EUR\n"

    assert seen(read(tmp_path / "o.csv", text, Dialect(currency="KRW"))) == an_order()


def test_one_column_may_fill_two_fields(tmp_path: Path) -> None:
    (found,) = read(tmp_path / "o.csv", f"{HEADER}\nc1,o1,2026-03-02T10:05:00Z,1234.56,EUR\n")

    assert isinstance(found, Order)
    assert (found.id, found.coupon) == ("o1", "o1")


@pytest.mark.parametrize("number", ["8.20983E+17", "8,20983E+17", "1E+12", "5e15"])
def test_a_number_that_a_spreadsheet_has_rounded_is_no_id(tmp_path: Path, number: str) -> None:
    for row in (f'"{number}",o1', f'c1,"{number}"'):
        (problem,) = read(tmp_path / "o.csv", f"{HEADER}\n{row},2026-03-02T10:05:00Z,1234.56,EUR\n")
        assert "a spreadsheet has rounded this number: format the column as text" in str(problem)


@pytest.mark.parametrize("name", ["1E", "E+12", "SKU1E+1X", "12345678901234567890"])
def test_an_id_that_only_looks_like_it_is_one(tmp_path: Path, name: str) -> None:
    (found,) = read(tmp_path / "o.csv", f"{HEADER}\nc1,{name},2026-03-02T10:05:00Z,1234.56,EUR\n")

    assert isinstance(found, Order)


NAMES = "id,at,email,name\nc1,2026-03-01T10:00:00Z,c1@example.com,{}\n"


@pytest.mark.parametrize(
    ("name", "encoding"), [("Zoë", "cp1252"), ("김민준", "cp949"), ("佐藤", "cp932"), ("Zoë", "utf-16")]
)
def test_a_file_in_another_encoding_is_read_in_it(capsys: Capture, tmp_path: Path, name: str, encoding: str) -> None:
    file = tmp_path / "c.csv"
    file.write_bytes(NAMES.format(name).encode(encoding))
    said = [] if encoding == "utf-16" else ["--encoding", encoding]

    assert imported(capsys, "customers", str(file), "--new", *said)[1]["rejected"] == 0


@pytest.mark.parametrize(("name", "encoding"), [("Zoë", "cp1252"), ("김민준", "cp949"), ("佐藤", "cp932")])
@pytest.mark.parametrize("rows", [1, 40_000], ids=["short", "long"])
def test_what_is_not_utf_8_is_shown_as_it_may_be_meant(
    capsys: Capture, tmp_path: Path, name: str, encoding: str, rows: int
) -> None:
    file = tmp_path / "c.csv"
    good = NAMES.format("Ann")
    file.write_bytes(
        good.encode() + good.partition("\n")[2].encode() * (rows - 1) + NAMES.format(name).encode(encoding)
    )

    with pytest.raises(Problem) as caught:
        check_text(file)

    assert str(caught.value).startswith(f"{file}:{rows + 3}: the file is not in UTF-8; say --encoding with")
    shown = capsys.readouterr().err.splitlines()
    (right,) = [line for line in shown if line.startswith(f"rekindle: --encoding {encoding} reads: ")]
    assert name in right


def test_a_file_of_one_long_line_is_looked_at_in_pieces(tmp_path: Path) -> None:
    file = tmp_path / "c.csv"
    file.write_bytes("é".encode() * 3_000_000 + b"\xe9")

    with pytest.raises(Problem, match=r"c\.csv:1: the file is not in UTF-8"):
        check_text(file)


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (["--zone", "Seoul"], "--zone Seoul: expected an IANA time zone"),
        (["--currency", "euro"], "--currency euro: expected an ISO 4217 code"),
        (["--encoding", "klingon"], "--encoding klingon: there is no such encoding"),
        (["--encoding", "base64"], "--encoding base64: there is no such encoding"),
        (["--written-at", "yesterday"], "--written-at yesterday: expected a time with its offset"),
        (["--written-at", "2026-03-02T10:00"], "--written-at 2026-03-02T10:00: expected a time with its offset"),
        (["--map", "colour=x"], "--map colour=x: expected NAME=COLUMN"),
        (["--format", "shopify", "--map", "id=Name"], "--map id=Name: the columns of --format are known"),
        (["--format", "shopify", "--source", "woocommerce"], "--source woocommerce: a file of shopify has its ids"),
    ],
)
def test_an_option_that_cannot_be_is_one_clear_error(
    capsys: Capture, tmp_path: Path, options: list[str], problem: str
) -> None:
    (tmp_path / "o.csv").write_text(HEADER)
    assert cli.main(["import", "orders", str(tmp_path / "o.csv"), "--dry-run", *options]) == 1
    assert problem in " ".join(capsys.readouterr().err.split())


def test_totals_are_those_of_the_dialect_in_the_figures(capsys: Capture, tmp_path: Path) -> None:
    file = tmp_path / "o.csv"
    file.write_text("Kunde;Nr;Datum;Summe\nc1;o1;02.03.2026 11:05;1.234,56\n")
    mapped = ["--map", "customer_id=Kunde", "--map", "id=Nr", "--map", "placed_at=Datum", "--map", "total=Summe"]
    said = ["--decimal", "comma", "--zone", "Europe/Berlin", "--time-format", "%d.%m.%Y %H:%M", "--currency", "EUR"]

    assert imported(capsys, "orders", str(file), "--new", *mapped, *said) == (
        0,
        {"rows": 1, "stored": 1, "rejected": 0, "dry_run": False},
    )


def test_a_form_of_times_without_a_zone_is_utc_where_that_is_assumed() -> None:
    dialect = Dialect(times="%d.%m.%Y %H:%M")

    assert dialect.time("02.03.2026 10:00", assumes_utc=True) == "2026-03-02T10:00:00+00:00"
    assert dialect.time("02.03.2026 10:00") == "2026-03-02T10:00:00"
