"""The tea shop of ``infra/sources.example.yaml``: its own tables beside the stack, and records of their streams."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import boto3
from boto3.dynamodb.types import TypeSerializer

import app
from chalicelib.domain.facts.facts import Facts
from chalicelib.sources.own_tables.items import ItemFact
from chalicelib.sources.own_tables.mapping import OwnTable
from chalicelib.sources.own_tables.tables import OwnTables
from infra.machine.inbox import AcceptedMail
from infra.machine.machine import Machine
from infra.machine.streams import Event
from infra.own_tables import mapping as own_tables
from infra.package.packaged import CHECKOUT, Template, packaged_template

EXAMPLE = CHECKOUT / "infra" / "sources.example.yaml"
CUSTOMERS = "tea-customers"
SALES = "tea-sales"
_TEXT = "S"


def template_of(tables: Sequence[OwnTable]) -> Template:
    """The packaged template for these tables, and the example's two tables besides, which on AWS are there already."""
    template = packaged_template(tables)
    template["Resources"] |= {"TeaCustomers": _table(CUSTOMERS, "id"), "TeaSales": _table(SALES, "owner", "sk")}
    return template


def _table(name: str, *keys: str) -> Template:
    properties = {
        "TableName": name,
        "AttributeDefinitions": [{"AttributeName": key, "AttributeType": _TEXT} for key in keys],
        "KeySchema": [
            {"AttributeName": key, "KeyType": kind} for key, kind in zip(keys, ("HASH", "RANGE"), strict=False)
        ],
        "BillingMode": "PAY_PER_REQUEST",
        "StreamSpecification": {"StreamViewType": "NEW_AND_OLD_IMAGES"},
    }
    return {"Type": "AWS::DynamoDB::Table", "Properties": properties}


@dataclass
class TeaShop:
    """The shop's own system, which writes its tables and knows nothing of Rekindle."""

    machine: Machine
    events: Sequence[tuple[str, Event]] = ()
    """What woke which function, so far."""
    emails: dict[str, str] = field(default_factory=dict)

    @property
    def now(self) -> datetime:
        """The shop's time, UTC."""
        return self.machine.clock.now()

    def after(self, **duration: float) -> None:
        """Let time pass."""
        self.machine.advance_to(self.now + timedelta(**duration))
        assert self.machine.failures == []

    def signs_up(self, name: str, *, wanted: bool = True, **changes: Any) -> None:
        """Somebody has an account."""
        self.emails.setdefault(name, f"{name}@example.com")
        seconds = int(self.now.timestamp())
        item = {
            "id": name,
            "changed": seconds,
            "contact": {"email": self.emails[name], "name": name.capitalize()},
            "zone": "UTC",
            "newsletter": {"wanted": wanted, "since": seconds},
        }
        self.writes(CUSTOMERS, item | changes)

    def fills_cart(self, name: str, cart: str = "1", **changes: Any) -> None:
        """Two packets of green tea, 12.50 dollars each."""
        line = {"sku": "green-tea", "title": "Green tea", "pieces": 2, "price": "12.50"}
        item = {"owner": name, "sk": f"CART#{cart}", "touched": self.text(), "sum": "25.00", "items": [line]}
        self.writes(SALES, item | changes)

    def orders(self, name: str, order: str = "1", **changes: Any) -> None:
        """What was in the cart."""
        item = {"owner": name, "sk": f"ORDER#{order}", "placed": self.text(), "sum": "25.00", "cart": "1"}
        self.writes(SALES, item | {"items": [{"sku": "green-tea"}]} | changes)

    def text(self) -> str:
        """The time as this shop writes it: in Seoul, without saying so."""
        return (self.now + timedelta(hours=9)).replace(tzinfo=None).isoformat(" ")

    def writes(self, table: str, item: Mapping[str, Any]) -> None:
        """Put an item, and let happen what follows."""
        boto3.resource("dynamodb").Table(table).put_item(Item=dict(item))
        self.settles()

    def removes(self, table: str, **key: str) -> None:
        """Delete an item, and let happen what follows."""
        boto3.resource("dynamodb").Table(table).delete_item(Key=key)
        self.settles()

    def settles(self) -> None:
        self.machine.pump()
        assert self.machine.failures == []

    def known(self, name: str) -> Facts | None:
        """All that is known of somebody."""
        key = app.parts.names.find(name)
        return app.parts.facts.of(key) if key else None

    def mails(self) -> list[AcceptedMail]:
        return list(self.machine.inbox.mails)


_numbers = count(1)
_PLAIN = TypeSerializer()


def record(
    table: OwnTable, new: Mapping[str, Any] | None, old: Mapping[str, Any] | None = None, *,
    at: int = 1_772_440_000, expired: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """A record of a table's stream, as Lambda passes it; ``at`` is in seconds since 1970, UTC."""
    images = {"NewImage": new, "OldImage": old}
    change: dict[str, Any] = {
        "ApproximateCreationDateTime": at,
        "Keys": {},
        "SequenceNumber": f"{next(_numbers):021}",
        "StreamViewType": "NEW_AND_OLD_IMAGES",
    }
    for name, image in images.items():
        if image is not None:
            change[name] = {key: _PLAIN.serialize(value) for key, value in image.items()}
    name = "REMOVE" if new is None else "INSERT" if old is None else "MODIFY"
    who = {"userIdentity": {"type": "Service", "principalId": "dynamodb.amazonaws.com"}} if expired else {}
    return {"eventName": name, "eventSourceARN": table.stream, "eventSource": "aws:dynamodb", "dynamodb": change} | who


def facts_in(table: OwnTable, *images: Mapping[str, Any] | None, **more: Any) -> list[ItemFact]:
    """The facts in a record."""
    return list(OwnTables([table]).facts(record(table, *images, **more)))


def example() -> tuple[OwnTable, OwnTable]:
    """The example's tables: that of the customers, and that of carts and orders."""
    customers, sales = own_tables.read(EXAMPLE)
    return customers, sales


def written(folder: Path, text: str) -> Path:
    """A mapping file."""
    path = folder / "sources.yaml"
    path.write_text(text, "utf-8")
    return path
