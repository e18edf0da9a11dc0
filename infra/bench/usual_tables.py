"""The tables of the usual reminder."""

from typing import Any

import boto3

TABLES = {
    "facts": ("customer_id", "fact"),
    "reminders": ("customer_id", "cart_id"),
    "suppressions": ("email",),
    "histories": ("customer_id",),
    "counters": ("day",),
}
"""Key attributes by table."""
DUE_INDEX = "status-due_at"


def create_tables() -> None:
    """The tables, empty."""
    client: Any = boto3.client("dynamodb")
    for name, attributes in TABLES.items():
        roles = zip(attributes, ("HASH", "RANGE"), strict=False)
        names = list(attributes) + (["status", "due_at"] if name == "reminders" else [])
        schema = [{"AttributeName": "status", "KeyType": "HASH"}, {"AttributeName": "due_at", "KeyType": "RANGE"}]
        index = {"IndexName": DUE_INDEX, "KeySchema": schema, "Projection": {"ProjectionType": "ALL"}}
        client.create_table(
            TableName=f"usual-{name}",
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": each, "KeyType": role} for each, role in roles],
            AttributeDefinitions=[{"AttributeName": each, "AttributeType": "S"} for each in names],
            **({"GlobalSecondaryIndexes": [index]} if name == "reminders" else {}),
        )
