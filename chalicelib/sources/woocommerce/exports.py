"""CSV files of WooCommerce's orders and customers, as its export extensions write them, a row or more for each.

WooCommerce's own reports name no customer of an order by an id or an address, so nobody can be known by them.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from chalicelib.sources.reading.dialect import Dialect
from chalicelib.sources.reading.exports import Body, Export, Row

LABELS = {"pending-payment": "pending", "canceled": "cancelled"}
"""The names of states as the shop's staff see them, by which some files call them."""


def _first(row: Row, *columns: str) -> str | None:
    return next((row[column] for column in columns if row.get(column)), None)


def order_of(rows: Sequence[Row], dialect: Dialect, at: datetime) -> Body:
    """An order: all that is said of it stands in its first row. Raises ``ValueError``."""
    row = rows[0]

    def time(*columns: str) -> str | None:
        found = _first(row, *columns)
        return dialect.time(found) if found else None

    refunded = _first(row, "refunded_total")
    return Body(
        {
            "id": row["order_id"],
            "status": LABELS.get(status := row["status"].lower().removeprefix("wc-").replace(" ", "-"), status),
            "currency": _first(row, "order_currency") or dialect.currency,
            "total": dialect.amount(row["order_total"]),
            "date_created": time("date", "order_date"),
            "date_paid": time("paid_date", "date_paid"),
            "date_completed": time("completed_date", "date_completed"),
            "customer_id": _first(row, "customer_id", "customer_user"),
            "billing": {
                "email": _first(row, "billing_email", "customer_email"),
                "first_name": _first(row, "billing_first_name"),
                "last_name": _first(row, "billing_last_name"),
                "country": _first(row, "billing_country"),
            },
            "refunds": [{"total": str(dialect.number(refunded))}] if refunded else [],
        }
    )


def customer_of(rows: Sequence[Row], dialect: Dialect, at: datetime) -> Body:
    """A customer, as they were when the file was written."""
    row = rows[0]
    written = at.isoformat()
    return Body(
        {
            "id": row["customer_id"],
            "username": "",
            "email": _first(row, "email", "user_email"),
            "first_name": _first(row, "first_name"),
            "last_name": _first(row, "last_name"),
            "billing": {"country": _first(row, "billing_country")},
            "date_created": written,
            "date_created_gmt": written,
            "date_modified_gmt": written,
        }
    )


EXPORTS: Mapping[str, Export] = {
    "orders": Export(
        "order.updated",
        "order_id",
        ("status", "order_total"),
        order_of,
        {
            "$.id": "order_id",
            "$.email": "billing_email",
            "$.currency": "order_currency",
            "$.total": "order_total",
            "$.date_created": "date",
            "$.date_created_gmt": "date",
        },
    ),
    "customers": Export(
        "customer.updated", "customer_id", (), customer_of, {"$.id": "customer_id", "$.email": "email"}
    ),
}
