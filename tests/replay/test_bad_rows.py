"""What `rekindle replay` says of a row that does not fit: its file, line and column, and the reason."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from chalicelib.domain.facts.cart import Cart
from chalicelib.domain.facts.inbound import InboundFact, Person
from chalicelib.domain.facts.order import Order
from chalicelib.domain.money import Money
from chalicelib.sources.history.kinds import REPLAYED_CARTS, REPLAYED_ORDERS
from infra.history.timeline import BadRow, Timeline

GOOD = "customer_id,order_id,placed_at,total,currency\n"
CART = "customer_id,cart_id,updated_at,lines,total,currency\n"
Complaint = Callable[..., str]


def ids(timeline: Timeline) -> list[str]:
    """The ids of the orders and carts."""
    return [each.fact.id for each in timeline.facts if isinstance(each.fact, Order | Cart)]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", "orders.csv:1: order_id: is missing"),
        (GOOD.replace("customer_id", "buyer"), "orders.csv:1: customer_id: is missing, and so is email"),
        (GOOD, "orders.csv: there is no row to play"),
        (GOOD.replace("total", "amount"), "orders.csv:1: total: is missing"),
        (GOOD.replace("total", "total,total"), "orders.csv:1: total: is there twice"),
        (GOOD + "1,a,1997-01-01,29.33\n", "orders.csv:2: row: expected 5 fields, got 4"),
        (GOOD + "1,a,1997-01-01,29.33,USD,\n", "orders.csv:2: row: expected 5 fields, got 6"),
        (GOOD + ",a,1997-01-01,29.33,USD\n", "orders.csv:2: customer_id: is required, or the email of a guest"),
        (GOOD + "1,a b,1997-01-01,29.33,USD\n", "orders.csv:2: order_id: expected 1 to 128"),
        (GOOD + "1,a,yesterday,29.33,USD\n", "orders.csv:2: placed_at: expected an ISO date or date-time"),
        (GOOD + "1,a,1997-02-29,29.33,USD\n", "orders.csv:2: placed_at: expected an ISO date or date-time"),
        (GOOD + "1,a,0001-01-01T00:00+14:00,29.33,USD\n", "orders.csv:2: placed_at: expected an ISO date"),
        (GOOD + "1,a,1869-01-01,29.33,USD\n", "orders.csv:2: placed_at: expected a year from 1970 to 2200"),
        (GOOD + "1,a,1997-01-01,much,USD\n", "orders.csv:2: total: expected a decimal amount, got 'much'"),
        (GOOD + "1,a,1997-01-01,-1,USD\n", "orders.csv:2: total: expected an amount of 0 or more"),
        (GOOD + "1,a,1997-01-01,NaN,USD\n", "orders.csv:2: total: expected a decimal amount"),
        (GOOD + "1,a,1997-01-01,29.3333,USD\n", "orders.csv:2: total: '29.3333' has more digits than USD has"),
        (GOOD + "1,a,1997-01-01,29.333,USD\n", "orders.csv:2: total: is '29.333' with a decimal comma"),
        (GOOD + "1,a,1997-01-01,29.3,KRW\n", "orders.csv:2: total: '29.3' has more digits than KRW has"),
        (GOOD + "1,a,1997-01-01,29.33,usd\n", "orders.csv:2: currency: expected an ISO 4217 code such as USD"),
        (GOOD + "1,a,1997-01-01,1,USD\n\n2,a,1997-01-01,1,USD\n", "orders.csv:4: order_id: 'a' is in line 2 already"),
        (GOOD + '1,"a\nb",1997-01-01,1,USD\n', "orders.csv:2: order_id: expected 1 to 128"),
        (GOOD + '1,"a,1997-01-01,1,USD\n', "orders.csv:2: row: "),
    ],
)
def test_a_bad_row_is_named_by_file_line_and_column(complaint: Complaint, text: str, line: str) -> None:
    Path("orders.csv").write_text(text, encoding="utf-8")

    assert line in complaint("replay", "orders.csv")


def test_bytes_that_are_no_text_are_a_bad_row(complaint: Complaint) -> None:
    Path("orders.csv").write_bytes(GOOD.encode() + b"1,\xff,1997-01-01,1,USD\n")

    assert "orders.csv:2: order_id: expected" in complaint("replay", "orders.csv", "--encoding", "utf-8")


@pytest.mark.parametrize(
    ("row", "line"),
    [
        ("1,k,1997-01-01,some,1,USD", "carts.csv:3: lines: expected a whole number from 0 to 500, got 'some'"),
        ("1,k,1997-01-01,-1,1,USD", "carts.csv:3: lines: expected a whole number"),
        ("1,k,1997-01-01,9999,1,USD", "carts.csv:3: lines: expected a whole number"),
        ("2,good,1997-01-01,1,1,USD", "carts.csv:3: cart_id: 'good' is in line 2 already"),
    ],
)
def test_a_bad_cart_is_named_too(complaint: Complaint, row: str, line: str) -> None:
    Path("orders.csv").write_text(GOOD + "1,a,1997-01-01,1,USD\n", encoding="utf-8")
    Path("carts.csv").write_text(CART + "1,good,1997-01-01,1,1,USD\n" + row + "\n", encoding="utf-8")

    assert line in complaint("replay", "orders.csv", "--carts", "carts.csv")


def test_bad_rows_can_be_skipped_each_with_its_reason(tmp_path: Path) -> None:
    rows = "1,a,1997-01-02,x,USD\n2,b,1997-01-02,1.50,USD\n1,c,1997-01-01,,USD\n"
    (tmp_path / "orders.csv").write_text(GOOD + rows, "utf-8")
    skipped: list[str] = []
    timeline = Timeline()

    timeline.read(tmp_path / "orders.csv", REPLAYED_ORDERS, on_bad=skipped.append)

    assert [line.partition(": ")[0].rpartition(":")[2] for line in skipped] == ["2", "4"]
    assert (timeline.skipped, ids(timeline)) == (2, ["b"])


def test_times_are_utc_unless_they_say_otherwise_and_carts_come_before_orders(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(
        GOOD + "1,c,1997-01-02T09:00:00.123456,1,USD\n1,b,1997-01-02T09:00+09:00,1,USD\n1,a,1997-01-02,1,USD\n", "utf-8"
    )
    (tmp_path / "carts.csv").write_text(CART + "1,k,1997-01-02,0,0,USD\n", "utf-8")
    timeline = Timeline()

    timeline.read(tmp_path / "orders.csv", REPLAYED_ORDERS)
    timeline.read(tmp_path / "carts.csv", REPLAYED_CARTS)
    timeline.sort()

    assert ids(timeline) == ["k", "b", "a", "c"]
    at = datetime(1997, 1, 2, tzinfo=UTC)
    assert timeline.facts[0] == InboundFact(Cart("k", at, Money(0, "USD")), Person("shop", "1"))
    assert timeline.facts[1] == InboundFact(
        Order("b", at, Money(100, "USD"), at), Person("shop", "1", visitors=("order#b",))
    )
    assert timeline.end.isoformat() == "1997-01-02T09:00:00.123000+00:00"


def test_reading_stops_at_the_first_bad_row(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(GOOD + "1,a,1997-01-02,x,USD\n", "utf-8")

    with pytest.raises(BadRow):
        Timeline().read(tmp_path / "orders.csv", REPLAYED_ORDERS)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"\x1f\x8b\x08", "orders.csv: the file is compressed; unpack it first"),
        (GOOD.encode() + b"1,a\0,1997-01-01,1,USD\n", "orders.csv:2: row: expected text, got a NUL byte"),
        (GOOD.encode() + b"1,a,1997-01-01,1E+999999999,USD\n", "orders.csv:2: total: expected a decimal amount"),
    ],
)
def test_a_hostile_file_is_one_clear_error(complaint: Complaint, content: bytes, line: str) -> None:
    Path("orders.csv").write_bytes(content)

    assert complaint("replay", "orders.csv").startswith(line)


def test_a_quote_that_is_never_closed_costs_one_row(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(GOOD + '1,"a,1997-01-02,1,USD\n1,b,1997-01-02,1,USD\n', "utf-8")
    timeline, skipped = Timeline(), list[str]()

    timeline.read(tmp_path / "orders.csv", REPLAYED_ORDERS, on_bad=skipped.append)

    assert (len(skipped), ids(timeline)) == (1, ["b"])
