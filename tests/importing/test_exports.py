"""Files that Shopify and WooCommerce write themselves: the same people and orders as by their webhooks."""

import csv
import json
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from chalicelib.domain.facts.consent import Purpose
from chalicelib.domain.facts.customer import Customer
from chalicelib.domain.facts.inbound import InboundFact
from chalicelib.domain.facts.order import Order
from chalicelib.sources.history.kinds import IMPORTED
from chalicelib.sources.reading.dialect import Dialect
from chalicelib.sources.registry import sources
from chalicelib.sources.webhook import WebhookRequest
from infra.cli import main as cli
from infra.history.reading import FileOptions, ParsedRow, parsed_rows
from tests.importing.given import Capture, figure, imported
from tests.naming import FOUR

pytestmark = [pytest.mark.journeys(*FOUR), pytest.mark.usefixtures("folder")]
WRITTEN = datetime(2026, 3, 10, 12, tzinfo=UTC)
SHOPIFY_ORDER = {
    "Name": "#1001", "Email": "ann@example.com", "Financial Status": "paid", "Paid at": "2026-03-02 19:06:00 +0900",
    "Fulfillment Status": "fulfilled", "Fulfilled at": "2026-03-04 10:00:00 +0900", "Accepts Marketing": "no",
    "Currency": "KRW", "Subtotal": "30000", "Shipping": "3000", "Taxes": "0", "Total": "33000", "Discount Code": "TEN",
    "Discount Amount": "0", "Shipping Method": "Standard", "Created at": "2026-03-02 19:05:00 +0900",
    "Lineitem quantity": "1", "Lineitem name": "Green tea", "Lineitem price": "10000", "Billing Country": "KR",
    "Notes": "", "Cancelled at": "", "Payment Method": "Shopify Payments", "Refunded Amount": "0",
    "Id": "5100000000001",
    "Tags": "", "Source": "web",
}  # fmt: skip
SHOPIFY_CUSTOMER = {
    "Customer ID": "'6100000000001", "First Name": "Ann", "Last Name": "Lee", "Email": "ann@example.com",
    "Accepts Email Marketing": "yes", "Default Address Country Code": "KR", "Phone": "", "Total Spent": "33000.00",
    "Total Orders": "1", "Tags": "",
}  # fmt: skip
WOO_ORDER = {
    "order_id": "727", "order_number": "727", "date": "2026-03-02 19:05:00", "status": "completed",
    "order_total": "29.35", "refunded_total": "5.00", "order_currency": "EUR", "customer_id": "26",
    "billing_first_name": "Ann", "billing_last_name": "Lee", "billing_email": "ann@example.com",
    "billing_country": "DE",
}  # fmt: skip
WOO_CUSTOMER = {
    "customer_id": "26", "first_name": "Ann", "last_name": "Lee", "email": "ann@example.com",
    "date_registered": "2026-01-02 10:00:00", "billing_country": "DE",
}  # fmt: skip


def text_of(*rows: dict[str, str]) -> str:
    """CSV of these rows."""
    writer = csv.DictWriter(text := StringIO(newline=""), list(dict.fromkeys(name for row in rows for name in row)))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def read(folder: Path, system: str, kind: str, *rows: dict[str, Any], zone: str | None = None) -> list[ParsedRow]:
    """What a file of these rows tells."""
    file = folder / "export.csv"
    file.write_text(text_of(*rows), "utf-8")
    how = FileOptions(system, dialect=Dialect(zone=zone), export=sources()[system].exports()[kind], written_at=WRITTEN)
    return list(parsed_rows(file, IMPORTED[kind], how, now=WRITTEN))


def facts(rows: list[ParsedRow]) -> list[InboundFact]:
    """All facts; none was rejected."""
    assert [row.reason for row in rows if row.reason] == []
    return [fact for row in rows for fact in row.facts]


def order_in(rows: list[ParsedRow]) -> tuple[Order, InboundFact]:
    """The only order."""
    ((order, found),) = [(each.fact, each) for each in facts(rows) if isinstance(each.fact, Order)]
    return order, found


def profile_in(rows: list[ParsedRow]) -> tuple[Customer, InboundFact]:
    """The only profile."""
    ((profile, found),) = [(each.fact, each) for each in facts(rows) if isinstance(each.fact, Customer)]
    return profile, found


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


@pytest.mark.parametrize(("cell", "given"), [("no", False), ("yes", True)])
def test_consent_in_a_file_is_as_old_as_nobody_knows(tmp_path: Path, cell: str, given: bool) -> None:
    row = SHOPIFY_CUSTOMER | {"Accepts Email Marketing": cell}

    profile, _ = profile_in(read(tmp_path, "shopify", "customers", row))

    assert profile.consents[Purpose.MARKETING].given is given


def test_a_file_without_the_box_says_nothing_of_consent(tmp_path: Path) -> None:
    row = {name: cell for name, cell in SHOPIFY_CUSTOMER.items() if "Marketing" not in name}

    assert not profile_in(read(tmp_path, "shopify", "customers", row))[0].consents


@pytest.mark.parametrize(("customer", "own_id"), [("26", "26"), ("0", None), ("", None)])
def test_an_order_of_woocommerce_is_an_accounts_or_a_guests(tmp_path: Path, customer: str, own_id: str | None) -> None:
    rows = read(tmp_path, "woocommerce", "orders", WOO_ORDER | {"customer_id": customer}, zone="Europe/Berlin")

    order, found = order_in(rows)
    assert (order.id, order.total.amount, order.total.currency, order.refunded) == ("727", 2935, "EUR", 500)
    assert order.placed_at == datetime(2026, 3, 2, 18, 5, tzinfo=UTC)
    assert found.person
    assert (found.person.source, found.person.id, found.person.email) == ("woocommerce", own_id, "ann@example.com")


def test_other_names_of_the_columns_are_those_of_other_extensions(tmp_path: Path) -> None:
    names = {"date": "order_date", "customer_id": "customer_user", "billing_email": "customer_email"}
    row = {names.get(name, name): cell for name, cell in WOO_ORDER.items()}

    order, found = order_in(read(tmp_path, "woocommerce", "orders", row))

    assert found.person
    assert (order.id, found.person.id, found.person.email) == ("727", "26", "ann@example.com")


def test_an_unpaid_order_of_woocommerce_is_no_order(tmp_path: Path) -> None:
    rows = read(tmp_path, "woocommerce", "orders", WOO_ORDER | {"status": "wc-pending"})

    assert not [each for each in facts(rows) if isinstance(each.fact, Order)]


def test_a_customer_of_woocommerce_only_claims_the_address(tmp_path: Path) -> None:
    profile, found = profile_in(read(tmp_path, "woocommerce", "customers", WOO_CUSTOMER))

    assert found.person
    assert (found.person.id, found.person.is_proved) == ("26", False)
    assert (profile.claimed_email or profile.email, profile.name, profile.at) == ("ann@example.com", "Ann Lee", WRITTEN)


@pytest.mark.parametrize("system", ["shopify", "woocommerce"])
def test_json_lines_are_the_bodies_of_the_api(capsys: Capture, tmp_path: Path, system: str) -> None:
    shopify = {
        "id": 5100000000001, "created_at": "2026-03-02T19:05:00+09:00", "updated_at": "2026-03-02T19:06:00+09:00",
        "currency": "USD", "total_price": "33.00", "email": "ann@example.com", "line_items": [{"product_id": 1}],
    }  # fmt: skip
    woocommerce = {
        "id": 727, "status": "processing", "currency": "USD", "total": "33.00", "customer_id": 0,
        "date_created_gmt": "2026-03-02T10:05:00", "billing": {"email": "ann@example.com"}, "line_items": [],
    }  # fmt: skip
    body = {"shopify": shopify, "woocommerce": woocommerce}[system]
    file = tmp_path / "orders.jsonl"
    file.write_text(f"{json.dumps(body)}\n{json.dumps([body])}\n{{\n7\n")

    status, said = imported(capsys, "orders", str(file), "--format", system, "--new")

    assert (status, said["rows"], said["rejected"]) == (1, 4, 3)
    assert figure(capsys, "revenue_usd") == 3300


def test_the_same_file_can_be_replayed(capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("orders.csv").write_text(
        text_of(SHOPIFY_ORDER, SHOPIFY_ORDER | {"Name": "#2", "Id": "2", "Email": "b@example.com"})
    )

    assert cli.main(["replay", "orders.csv", "--format", "shopify"]) == 0

    said = capsys.readouterr().out
    assert "66,000 KRW" in said
    assert json.loads(_out(capsys, "kpis", "--json"))["shop"]["customers"]["value"] == 2


def test_order_lines_can_be_replayed(capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("sales.csv").write_text(
        "customer_id,order_id,placed_at,product,quantity,price\n"
        "c1,o1,2026-03-02,tea,2,5.00\nc1,o1,2026-03-02,cup,1,1.00\nc1,r1,2026-03-03,tea,-1,5.00\n"
    )

    assert cli.main(["replay", "sales.csv", "--order-lines", "--currency", "GBP"]) == 0

    assert json.loads(_out(capsys, "kpis", "--json"))["shop"]["revenue_gbp"]["value"] == 600


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["import", "carts", "--format", "shopify"], "--format shopify: it exports orders and customers, and no carts"),
        (
            ["import", "suppressions", "--format", "woocommerce"],
            "--format woocommerce: it exports orders and customers",
        ),
        (["import", "customers", "--format", "shopify"], "Customer ID: is missing; is this the file that the system"),
    ],
)
def test_a_file_that_the_system_does_not_write(capsys: Capture, tmp_path: Path, words: list[str], problem: str) -> None:
    file = tmp_path / "orders_export.csv"
    file.write_text(text_of(SHOPIFY_ORDER))

    assert cli.main([*words[:2], str(file), *words[2:], "--dry-run"]) == 1

    assert problem in " ".join(capsys.readouterr().err.split())


def _out(capsys: Capture, *words: str) -> str:
    capsys.readouterr()
    assert cli.main(words) == 0
    return capsys.readouterr().out
