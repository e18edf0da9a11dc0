"""Files as Shopify and WooCommerce write them, and what is read of them."""

import csv
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

from chalicelib.domain.facts.customer import Customer
from chalicelib.domain.facts.inbound import InboundFact
from chalicelib.domain.facts.order import Order
from chalicelib.sources.history.kinds import IMPORTED
from chalicelib.sources.reading.dialect import Dialect
from chalicelib.sources.registry import sources
from infra.history.reading import FileOptions, ParsedRow, parsed_rows

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
