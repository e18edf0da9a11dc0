"""The kinds of facts: what tells two facts of one kind apart is in their stored keys, and must not change by itself.

The own ids are a shop's, and may be personal: digests of them are stored.
"""

import hashlib

import pytest

from chalicelib.adapters.dynamodb.items import fact_sk
from chalicelib.domain.facts.answer import Answer
from chalicelib.domain.facts.cart import CartLink
from chalicelib.domain.facts.consent import Purpose, Unsubscription
from chalicelib.domain.facts.customer import Erasure, Merged
from chalicelib.domain.facts.fact import Fact
from chalicelib.domain.facts.facts import KINDS
from chalicelib.domain.facts.order import Cancellation, Refund
from tests.builders import START, a_cart, a_customer, a_launch, an_order

STORED: dict[str, Fact] = {
    "CUSTOMER": a_customer("ann"),
    "CART#k1": a_cart("k1"),
    "CARTLINK#k1": CartLink("k1", START, "https://shop.example/recover"),
    "ORDER#o1": an_order("o1"),
    "REFUND#o1#r1": Refund("o1", "r1", START, 100),
    "CANCELLATION#o1": Cancellation("o1", START),
    "ANSWER#o1": Answer("o1", START, 3),
    "UNSUBSCRIPTION#marketing": Unsubscription(Purpose.MARKETING, START, "e1", "reminder"),
    "LAUNCH": a_launch("spring"),
    "MERGED": Merged("ben", START, START),
    "ERASURE": Erasure(START),
}


@pytest.mark.parametrize("sort_key", STORED)
def test_the_sort_key_of_each_kind_is_as_it_is_stored(sort_key: str) -> None:
    kind, has_id, own_id = sort_key.partition("#")
    digest = hashlib.sha256(own_id.encode()).hexdigest()[:32]

    assert fact_sk(STORED[sort_key]) == (f"{kind}#{digest}" if has_id else kind)


def test_every_kind_is_among_them() -> None:
    assert [type(fact) for fact in STORED.values()] == list(KINDS)
