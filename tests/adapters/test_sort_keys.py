"""What is left out when a customer is read beside another one is what lies between two sort keys, and nothing else."""

import pytest

from chalicelib.adapters.dynamodb import keys
from chalicelib.adapters.dynamodb.facts import AFTER_BEARERS, BEFORE_CARTS, FIRST, LAST
from chalicelib.domain.facts.cart import Cart, CartLink
from chalicelib.domain.facts.fact import Fact
from chalicelib.domain.facts.facts import KINDS


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in (Cart, CartLink)])
def test_a_fact_of_every_other_kind_is_read(kind: type[Fact]) -> None:
    for sk in (keys.fact(kind.kind), f"{keys.fact(kind.kind)}z"):
        assert FIRST <= sk < BEFORE_CARTS or AFTER_BEARERS < sk <= LAST


@pytest.mark.parametrize(
    "sk",
    [
        *(keys.fact(Cart.kind, "cart-1"), keys.fact(CartLink.kind, "cart-1")),
        keys.shares("ann", "f" * 32, "bob")["sk"],
    ],
)
def test_carts_and_who_else_bears_an_address_are_not(sk: str) -> None:
    assert BEFORE_CARTS < sk < AFTER_BEARERS


@pytest.mark.parametrize("sk", [keys.ABSORBS, keys.APART])
def test_who_was_merged_into_the_customer_or_split_from_them_is(sk: str) -> None:
    assert FIRST <= sk < BEFORE_CARTS
