"""Files with a row for each line of an order, such as UCI's Online Retail, and what was given back."""

import os
from dataclasses import replace
from pathlib import Path
from threading import Thread

import pytest

from chalicelib.domain.facts.order import Order, Refund
from chalicelib.sources.history.kinds import ORDER_LINES
from chalicelib.sources.reading.dialect import Dialect
from infra.history.reading import FileOptions, parsed_rows
from tests.importing.given import Capture, figure, imported
from tests.naming import FOUR

pytestmark = [pytest.mark.journeys(*FOUR), pytest.mark.usefixtures("folder")]
HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
UCI = {
    "id": "InvoiceNo",
    "product": "StockCode",
    "quantity": "Quantity",
    "placed_at": "InvoiceDate",
    "price": "UnitPrice",
    "customer_id": "CustomerID",
}
HOW = FileOptions(mapping=UCI, dialect=Dialect(zone="Europe/London", currency="GBP", times="%m/%d/%Y %H:%M"))


def line(order: str, product: str, quantity: object, price: object, *, day: int = 1, customer: str = "17850") -> str:
    """A line in the form of UCI's Online Retail."""
    return f'{order},{product},"A BOX, RED",{quantity},12/{day}/2010 8:26,{price},{customer},United Kingdom\n'


def read(path: Path, *lines: str, how: FileOptions = HOW, after: int = 0) -> list[object]:
    """What these lines tell: facts, or the reason with its line."""
    path.write_text(HEADER + "".join(lines))
    return [
        each
        for row in parsed_rows(path, ORDER_LINES, how, after=after)
        for each in ([f"{row.line}: {row.reason}"] if row.reason else [fact.fact for fact in row.facts])
    ]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file."""
    return tmp_path / "sales.csv"


def test_rows_of_two_customers_or_in_two_currencies_are_not_one_order(path: Path) -> None:
    two = read(path, line("536365", "a", 1, "2.55"), line("536365", "b", 1, "3.39", customer="17851"))
    assert two == ["2: CustomerID: differs in rows of the same order; lines 2 to 3: they are one order"]

    header = "id,product,quantity,placed_at,price,currency,email\n"
    rows = "".join(f"1,{product},1,2026-01-05T09:00:00Z,10,{rest}\n" for product, rest in
                   (("a", "USD,ann@example.com"), ("b", "JPY,Ann@example.com")))  # fmt: skip
    path.write_text(header + rows)

    assert [row.reason for row in parsed_rows(path, ORDER_LINES)] == [
        "currency: differs in rows of the same order; lines 2 to 3: they are one order"
    ]


def test_the_lines_of_an_order_become_one_order(path: Path) -> None:
    first, second = read(
        path,
        line("536365", "85123A", 6, "2.55"),
        line("536365", "71053", 6, "3.39"),
        line("536366", "22633", 6, "1.85", day=2),
    )

    assert isinstance(first, Order)
    assert isinstance(second, Order)
    assert (first.id, first.total.amount, first.total.currency) == ("536365", 3564, "GBP")
    assert (first.products, first.refunded) == (("85123A", "71053"), 0)
    assert first.placed_at.isoformat() == "2010-12-01T08:26:00+00:00"
    assert (second.id, second.total.amount) == ("536366", 1110)


def test_pieces_cost_what_they_cost_together(path: Path) -> None:
    (order,) = read(path, line("1", "a", 3, "0.335"), line("1", "b", "0.5", "1.01"), line("1", "c", 0, "9"))

    assert isinstance(order, Order)
    assert order.total.amount == 101 + 51  # each line is rounded half up
    assert order.products == ("a", "b")


def test_a_discount_is_a_line_with_a_negative_price(path: Path) -> None:
    (order,) = read(path, line("1", "a", 1, "10.00"), line("1", "D", 1, "-2.50"))

    assert isinstance(order, Order)
    assert (order.total.amount, order.refunded) == (750, 0)


def test_what_is_given_back_within_an_order_is_refunded(path: Path) -> None:
    (order,) = read(path, line("1", "a", 3, "10.00"), line("1", "a", -1, "10.00"))

    assert isinstance(order, Order)
    assert (order.total.amount, order.refunded, order.products) == (3000, 1000, ("a",))


def test_what_is_given_back_later_refunds_the_latest_orders_that_had_it(path: Path) -> None:
    *orders, newer, older = read(
        path,
        line("1", "a", 3, "10.00"),
        line("2", "a", 2, "12.00", day=2),
        line("3", "a", 9, "12.00", day=3, customer="other"),
        line("C4", "a", -4, "12.00", day=5),
    )

    assert len(orders) == 3
    assert isinstance(newer, Refund)
    assert isinstance(older, Refund)
    assert [(each.order_id, each.id, each.amount, each.currency) for each in (newer, older)] == [
        ("2", "C4", 2400, "GBP"),
        ("1", "C4", 2400, "GBP"),
    ]
    assert newer.at.isoformat() == "2010-12-05T08:26:00+00:00"


def test_a_line_of_more_money_than_there_is_is_rejected(path: Path) -> None:
    (problem,) = read(path, line("1", "a", 999_999_999, 999_999_999))

    assert problem == "2: UnitPrice: expected a decimal amount below 10^15 (line 2)"


def test_a_return_at_a_negative_price_is_rejected(path: Path) -> None:
    problems = read(path, line("1", "a", 3, "10.00"), line("C", "a", -1, "-10.00", day=2))[1:]

    assert problems == ["3: UnitPrice: is negative beside a negative quantity (line 3)"]


def test_nothing_is_given_back_twice(path: Path) -> None:
    _, refund, problem = read(
        path, line("1", "a", 3, "10.00"), line("C2", "a", -3, "10.00", day=2), line("C3", "a", -1, "10.00", day=3)
    )

    assert isinstance(refund, Refund)
    assert refund.amount == 3000
    assert problem == "4: Quantity: more is returned than earlier orders had"


def test_a_share_of_an_odd_amount_is_lost_nowhere(path: Path) -> None:
    refunds = read(
        path,
        line("1", "a", 1, "3.33"),
        line("2", "a", 1, "3.33"),
        line("3", "a", 1, "3.33"),
        line("C", "a", -3, "3.335"),
        how=replace(HOW, dialect=replace(HOW.dialect, decimal=".")),
    )[3:]

    amounts = [each.amount for each in refunds if isinstance(each, Refund)]
    assert sum(amounts) == 1001  # 10.005
    assert len(amounts) == 3


def test_a_return_is_of_the_same_customer_and_product(path: Path) -> None:
    found = read(
        path, line("1", "a", 1, "1.00"), line("C2", "b", -1, "1.00"), line("C3", "a", -1, "1.00", customer="x")
    )

    assert found[1:] == [
        "3: Quantity: more is returned than earlier orders had",
        "4: Quantity: more is returned than earlier orders had",
    ]


def test_a_bad_line_costs_its_order_and_no_other(path: Path) -> None:
    found = read(
        path,
        line("1", "a", 1, "1.00"),
        line("2", "a", "two", "1.00"),
        line("2", "b", 1, "1.00"),
        line("3", "a", 1, "1.00"),
    )

    assert [each.id for each in found if isinstance(each, Order)] == ["1", "3"]
    assert found[1] == "3: Quantity: expected a decimal number, got 'two' (line 3); lines 3 to 4: they are one order"


def test_an_order_with_a_row_that_cannot_be_read_is_left_out_whole(path: Path) -> None:
    found = read(
        path, line("1", "a", 1, "1.00"), "1,broken\n", line("1", "b", 1, "1.00"), line("2", "a", 1, "1.00"), "x\n"
    )

    assert found[0] == "2: row: expected 8 fields, got 2 (line 3); lines 2 to 4: they are one order"
    assert isinstance(found[1], Order)
    assert found[2] == "6: row: expected 8 fields, got 1 (line 6)"


def test_a_row_that_cannot_be_read_between_two_orders_costs_none(path: Path) -> None:
    found = read(path, line("1", "a", 1, "1.00"), "broken\n", line("2", "b", 1, "1.00"))

    assert [type(each) for each in found] == [Order, str, Order]


def test_an_order_whose_lines_stand_apart_is_refused_each_time(path: Path) -> None:
    found = read(path, line("1", "a", 1, "1.00"), line("2", "a", 1, "1.00"), line("1", "b", 1, "1.00"))

    assert [type(each) for each in found] == [str, Order, str]
    assert str(found[0]).startswith("2: InvoiceNo: the order has lines further below")
    assert str(found[2]).startswith("4: InvoiceNo: the order has lines in line 2 already")


def test_a_pipe_is_read_as_a_file_is(tmp_path: Path) -> None:
    rows = HEADER + line("1", "a", 1, "1.00") + line("2", "a", 1, "1.00") + line("1", "b", 1, "1.00")
    path = tmp_path / "pipe.csv"
    os.mkfifo(path)
    Thread(target=path.write_text, args=(rows,)).start()

    assert [row.reason.partition(",")[0] for row in parsed_rows(path, ORDER_LINES, HOW)] == [
        "InvoiceNo: the order has lines further below",
        "",
        "InvoiceNo: the order has lines in line 2 already",
    ]


BROKEN_LAST = '1,c,"A BOX, RED",-1,12/1/2010 8:26,discount, spring,1.00,17850,United Kingdom\n'


def test_a_broken_row_at_an_orders_edge_costs_that_order(path: Path) -> None:
    last = read(path, line("1", "a", 1, "1.00"), BROKEN_LAST, line("2", "b", 1, "1.00"))
    first = read(path, line("0", "a", 1, "1.00"), BROKEN_LAST, line("1", "b", 1, "1.00"), line("2", "b", 1, "1.00"))

    assert [each if isinstance(each, str) else type(each) for each in last] == [
        "2: row: expected 8 fields, got 10 (line 3); lines 2 to 3: they are one order",
        Order,
    ]
    assert [each if isinstance(each, str) else type(each) for each in first] == [
        Order,
        "3: row: expected 8 fields, got 10 (line 3); lines 3 to 4: they are one order",
        Order,
    ]


def test_a_broken_row_tells_its_order_from_the_right_too(path: Path) -> None:
    path.write_text(
        "product,quantity,price,id,placed_at,currency,customer_id\n"
        "tea,1,10.00,1,2026-03-01T10:00:00Z,EUR,c1\n"
        "tea, green,1,10.00,2,2026-03-01T10:00:00Z,EUR,c1\n"
        "cup,1,5.00,2,2026-03-01T10:00:00Z,EUR,c1\n"
    )

    assert [(row.line, row.reason.partition(";")[0]) for row in parsed_rows(path, ORDER_LINES)] == [
        (2, ""),
        (3, "row: expected 7 fields, got 8 (line 3)"),
    ]


def test_a_row_that_lost_its_id_costs_the_orders_on_both_sides(path: Path) -> None:
    path.write_text(
        "customer_id,placed_at,currency,product,quantity,price,id\n"
        "c1,2026-03-01T10:00:00Z,EUR,tea,1,10.00,1\n"
        "c1\n"
        "c1,2026-03-01T10:00:00Z,EUR,tea,1,10.00,2\n"
        "c1,2026-03-01T10:00:00Z,EUR,tea,1,10.00,3\n"
    )

    rows = list(parsed_rows(path, ORDER_LINES))

    assert [row.line for row in rows] == [2, 4, 5]
    assert "expected 7 fields, got 1 (line 3)" in rows[0].reason
    assert rows[1].reason == "row: cannot be read, and may be of this order: line 3 (line 4)"
    assert rows[2].facts


def test_merged_cells_cost_the_order_that_they_are_of(path: Path) -> None:
    path.write_text(
        "order_id;customer_id;placed_at;currency;product;quantity;price\n"
        "A1;c1;2026-03-01T10:00:00Z;EUR;tea;1;10\n;;;;pot;1;25\n;;;;cup;2;5\n"
        "A2;c1;2026-03-01T11:00:00Z;EUR;tea;1;10\n;;;;;;\n"
    )

    rows = list(parsed_rows(path, ORDER_LINES))

    assert rows[0].reason == (
        "order_id: is missing: each line has the id of its order (line 3); lines 2 to 4: they are one order"
    )
    assert [getattr(found.fact, "id", None) for found in rows[1].facts] == ["A2"]
    assert [row.line for row in rows] == [2, 5, 6]  # an empty row is nobody's


def test_a_quantity_is_read_as_an_amount_is(path: Path) -> None:
    def total(quantity: str, decimal: str | None) -> object:
        header = "id;customer_id;placed_at;currency;product;quantity;price\n"
        rows = f"{header}1;c1;2026-03-01T10:00:00Z;EUR;tea;{quantity};2\n"
        path.write_text(rows)
        (row,) = parsed_rows(path, ORDER_LINES, FileOptions(dialect=Dialect(decimal=decimal)))
        fact = row.facts[0].fact if row.facts else None
        return fact.total.amount if isinstance(fact, Order) else row.reason

    assert total("1.000", ",") == 200_000
    assert total("1.000", ".") == 200
    assert total("2,000", ",") == 400
    assert str(total("1.000", None)).startswith("quantity: is '1.000' with a decimal comma")
    assert total("3", None) == 600
    assert total("-2", ",") == "quantity: more is returned than earlier orders had"


def test_lines_of_nobody_are_refused(path: Path) -> None:
    (problem,) = read(path, line("1", "a", 1, "1.00", customer=""))

    assert problem == "2: CustomerID: is required, or the email of a guest"


def test_an_import_that_goes_on_knows_what_was_bought_before(path: Path) -> None:
    lines = (line("1", "a", 3, "10.00"), line("2", "b", 1, "1.00"), line("C3", "a", -1, "10.00", day=2))

    (refund,) = read(path, *lines, after=3)

    assert isinstance(refund, Refund)
    assert (refund.order_id, refund.amount) == ("1", 1000)


def test_the_orders_own_total_counts_if_the_file_has_one(path: Path) -> None:
    path.write_text(
        "customer_id,id,placed_at,total,currency,product,quantity,price\n"
        "c1,o1,2026-03-02T10:00:00Z,25.00,USD,tea,2,10.00\n"
        "c1,o1,2026-03-02T10:00:00Z,,USD,cup,1,3.00\n"
    )

    (row,) = parsed_rows(path, ORDER_LINES)

    assert isinstance(row.facts[0].fact, Order)
    assert (row.facts[0].fact.total.amount, row.facts[0].fact.products) == (2500, ("tea", "cup"))


def test_what_was_sold_and_given_back_is_in_the_figures(capsys: Capture, path: Path) -> None:
    path.write_text(
        HEADER
        + line("1", "a", 3, "10.00")
        + line("1", "BANK CHARGES", 1, "1.00")
        + line("2", "a", 1, "10.00", day=2, customer="13047")
        + line("C3", "a", -1, "10.00", day=3)
    )
    said = [word for name, column in UCI.items() for word in ("--map", f"{name}={column}")]
    said += ["--zone", "Europe/London", "--currency", "GBP", "--time-format", "%m/%d/%Y %H:%M"]

    assert imported(capsys, "order-lines", str(path), "--new", *said)[1] == {
        "rows": 3,
        "stored": 3,
        "rejected": 0,
        "dry_run": False,
    }
    assert figure(capsys, "orders") == 2
    assert figure(capsys, "revenue_gbp") == 3100
