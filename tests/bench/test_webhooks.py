"""The webhooks that are timed are taken: each is signed, new, and stored, or, without storage, is not."""

from collections.abc import Iterator

import pytest

import app
from infra.bench import webhooks
from infra.bench.carts import LEFT_AT
from infra.bench.webhooks import KINDS, SECRETS, Post
from infra.machine.clock import VirtualClock
from infra.machine.machine import Machine


@pytest.fixture
def machine() -> Iterator[Machine]:
    with Machine(VirtualClock(LEFT_AT), secrets=SECRETS) as machine:
        yield machine


def deliveries() -> int:
    """How many are remembered as taken."""
    return len(list(app.parts.table(app.parts.settings.commerce_table).scan("DELIVERY")))


@pytest.mark.parametrize("kind", KINDS)
def test_each_is_new_and_leaves_something(machine: Machine, kind: str) -> None:
    webhooks._send(machine, [KINDS[kind](1, 1)])
    before = deliveries()

    webhooks._send(machine, [KINDS[kind](1, 2)])

    assert (before, deliveries()) == (1, 2)


@pytest.mark.parametrize("kind", KINDS)
def test_without_storage_nothing_is_stored(machine: Machine, kind: str) -> None:
    webhooks._send(machine, [KINDS[kind](1, 1)], storage=False)

    assert deliveries() == 0


def test_one_that_is_not_taken_is_no_measurement(machine: Machine) -> None:
    good = KINDS["Shopify: an order"](1, 1)

    with pytest.raises(RuntimeError, match="401"):
        webhooks._send(machine, [Post(good.source, good.body + b" ", good.headers)])


def test_a_changed_cart_of_somebody_known_takes_four_calls(machine: Machine) -> None:
    """Was it here before, whose is it, the cart, and that it was here."""
    cart = KINDS["Standard Webhooks: a cart"]
    webhooks._send(machine, [cart(1, 1)])

    assert webhooks._calls(machine, [cart(1, 2), cart(1, 3)]) == 4
