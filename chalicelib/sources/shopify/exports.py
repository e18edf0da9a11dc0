"""The CSV files that Shopify's admin exports: orders, a row for each line item, and customers.

An order's file names no product by its id and no customer; its buyer is the address. A customer's says nothing of when
they agreed, or whether their address was confirmed.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from chalicelib.sources.reading.dialect import Dialect
from chalicelib.sources.reading.exports import Body, Export, Row


def order_of(rows: Sequence[Row], dialect: Dialect, at: datetime) -> Body:
    """An order: all that is said of it stands in its first row. Raises ``ValueError``."""
    row = rows[0]

    def time(column: str) -> str | None:
        return dialect.time(row[column]) if row.get(column) else None

    fulfilled_at = time("Fulfilled at") if row.get("Fulfillment Status") == "fulfilled" else None
    body = {
        "id": row["Id"].lstrip("'"),  # which keeps spreadsheets from rounding it
        "created_at": time("Created at"),
        "cancelled_at": time("Cancelled at"),
        "currency": row["Currency"] or dialect.currency,
        "total_price": dialect.amount(row["Total"]),
        "financial_status": row.get("Financial Status") or None,
        "fulfillment_status": "fulfilled" if fulfilled_at else None,
        "fulfillments": [{"created_at": fulfilled_at}] if fulfilled_at else [],
        "email": row["Email"] or None,
        "buyer_accepts_marketing": row.get("Accepts Marketing") == "yes" or None,
        "discount_codes": [{"code": row["Discount Code"]}] if row.get("Discount Code") else [],
        "billing_address": {"country_code": row.get("Billing Country") or None},
        "line_items": [],
    }
    return Body(body, dialect.number(row["Refunded Amount"]) if row.get("Refunded Amount") else None)


def customer_of(rows: Sequence[Row], dialect: Dialect, at: datetime) -> Body:
    """A customer, as they were when the file was written."""
    row = rows[0]
    states = {"yes": "subscribed", "true": "subscribed", "no": "unsubscribed", "false": "unsubscribed"}
    return Body(
        {
            "id": row["Customer ID"].lstrip("'"),  # which keeps spreadsheets from rounding it
            "email": row["Email"] or None,
            "first_name": row.get("First Name") or None,
            "last_name": row.get("Last Name") or None,
            "created_at": at.isoformat(),
            "updated_at": at.isoformat(),
            "email_marketing_consent": {"state": states.get(row.get("Accepts Email Marketing", "").lower())},
            "default_address": {"country_code": row.get("Default Address Country Code") or None},
        }
    )


EXPORTS: Mapping[str, Export] = {
    "orders": Export(
        "orders/updated",
        "Name",
        ("Id", "Email", "Created at", "Currency", "Total"),
        order_of,
        {
            "$.id": "Id",
            "$.email": "Email",
            "$.created_at": "Created at",
            "$.cancelled_at": "Cancelled at",
            "$.currency": "Currency",
            "$.total_price": "Total",
            "$.fulfillments[0].created_at": "Fulfilled at",
        },
    ),
    "customers": Export(
        "customers/update", "Customer ID", ("Email",), customer_of, {"$.id": "Customer ID", "$.email": "Email"}
    ),
}
