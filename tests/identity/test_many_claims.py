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

    def _counted(self, name: str, original: Any) -> Any:
        def call(*args: Any, **kwargs: Any) -> Any:
            self.calls[name] += 1
            return original(*args, **kwargs)

        return call

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
