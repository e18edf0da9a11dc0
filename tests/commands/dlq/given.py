"""``rekindle dlq`` as it is typed, and messages that are set aside since nothing can be read."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.entry import records
from tests.commands.given import STACK, Said, bodies, outside
from tests.journeys.shop import Shop

Capture = pytest.CaptureFixture[str]
FACTS, COUNTS = "_fact", "_counts"
QUEUES = ["audience", "due", "feedback", "poison", "stream"]
DELIVERY = {"eventType": "Delivery", "mail": {}}


@contextmanager
def unreadable(what: str) -> Iterator[None]:
    """Nothing on a stream can be read by ``enroll`` (its facts) or by ``rollup`` (its counts)."""

    def broken(_: Any) -> Any:
        raise ValueError("ann, of all people")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(records, what, broken)
        yield


def dlq(shop: Shop, capsys: Capture, *words: str) -> Said:
    """``rekindle dlq WORDS --stack STACK``, a second later than whatever was before."""
    shop.machine.clock.set(shop.now + timedelta(seconds=1))
    return outside(shop, capsys, "dlq", *words, "--stack", STACK)


def redriven(shop: Shop, capsys: Capture, *words: str) -> dict[str, tuple[int, int]]:
    """How many messages of each queue were redriven, and how many remain; only of queues that had messages."""
    result = dlq(shop, capsys, "redrive", *words, "--json").json["queues"]
    found = {each["queue"]: (each["brought_back"], sum(each["left"].values())) for each in result}
    return {queue: numbers for queue, numbers in found.items() if any(numbers)}


def set_aside(shop: Shop, what: str) -> list[dict[str, Any]]:
    """A cart is left while nothing can be read; the messages that are on the poison queue then."""
    with unreadable(what):
        shop.leaves_cart("ann")
    shop.machine.clock.set(shop.now + timedelta(seconds=1))
    return bodies(shop, "PoisonQueue")
