"""Order lines as clerks and programs write them: the right money, or a rejected order that says why."""

from pathlib import Path

import pytest

from chalicelib.domain.facts.order import Order, Refund
from chalicelib.sources.history.kinds import ORDER_LINES
from infra.history.reading import parsed_rows

AT = "2026-02-05T10:00:00Z"
Found = dict[str, object]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file."""
    return tmp_path / "lines.csv"


def read(path: Path, header: str, *rows: str) -> Found:
    """By line: an order's total and what was refunded with it, refunds by order, or the reason of a rejection."""
    path.write_text("\n".join([header, *(row.replace("AT", AT) for row in rows), ""]))
    found: Found = {}
    for row in parsed_rows(path, ORDER_LINES):
        facts = [each.fact for each in row.facts]
        orders = [(each.total.amount, each.refunded) for each in facts if isinstance(each, Order)]
        refunds = {each.order_id: each.amount for each in facts if isinstance(each, Refund)}
        found[str(row.line)] = row.reason.partition(";")[0] or (orders[0] if orders else refunds)
    return found


HEADER = "order_id,product,quantity,price,placed_at,currency,customer_id"


def test_an_orders_currency_may_stand_in_its_first_row_alone(path: Path) -> None:
    header = "order_id,placed_at,currency,customer_id,product,quantity,price"

    found = read(
        path, header, "1,AT,USD,c1,tea,1,5.00", "1,,,,pot,1,20.00", "R,AT,USD,c1,pot,-1,20.00", "R,,,,tea,-1,5.00"
    )

    assert found == {"2": (2500, 0), "4": {"1": 2500}}


def test_what_was_refunded_may_stand_in_a_row_without_the_currency(path: Path) -> None:
    found = read(path, f"{HEADER},refunded", "1,tea,1,5.00,AT,USD,c1,", "1,pot,1,20.00,AT,,c1,7.50")

    assert found == {"2": (2500, 750)}


def test_an_odd_amount_refunded_costs_its_order_alone(path: Path) -> None:
    rows = ("1,tea,2,5.00,AT,USD,c1,-5.00", "1,tea,-1,5.00,AT,USD,c1,-5.00", "2,tea,2,5.00,AT,USD,c1,")

    found = read(path, f"{HEADER},refunded", *rows)

    assert found == {"2": "refunded: expected an amount of 0 or more, got '-5.00'", "4": (1000, 0)}


@pytest.mark.parametrize("column", ["total", "refunded"])
def test_an_orders_amount_that_differs_in_its_rows_is_not_the_orders(path: Path, column: str) -> None:
    found = read(path, f"{HEADER},{column}", "1,cup,1,10.00,AT,USD,c1,10.00", "1,pot,2,20.00,AT,USD,c1,40.00")

    assert found == {"2": f"{column}: differs in rows of the same order"}


def test_the_same_amount_in_each_row_is_the_orders(path: Path) -> None:
    found = read(path, f"{HEADER},total", "1,cup,1,10.00,AT,USD,c1,45.00", "1,pot,2,20.00,AT,USD,c1,45.00")

    assert found == {"2": (4500, 0)}


def test_what_was_given_back_with_its_order_is_not_given_back_again(path: Path) -> None:
    rows = (
        "O0,tea,5,10.00,AT,USD,c1", "O1,tea,2,10.00,AT,USD,c1", "O1,tea,-1,10.00,AT,USD,c1", "R,tea,-2,10.00,AT,USD,c1",
    )  # fmt: skip

    assert read(path, HEADER, *rows) == {"2": (5000, 0), "3": (2000, 1000), "5": {"O1": 1000, "O0": 1000}}


def test_a_discount_is_no_piece_that_could_be_given_back(path: Path) -> None:
    rows = (
        "O0,tea,1,10.00,AT,USD,c1",
        "O1,tea,2,10.00,AT,USD,c1",
        "O1,tea,2,-1.00,AT,USD,c1",
        "R,tea,-3,9.00,AT,USD,c1",
    )

    assert read(path, HEADER, *rows)["5"] == {"O1": 1800, "O0": 900}


def test_what_may_be_of_a_rejected_order_is_not_taken_from_an_older_one(path: Path) -> None:
    rows = (
        "O0,tea,2,10.00,AT,USD,c1",
        "O1,tea,2,10.00,AT,USD,c1",
        "O1,pot, blue,1,30.00,AT,USD,c1",
        "R1,tea,-2,10.00,AT,USD,c1",
        "P0,tea,2,10.00,AT,USD,c2",
        "R2,tea,-1,10.00,AT,USD,c2",
    )
    problem = "order_id: may be of the order in line 3, which is rejected: mend that first"

    broken, mended = read(path, HEADER, *rows), read(path, HEADER, *(row.replace("pot, blue", "pot") for row in rows))

    assert (broken["2"], broken["5"], broken["7"]) == ((2000, 0), problem, {"P0": 1000})
    assert (mended["3"], mended["5"]) == ((5000, 0), {"O1": 2000})


def test_a_rejected_return_makes_no_later_one_doubtful(path: Path) -> None:
    found = read(path, HEADER, "O0,tea,2,10.00,AT,USD,c1", "R1,tea,-9,10.00,AT,USD,c1", "R2,tea,-1,10.00,AT,USD,c1")

    assert (found["3"], found["4"]) == ("quantity: more is returned than earlier orders had", {"O0": 1000})


@pytest.mark.parametrize(
    "name", ['"Smith, Ann",1001,"12" vinyl"', "ACME, Inc.,1001,tea, green", '"Smith, Ann","1001   ",12" vinyl, red']
)
def test_a_row_that_is_torn_on_both_sides_of_its_id_costs_its_order(path: Path, name: str) -> None:
    header = "customer_name,order_id,product,quantity,price,placed_at,currency,customer_id,address"
    rest = 'AT,USD,c1,"Main 1, Berlin"'

    found = read(path, header, f'"Smith, Ann",1001,tea,1,10.00,{rest}', f"{name},1,20.00,{rest}")

    assert list(found) == ["2"]
    assert str(found["2"]).startswith("row: ")


def test_a_broken_row_far_from_its_order_costs_that_order(path: Path) -> None:
    rows = ("1001,cup,1,10.00,AT,USD,c1", "1002,pot,1,15.00,AT,USD,c2", '1001,"12" vinyl",1,20.00,AT,USD,c1')

    found = read(path, HEADER, *rows)

    assert str(found["2"]).startswith("order_id: the order has lines further below")
    assert found["3"] == (1500, 0)
    assert str(found["4"]).startswith("row: ")


def test_a_return_is_of_an_order_before_it_in_time_however_the_file_is_sorted(path: Path) -> None:
    rows = [
        "O1,tea,1,10.00,2026-01-01T00:00:00Z,USD,c1",
        "O2,tea,1,8.00,2026-01-02T00:00:00Z,USD,c1",
        "O3,tea,1,6.00,2026-02-01T00:00:00Z,USD,c1",
        "R1,tea,-1,8.00,2026-01-05T00:00:00Z,USD,c1",
        "R2,tea,-1,10.00,2026-01-06T00:00:00Z,USD,c1",
    ]
    results = [
        {row.partition(",")[0]: read(path, HEADER, *order)[str(number)] for number, row in enumerate(order, 2)}
        for order in (rows, rows[::-1], sorted(rows, key=lambda row: row.split(",")[4]), [rows[4], *rows[:4]])
    ]

    assert results[0]["R1"] == {"O2": 800}
    assert results[0]["R2"] == {"O1": 1000}
    assert all(each == results[0] for each in results)


def test_after_a_return_with_a_fault_no_other_of_its_customer_is_taken_from_its_order(path: Path) -> None:
    rows = ("O1,tea,2,10.00,AT,USD,c1", "R1,tea,-1,1O.00,AT,USD,c1", "R2,tea,-1,10.00,AT,USD,c1")

    found = read(path, HEADER, *rows)

    assert found["4"] == "order_id: may be of the order in line 3, which is rejected: mend that first"


@pytest.mark.parametrize("broken", ["B,tea,l,10.00,AT,USD,Ann@x.example", "B,tea,1,10.00,AT,USD,Ann@x.example,?"])
def test_an_address_is_one_however_it_is_written(path: Path, broken: str) -> None:
    header = HEADER.replace("customer_id", "email")

    found = read(path, header, "A,tea,1,10.00,AT,USD,ann@x.example", broken, "R,tea,-1,10.00,AT,USD,ann@x.example")

    assert found["4"] == "order_id: may be of the order in line 3, which is rejected: mend that first"


@pytest.mark.parametrize("none", ["nan", "None", "NULL", "NA", "#N/A", "#REF!", "<NA>", "?", "8.20983E+17"])
def test_an_id_that_is_none_costs_the_orders_around_it(path: Path, none: str) -> None:
    rows = (
        "A,tea,10,10.00,AT,USD,c1",
        f"{none},pot,1,-10.00,AT,USD,c1",
        "B,tea,1,10.00,AT,USD,c2",
        "C,cup,1,1.00,AT,USD,c3",
    )

    found = read(path, HEADER, *rows)

    assert [line for line, result in found.items() if isinstance(result, tuple)] == ["5"]
    assert "(line 3)" in str(found["2"])
    assert str(found["4"]) == "row: cannot be read, and may be of this order: line 3 (line 4)"


def test_a_broken_row_without_an_id_costs_the_orders_around_it(path: Path) -> None:
    rows = (
        "A,tea,10,10.00,AT,USD,c1",
        ",pot, big,1,30.00,AT,USD,c1",
        "B,tea,1,10.00,AT,USD,c2",
        "C,cup,1,1.00,AT,USD,c3",
    )

    found = read(path, HEADER, *rows)

    assert [line for line, result in found.items() if isinstance(result, tuple)] == ["5"]


def test_a_row_that_is_only_short_has_its_quoted_cells(path: Path) -> None:
    header = "product,order_id,quantity,price,placed_at,currency,customer_id,coupon"
    rows = ("tea,1001,2,10.00,AT,USD,c1,", '"Pot, big",1001,1,30.00,AT,USD,c1', "tea,1002,1,10.00,AT,USD,c2,SAVE")

    found = read(path, header, *rows)

    assert str(found["2"]).startswith("row: expected 8 fields, got 7 (line 3)")
    assert found["4"] == (1000, 0)


def test_a_row_of_empty_cells_is_a_blank_line_however_many_it_has(path: Path) -> None:
    assert read(path, HEADER, "A,tea,1,10.00,AT,USD,c1", ",,,", "B,tea,1,10.00,AT,USD,c1") == {
        "2": (1000, 0),
        "4": (1000, 0),
    }


@pytest.mark.parametrize(("total", "expected"), [("30.00", (3000, 1000)), ("20.00", (3000, 1000))])
def test_a_total_is_with_or_without_what_was_given_back(path: Path, total: str, expected: object) -> None:
    rows = (f"X,pot,1,30.00,AT,USD,c1,{total}", f"X,tea,-1,10.00,AT,USD,c1,{total}")

    assert read(path, f"{HEADER},total", *rows) == {"2": expected}


def test_any_other_total_beside_what_was_given_back_is_refused(path: Path) -> None:
    found = read(path, f"{HEADER},total", "X,pot,1,30.00,AT,USD,c1,25.00", "X,tea,-1,10.00,AT,USD,c1,25.00")

    assert str(found["2"]).startswith("total: is not the sum of the lines")


def test_what_was_given_back_may_have_a_total_below_nothing(path: Path) -> None:
    found = read(path, f"{HEADER},total", "O,tea,1,10.00,AT,USD,c1,10.00", "R,tea,-1,10.00,AT,USD,c1,-10.00")

    assert found == {"2": (1000, 0), "3": {"O": 1000}}


def test_a_line_of_no_pieces_beside_what_was_given_back_is_nothing(path: Path) -> None:
    rows = (
        "O1,tea,2,10.00,AT,USD,c1",
        "R,tea,-1,10.00,AT,USD,c1",
        "R,shipping,0,5.00,AT,USD,c1",
        "O2,tea,2,10.00,AT,USD,c2",
    )

    assert read(path, HEADER, *rows) == {"2": (2000, 0), "3": {"O1": 1000}, "5": (2000, 0)}


def test_what_may_be_of_an_order_of_an_unknown_customer_waits_until_that_is_mended(path: Path) -> None:
    rows = (
        "O0,tea,1,10.00,AT,USD,c1", "O1,tea,1,10.00,AT,USD,#N/A", "R,tea,-1,10.00,AT,USD,c1",
        "P0,pot,1,40.00,AT,USD,c1", "S,pot,-1,40.00,AT,USD,c1",
    )  # fmt: skip

    found = read(path, HEADER, *rows)

    assert found["4"] == "order_id: may be of the order in line 3, which is rejected: mend that first"
    assert found["6"] == {"P0": 4000}


def test_a_sale_to_nobody_makes_no_return_doubtful(path: Path) -> None:
    found = read(path, HEADER, "O0,tea,1,10.00,AT,USD,c1", "O1,tea,1,10.00,AT,USD,", "R,tea,-1,10.00,AT,USD,c1")

    assert found["4"] == {"O0": 1000}


def test_a_row_that_may_be_of_two_orders_makes_only_its_own_customers_returns_doubtful(path: Path) -> None:
    rows = (
        "A,tea,1,10.00,AT,USD,c1", "nan,pot,1,1.00,AT,USD,c1", "B,tea,1,10.00,AT,USD,c2",
        "C,tea,1,10.00,AT,USD,c3", "R,tea,-1,10.00,AT,USD,c3",
    )  # fmt: skip

    assert read(path, HEADER, *rows)["6"] == {"C": 1000}


def test_an_id_with_a_letter_that_none_has_costs_the_orders_around_it(path: Path) -> None:
    found = read(path, HEADER, "1001,tea,1,10.00,AT,USD,c1", "1001\u200b,pot,1,5.00,AT,USD,c1")

    assert [result for result in found.values() if isinstance(result, tuple)] == []


@pytest.mark.parametrize("odd", ["#N/A", "ann@x", "annx.example", "ann@@x.example"])
def test_an_address_that_is_none_may_be_anybodys(path: Path, odd: str) -> None:
    rows = (
        "O1,pot,1,25.00,AT,USD,ann@x.example",
        f"O2,pot,1,25.00,AT,USD,{odd}",
        "R,pot,-1,25.00,AT,USD,ann@x.example",
    )

    found = read(path, HEADER.replace("customer_id", "email"), *rows)

    assert found["4"] == "order_id: may be of the order in line 3, which is rejected: mend that first"


@pytest.mark.parametrize("odd", ["#N/A", "c 1", "c#1", "ann müller"])
def test_of_an_order_with_an_unknown_customer_every_product_may_be_anybodys(path: Path, odd: str) -> None:
    rows = (
        "O1,pot,1,25.00,AT,USD,c1",
        f"O2,tea,1,10.00,AT,USD,{odd}",
        "O2,pot,1,25.00,AT,USD,",
        "R,pot,-1,25.00,AT,USD,c1",
    )

    assert (
        read(path, HEADER, *rows)["5"] == "order_id: may be of the order in line 3, which is rejected: mend that first"
    )


@pytest.mark.parametrize("over", [f"{AT},", ",50.00"])
def test_of_an_order_that_is_over_nothing_is_given_back(path: Path, over: str) -> None:
    rows = ("O1,tea,1,50.00,AT,USD,c1,,", f"O2,tea,1,50.00,AT,USD,c1,{over}", "R,tea,-1,50.00,AT,USD,c1,,")

    assert read(path, f"{HEADER},cancelled_at,refunded", *rows)["4"] == {"O1": 5000}


def test_what_was_given_back_of_a_cancelled_return_is_read_all_the_same(path: Path) -> None:
    rows = ("O1,tea,1,50.00,AT,USD,c1,", f"R,tea,-1,50.00,AT,USD,c1,{AT}")

    assert read(path, f"{HEADER},cancelled_at", *rows)["3"] == {"O1": 5000}
