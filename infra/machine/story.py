"""A story to compare machines: four days of a small shop, with left carts, reminders and some orders.

With and without a patch of moto the result must be the same; the time that it takes measures the patch.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3

from chalicelib.sources.bodies import MOST_FACTS
from infra.machine.clock import VirtualClock
from infra.machine.environment import login
from infra.machine.inbox import Inbox
from infra.machine.machine import Machine

BEGIN = datetime(2026, 3, 2, 10, tzinfo=UTC)
"""A Monday; a day later, when the reminders are due, it is not a quiet hour."""
Fact = Mapping[str, Any]


@dataclass(frozen=True)
class Ending:
    """The story's result: the items of each table, the mails (time, recipient, message), and the failures."""

    tables: Mapping[str, list[Any]]
    mails: list[tuple[datetime, str, str]]
    failures: list[str]


def story(customers: int, http: bool = False) -> Ending:
    """Each customer leaves a cart; after the reminder every third orders it and every third changes it."""
    with Machine(VirtualClock(BEGIN), settings={"SHOP_ZONE": "UTC"}, http=http) as machine:
        names = [f"customer-{number}" for number in range(customers)]
        _send(machine, [_profile(name) for name in names])
        _send(machine, [_cart(name, BEGIN, pieces=2) for name in names])
        machine.advance_to(BEGIN + timedelta(hours=26))
        now = machine.clock.now()
        _send(machine, [_order(name, now) for name in names[::3]])
        _send(machine, [_cart(name, now, pieces=1) for name in names[1::3]])
        machine.advance_to(BEGIN + timedelta(days=4))
        return Ending(_tables(machine), _mails(machine.inbox), [repr(each) for each in machine.failures])


def _send(machine: Machine, facts: list[Fact]) -> None:
    headers = login("/v1/facts")
    for start in range(0, len(facts), MOST_FACTS):
        answer = machine.request("POST", "/v1/facts", {"facts": facts[start : start + MOST_FACTS]}, headers)
        if answer.status != 202:
            raise RuntimeError(f"the API refused the facts: {answer.body}")
        machine.pump()


def _profile(name: str) -> Fact:
    at = (BEGIN - timedelta(days=30)).isoformat()
    consents = {"marketing": {"given": True, "at": at}}
    return {"type": "customer", "id": name, "at": at, "email": f"{name}@example.com", "consents": consents}


def _cart(name: str, at: datetime, pieces: int) -> Fact:
    lines = [{"product": "tea", "name": "Green tea", "quantity": pieces, "price": 1250}]
    cart = {"type": "cart", "customer_id": name, "id": f"cart-of-{name}", "at": at.isoformat(), "lines": lines}
    return cart | {"total": 1250 * pieces, "currency": "USD"}


def _order(name: str, at: datetime) -> Fact:
    order = {"type": "order", "customer_id": name, "id": f"order-of-{name}", "placed_at": at.isoformat()}
    return order | {"total": 2500, "currency": "USD", "cart_id": f"cart-of-{name}"}


def _tables(machine: Machine) -> dict[str, list[Any]]:
    """All items, in the order of their keys."""
    client: Any = boto3.client("dynamodb")
    found: dict[str, list[Any]] = {}
    for logical, name in machine.stack.tables.items():
        pages = client.get_paginator("scan").paginate(TableName=name)
        found[logical] = sorted((item for page in pages for item in page["Items"]), key=_key)
    return found


def _key(item: Mapping[str, Any]) -> tuple[str, str]:
    return item["pk"]["S"], item["sk"]["S"]


def _mails(inbox: Inbox) -> list[tuple[datetime, str, str]]:
    return [(mail.at, mail.to[0], f"{mail.tags['journey']}/{mail.tags['step']}") for mail in inbox]
