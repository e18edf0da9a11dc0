"""Files that Shopify writes itself: the same people and orders as by its webhooks."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from chalicelib.domain.facts.consent import Purpose
from chalicelib.domain.facts.inbound import InboundFact
from chalicelib.domain.facts.order import Order
from chalicelib.sources.history.kinds import IMPORTED
from chalicelib.sources.registry import sources
from chalicelib.sources.webhook import WebhookRequest
from infra.history.reading import FileOptions, parsed_rows
from infra.terminal.problem import Problem
from tests.importing.exports import SHOPIFY_CUSTOMER, SHOPIFY_ORDER, WRITTEN, order_in, profile_in, read
from tests.naming import FOUR

pytestmark = [pytest.mark.journeys(*FOUR), pytest.mark.usefixtures("folder")]


def test_an_order_of_shopify_is_its_first_row(tmp_path: Path) -> None:
    more = dict.fromkeys(SHOPIFY_ORDER, "") | {"Name": "#1001", "Email": "ann@example.com", "Lineitem name": "Cup"}
    other = SHOPIFY_ORDER | {"Name": "#1002", "Id": "5100000000002"}

    rows = read(tmp_path, "shopify", "orders", SHOPIFY_ORDER, more, other)

    assert [row.line for row in rows] == [2, 4]
    order, found = order_in(rows[:1])
    assert (order.id, order.total.amount, order.total.currency, order.refunded) == ("5100000000001", 33000, "KRW", 0)
    assert order.placed_at == datetime(2026, 3, 2, 10, 5, tzinfo=UTC)
    assert order.fulfilled_at == datetime(2026, 3, 4, 1, tzinfo=UTC)
    assert (order.coupon, order.cancelled_at) == ("TEN", None)
    assert found.person
    assert (found.person.source, found.person.id, found.person.email) == ("shopify", None, "ann@example.com")
    profile, _ = profile_in(rows[:1])
    assert (profile.email, profile.country, dict(profile.consents)) == ("ann@example.com", "KR", {})


def test_an_id_that_is_kept_from_being_rounded_is_that_id(tmp_path: Path) -> None:
    order, _ = order_in(read(tmp_path, "shopify", "orders", SHOPIFY_ORDER | {"Id": "'5100000000001"}))

    assert order.id == "5100000000001"


def test_an_id_that_a_program_made_a_decimal_number_is_rejected(tmp_path: Path) -> None:
    (row,) = read(tmp_path, "shopify", "orders", SHOPIFY_ORDER | {"Id": "5100000000001.0"})

    assert row.reason.startswith("Id: a program has made a decimal number of this id")


def test_a_column_that_is_there_twice_is_named(tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_text("Name,Id,Email,Created at,Currency,Total,Total\n#1,1,ann@example.com,2026-03-02,USD,10.00,12.00\n")
    how = FileOptions("shopify", export=sources()["shopify"].exports()["orders"], written_at=WRITTEN)

    with pytest.raises(Problem, match="Total: is there twice"):
        list(parsed_rows(file, IMPORTED["orders"], how, now=WRITTEN))


def test_two_orders_with_one_name_are_not_taken_for_one(tmp_path: Path) -> None:
    (row,) = read(tmp_path, "shopify", "orders", SHOPIFY_ORDER, SHOPIFY_ORDER | {"Id": "5100000000002"})

    assert row.reason.startswith("Id: differs in rows of the same Name")


def test_an_order_of_a_file_is_that_of_the_webhook(tmp_path: Path) -> None:
    body = {
        "id": 5100000000001, "created_at": "2026-03-02T19:05:00+09:00", "updated_at": "2026-03-02T19:06:00+09:00",
        "currency": "KRW", "total_price": "33000", "financial_status": "paid", "email": "ann@example.com",
        "line_items": [],
    }  # fmt: skip
    request = WebhookRequest({"X-Shopify-Topic": "orders/create"}, json.dumps(body).encode(), WRITTEN)
    told = sources()["shopify"].webhook().read(request).items

    _, found = order_in(read(tmp_path, "shopify", "orders", SHOPIFY_ORDER))

    (webhook,) = [each for each in told if isinstance(each, InboundFact) and isinstance(each.fact, Order)]
    assert webhook.person == found.person
    assert isinstance(webhook.fact, Order)
    assert webhook.fact.id == "5100000000001"


@pytest.mark.parametrize(
    ("changes", "refunded", "cancelled"),
    [
        ({"Refunded Amount": "13000"}, 13000, None),
        ({"Refunded Amount": "99000"}, 33000, None),
        ({"Cancelled at": "2026-03-03 19:05:00 +0900"}, 0, datetime(2026, 3, 3, 10, 5, tzinfo=UTC)),
        (
            {"Financial Status": "voided", "Fulfillment Status": "unfulfilled"},
            0,
            datetime(2026, 3, 2, 10, 5, tzinfo=UTC),
        ),
    ],
)
def test_what_was_paid_back_and_what_was_cancelled(
    tmp_path: Path, changes: dict[str, str], refunded: int, cancelled: datetime | None
) -> None:
    order, _ = order_in(read(tmp_path, "shopify", "orders", SHOPIFY_ORDER | changes))

    assert (order.refunded, order.cancelled_at) == (refunded, cancelled)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"Total": "three"}, "Total: "),
        *(({"Refunded Amount": text}, "row: expected a decimal amount, got") for text in ("NaN", "1e20", "none")),
        ({"Total": "3,3"}, "row: is '3,3' with a decimal comma"),
        ({"Created at": "2026-03-02 19:05:00"}, "Created at: expected"),
        ({"Currency": "won"}, "Currency: expected"),
        ({"Id": ""}, "Id: "),
        ({"Email": ""}, "Email: is empty, so it is unknown whose this is"),
    ],
)
def test_a_row_of_shopify_that_does_not_fit_names_its_column(
    tmp_path: Path, changes: dict[str, str], reason: str
) -> None:
    (row,) = read(tmp_path, "shopify", "orders", SHOPIFY_ORDER | changes)

    assert row.reason.startswith(reason)


def test_a_customer_of_shopify_is_the_account_and_only_claims_the_address(tmp_path: Path) -> None:
    profile, found = profile_in(read(tmp_path, "shopify", "customers", SHOPIFY_CUSTOMER))

    assert found.person
    assert (found.person.id, found.person.email, found.person.is_proved) == ("6100000000001", "ann@example.com", False)
    assert (profile.name, profile.country, profile.at) == ("Ann Lee", "KR", WRITTEN)
    consent = profile.consents[Purpose.MARKETING]
    assert (consent.given, consent.undated) == (True, True)


@pytest.mark.parametrize(("cell", "given"), [("no", False), ("yes", True), ("No", False), ("FALSE", False)])
def test_consent_in_a_file_is_as_old_as_nobody_knows(tmp_path: Path, cell: str, given: bool) -> None:
    row = SHOPIFY_CUSTOMER | {"Accepts Email Marketing": cell}

    profile, _ = profile_in(read(tmp_path, "shopify", "customers", row))

    assert profile.consents[Purpose.MARKETING].given is given


def test_a_file_without_the_box_says_nothing_of_consent(tmp_path: Path) -> None:
    row = {name: cell for name, cell in SHOPIFY_CUSTOMER.items() if "Marketing" not in name}

    assert not profile_in(read(tmp_path, "shopify", "customers", row))[0].consents


@pytest.mark.parametrize(
    ("kind", "change"), [("orders", {"Id": "5.59E+12"}), ("customers", {"Customer ID": "7.42E+12"})]
)
def test_an_id_that_a_spreadsheet_has_rounded_is_refused(tmp_path: Path, kind: str, change: dict[str, str]) -> None:
    row = (SHOPIFY_ORDER if kind == "orders" else SHOPIFY_CUSTOMER) | change

    (found,) = read(tmp_path, "shopify", kind, row)

    assert "a spreadsheet has rounded this number" in found.reason


def test_what_was_paid_back_may_be_written_as_a_negative_amount(tmp_path: Path) -> None:
    order, _ = order_in(read(tmp_path, "shopify", "orders", SHOPIFY_ORDER | {"Refunded Amount": "-3000"}))

    assert order.refunded == 3000
