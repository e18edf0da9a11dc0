"""How many signed webhooks per second one process of the local API handles, with and without real storage.

Each passes the local API Gateway and the function of ``app.py``: it checks the signature, reads the body, finds the
customer, and stores the fact. The functions that the stream then starts are not included: on AWS they are not part of
the request either. The bodies are the documented payloads that the tests use.
"""

import hmac
import json
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from itertools import count
from statistics import median
from typing import Any

from standardwebhooks.webhooks import Webhook

import app
from infra.bench.carts import LEFT_AT
from infra.bench.tables import table
from infra.bench.timing import interleaved, ratio
from infra.machine.clock import VirtualClock
from infra.machine.machine import Machine
from infra.package.packaged import CHECKOUT
from infra.scoped.changes import replaced

NAME = "webhooks"
AIM = 200
BATCH = 100
PAYLOADS = CHECKOUT / "tests" / "webhooks" / "payloads"
SECRETS = {
    "events": "whsec_" + b64encode(b"an example secret of 32 letters.").decode(),
    "shopify": "example-shopify-secret",
}


@dataclass(frozen=True)
class Post:
    """A signed request."""

    source: str
    body: bytes
    headers: Mapping[str, str]


class Nowhere:
    """Replaces the client of DynamoDB: it finds nothing, and every write succeeds."""

    def get_item(self, **_: Any) -> dict[str, Any]:
        """Nothing."""
        return {}

    def batch_get_item(self, **_: Any) -> dict[str, Any]:
        """Nothing."""
        return {"Responses": {}}

    def query(self, **_: Any) -> dict[str, Any]:
        """Nothing."""
        return {"Items": []}

    put_item = update_item = delete_item = get_item


def measure(quick: bool) -> dict[str, Any]:
    """Webhooks per second of CPU, by kind, with moto's tables and without; medians of interleaved rounds."""
    rounds = 3 if quick else 15
    with Machine(VirtualClock(LEFT_AT), secrets=SECRETS) as machine:
        return {"batch": BATCH, "rounds": rounds, "kinds": [_figures(machine, kind, rounds) for kind in KINDS]}


def _figures(machine: Machine, kind: str, rounds: int) -> dict[str, Any]:
    numbers = count()
    posts = [[KINDS[kind](n, next(numbers)) for n in range(BATCH)] for _ in range(2 * (rounds + 1) + 2)]
    waiting = iter(posts)
    _send(machine, next(waiting))  # from now on these people are known
    times = interleaved(
        {
            "stored": lambda: _send(machine, next(waiting)),
            "stubbed": lambda: _send(machine, next(waiting), storage=False),
        },
        rounds,
    )
    return {
        "kind": kind,
        "bytes": len(posts[0][0].body),
        "calls": _calls(machine, next(waiting)),
        "per_second": {name: BATCH / median(seconds) for name, seconds in times.items()},
        "ratio": ratio(times["stored"], times["stubbed"]),
    }


def _send(machine: Machine, posts: list[Post], storage: bool = True) -> None:
    """Raises RuntimeError when one is not accepted."""
    with nullcontext() if storage else nowhere():
        for post in posts:
            answer = machine.request("POST", f"/webhooks/{post.source}", post.body, post.headers)
            if answer.status != 200:
                raise RuntimeError(f"{post.source} was answered {answer.status}: {answer.body}")


@contextmanager
def nowhere() -> Iterator[None]:
    """Inside, nothing is stored and nothing is found."""
    client = Nowhere()
    with replaced(app.parts.aws, "dynamodb", client):
        yield


def _calls(machine: Machine, posts: list[Post]) -> float:
    """Calls to DynamoDB per webhook."""
    seen: list[str] = []

    def noted(model: Any, **_: Any) -> None:
        seen.append(model.name)

    events = app.parts.aws.dynamodb.meta.events
    events.register("before-call.dynamodb", noted)
    _send(machine, posts)
    events.unregister("before-call.dynamodb", noted)
    return len(seen) / len(posts)


def standard(person: int, number: int) -> Post:
    """A changed cart, as a Standard Webhook."""
    at = LEFT_AT - timedelta(hours=1) + timedelta(seconds=number)
    pieces = 1 + number % 3
    line = {"product": "green-tea", "name": "Green tea", "quantity": pieces, "price": 1250}
    fact = {
        "type": "cart",
        "customer_id": f"c-{person}",
        "id": f"k-{person}",
        "at": at.isoformat(),
        "total": 1250 * pieces,
        "currency": "USD",
        "lines": [line],
    }
    body = json.dumps(fact)
    headers = {
        "webhook-id": f"msg_{number}",
        "webhook-timestamp": str(int(LEFT_AT.timestamp())),
        "webhook-signature": Webhook(SECRETS["events"]).sign(f"msg_{number}", LEFT_AT, body),
    }
    return Post("events", body.encode(), headers)


def shopify_cart(person: int, number: int) -> Post:
    """A visitor's changed cart: a Shopify cart does not identify a customer."""
    changed = {"token": f"c1-{person}", "id": f"c1-{person}", "updated_at": _later(number)}
    return _shopify("carts/update", "carts_update", changed, number)


def shopify_order(person: int, number: int) -> Post:
    """A customer's order."""
    order = _payload("orders_create")
    email = f"person{person}@example.com"
    customer = order["customer"] | {"id": 10_000 + person, "email": email}
    names = {"email": email, "contact_email": email, "customer": customer}
    visit = {"cart_token": f"c1-{person}", "checkout_token": f"t1-{person}"}
    changed = {"id": 10**6 + number, "updated_at": _later(number)}
    return _shopify("orders/create", "orders_create", names | visit | changed, number)


KINDS: Mapping[str, Callable[[int, int], Post]] = {
    "Standard Webhooks: a cart": standard,
    "Shopify: a visitor's cart": shopify_cart,
    "Shopify: an order": shopify_order,
}
"""Each makes a request about one of ``BATCH`` people; no two have the same number."""


def _shopify(topic: str, payload: str, changed: Mapping[str, Any], number: int) -> Post:
    body = json.dumps(_payload(payload) | dict(changed)).encode()
    headers = {
        "content-type": "application/json",
        "x-shopify-topic": topic,
        "x-shopify-hmac-sha256": b64encode(hmac.digest(SECRETS["shopify"].encode(), body, "sha256")).decode(),
        "x-shopify-event-id": f"event-{number}",
    }
    return Post("shopify", body, headers)


@cache
def _text(payload: str) -> str:
    return (PAYLOADS / "shopify" / f"{payload}.json").read_text("utf-8")


def _payload(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(_text(name))
    return found


def _later(number: int) -> str:
    return (LEFT_AT - timedelta(hours=1) + timedelta(seconds=number)).isoformat()


def markdown(figures: dict[str, Any]) -> str:
    """The section of the benchmarks page."""
    rows = [
        [
            each["kind"],
            f"{each['bytes']:,}",
            f"{each['calls']:.0f}",
            f"**{each['per_second']['stored']:,.0f}**",
            f"{each['per_second']['stubbed']:,.0f}",
            f"{each['ratio']:.1f}",
        ]
        for each in figures["kinds"]
    ]
    head = ["webhook", "bytes", "calls", "stored, per second", "storage stubbed, per second", "ratio of CPU"]
    return f"""## Webhooks per second

{table(head, rows)}

Signed webhooks that one process handles per second of its CPU; medians of {figures["rounds"]} interleaved rounds of
{figures["batch"]}, each a new delivery about people who are known already. The aim is at least {AIM}.
Each passes the local API Gateway and the function of `app.py`. *Stored* uses moto's tables in the same process, which
need far more CPU for a call than a client that sends it to AWS; *storage stubbed* is the same with a client that
answers at once. *Calls* are calls to DynamoDB; the functions that the stream then starts are not included.
"""
