"""What anybody can send in one delivery costs about as much a message, whatever the messages say."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.adapters.dynamodb import visitors
from chalicelib.adapters.dynamodb.table import Table
from infra.machine.clock import VirtualClock
from infra.machine.machine import Machine
from tests.builders import START
from tests.identity.given import items
from tests.naming import FOUR
from tests.webhooks.given import SECRETS, events, segment

pytestmark = pytest.mark.journeys(*FOUR)
AT = "2026-03-02T08:00:00Z"


class Sender:
    """Somebody with the shop's public key."""

    def __init__(self, machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
        self._machine, self.calls = machine, Counter[str]()
        for name in ("get", "put", "update", "delete", "_query"):
            monkeypatch.setattr(Table, name, self._counted(name, getattr(Table, name)))
        monkeypatch.setattr(Table, "partition", self._reading(Table.partition))

    def _counted(self, name: str, original: Any) -> Any:
        def call(*args: Any, **kwargs: Any) -> Any:
            self.calls[name] += 1
            return original(*args, **kwargs)

        return call

    def _reading(self, original: Any) -> Any:
        def partition(*args: Any, **kwargs: Any) -> Iterator[Any]:
            for item in original(*args, **kwargs):
                self.calls["items"] += 1
                yield item

        return partition

    def cost(self, *messages: dict[str, Any]) -> Counter[str]:
        """The calls of the database that a delivery of these messages takes."""
        self.calls.clear()
        sent = segment({"batch": [{"timestamp": AT, "messageId": f"m{n}", **each} for n, each in enumerate(messages)]})
        answer = self._machine.request("POST", "/webhooks/segment", sent.body, sent.headers)
        assert answer.status == 200, answer
        return Counter(self.calls)

    def tell(self, fact: dict[str, Any]) -> None:
        sent = events({"facts": [fact]})
        assert self._machine.request("POST", "/webhooks/events", sent.body, sent.headers).status == 200


@pytest.fixture
def sender(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sender]:
    with Machine(VirtualClock(START), secrets=SECRETS) as machine:
        yield Sender(machine, monkeypatch)


def claim(user: str, address: str) -> dict[str, Any]:
    return {"type": "identify", "userId": user, "traits": {"email": address}}


def test_many_strangers_who_claim_one_address_cost_about_what_others_do(sender: Sender) -> None:
    ann = {"type": "customer", "id": "ann", "at": AT, "email": "ann@example.com", "email_verified": True}
    sender.tell(ann)
    alone = sender.cost(*(claim(f"one{n}", f"one{n}@example.com") for n in range(60)))

    together = sender.cost(*(claim(f"eve{n}", "ann@example.com") for n in range(60)))

    assert together.total() < 3 * alone.total()
    assert alone.total() / 60 < 20


def test_a_visitor_of_whom_very_much_is_kept_costs_little(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visitors, "MOST_KEPT", 20)

    def views(first: int, count: int) -> Counter[str]:
        products = [{"product_id": "tea", "price": 1, "quantity": 1}]
        return sender.cost(
            *(
                {"type": "track", "event": "Cart Viewed", "anonymousId": "eve", "messageId": f"view{n}",
                 "properties": {"cart_id": f"cart{n}", "currency": "USD", "products": products}}
                for n in range(first, first + count)
            )
        )  # fmt: skip

    first, full = views(0, 20), views(100, 20)

    kept = [item for item in items()["commerce"] if item["pk"]["S"].startswith("VISITOR#") and "fact" in item]
    assert len(kept) == 20
    assert (first["_query"], full["_query"]) == (0, 0)
    assert full.total() < first.total()


def test_a_cart_that_is_seen_again_and_again_is_kept_once_and_an_order_beside_it(
    sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visitors, "MOST_KEPT", 5)
    products = [{"product_id": "tea", "price": 1, "quantity": 1}]
    cart = {"cart_id": "c1", "currency": "USD", "products": products}
    for minute in range(10):
        sender.cost(
            {"type": "track", "event": "Cart Viewed", "anonymousId": "bea", "properties": cart,
             "messageId": f"v{minute}", "timestamp": f"2026-03-02T08:{minute:02}:00Z"}
        )  # fmt: skip

    order = {"order_id": "o1", "currency": "USD", "total": 1, "products": products}
    sender.cost({"type": "track", "event": "Order Completed", "anonymousId": "bea", "properties": order})

    kept = [item["sk"]["S"].partition("#")[0] for item in items()["commerce"] if item["pk"]["S"].startswith("VISITOR#")]
    assert (kept.count("CART"), kept.count("ORDER")) == (1, 1)


@pytest.mark.parametrize("thing", ["browser", "cart"])
def test_two_accounts_of_one_browser_cost_the_same_however_much_they_have(sender: Sender, thing: str) -> None:
    products = [{"product_id": "tea", "price": 1, "quantity": 1}]

    def viewed(cart: str, **told: str) -> dict[str, Any]:
        content = {"cart_id": cart, "currency": "USD", "products": products}
        return {"type": "track", "event": "Cart Viewed", "properties": content, **told}

    def turns(first: str, second: str) -> Counter[str]:
        """A browser, or a cart, is the one account's and the other's in turn."""
        messages = []
        for number in range(20):
            user, at = (first, second)[number % 2], f"2026-03-02T08:30:{number:02}Z"
            told = {"userId": user, "messageId": f"{user}{number}", "timestamp": at}
            named = {**claim(user, f"{user}@example.com"), "anonymousId": f"of {first}"}
            messages.append({**(named if thing == "browser" else viewed(f"of-{first}")), **told})
        return sender.cost(*messages)

    for name in ("ann", "bea"):
        sender.cost(viewed(f"{name}0", userId=name))
    for name in ("eve", "eva"):
        sender.cost(*(viewed(f"{name}{number}", userId=name, messageId=f"{name}{number}") for number in range(40)))

    assert turns("eve", "eva") == turns("ann", "bea")
