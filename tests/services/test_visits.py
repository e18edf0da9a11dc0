"""Who is known by a visitor's name, and by which of their own names that was told: a split goes by it."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.domain.facts.fact import Fact
from chalicelib.domain.facts.inbound import Name, Person, order_name
from chalicelib.domain.facts.order import Cancellation, Refund
from chalicelib.services.visits import is_of_order
from tests.builders import START, a_cart, an_order
from tests.services.people import Shop

ORDER, CART, HOUR = an_order(), a_cart(), timedelta(hours=1)
NAMED = order_name(ORDER.id)


class Watched(Shop):
    """Remembers what was moved to whom, and by which of their names."""

    def __init__(self) -> None:
        super().__init__()
        self.moved: list[tuple[Name, str, tuple[str, ...]]] = []

    def take_over(self, visit: Name, customer: str, by: Iterable[str] = ()) -> None:
        self.moved.append((visit, customer, tuple(by)))
        super().take_over(visit, customer, by)


def test_what_is_kept_moves_to_who_is_known_by_the_name_whenever_it_is_told_again() -> None:
    shop = Watched()
    ann = Person("shop", "ann", visitors=(NAMED,))
    own, visits, _ = shop.identity.names(ann)

    key = shop.identify.whose(ORDER, ann, ORDER.at).customer
    first, shop.moved = shop.moved, []
    shop.identify.whose(ORDER, ann, ORDER.at)

    told = (visits[0], key, (own[0][1],))
    assert first == [told, told]  # before the name is stored, and what arrived meanwhile
    assert shop.moved == [told]


@pytest.mark.parametrize(
    ("fact", "is_its"),
    [
        (ORDER, True),
        (replace(ORDER, id="other"), False),
        (Refund(ORDER.id, "r1", START, 100), True),
        (Refund("other", "r1", START, 100), False),
        (Cancellation(ORDER.id, START), True),
        (CART, False),
        (replace(CART, id=NAMED), False),
        (None, False),
    ],
)
def test_a_fact_is_of_the_order_whose_name_it_is_told_by(fact: Fact | None, is_its: bool) -> None:
    assert is_of_order(fact, NAMED) is is_its


def test_a_name_is_of_who_was_known_by_it_last_though_another_one_s_older_report_comes_later() -> None:
    shop = Shop()
    ann, bob = (Person("shop", name, visitors=("cart-1",)) for name in ("ann", "bob"))
    key = shop.identify.whose(CART, ann, START).customer
    shop.identify.whose(None, ann, START + 2 * HOUR)

    late = shop.identify.whose(replace(CART, at=START + HOUR), bob, START + HOUR)

    assert late.customer == key != late.teller
    assert shop.moves == []


def test_of_one_time_the_version_that_ends_more_says_whose_an_order_is() -> None:
    shop = Shop()
    ann, bob = (Person("shop", name, visitors=(NAMED,)) for name in ("ann", "bob"))
    shipped = replace(ORDER, fulfilled_at=ORDER.at + HOUR)
    for person, told in ((ann, ORDER), (bob, shipped), (ann, ORDER)):
        found = shop.identify.whose(told, person, told.at)
        shop.put(found.customer or "", told)
        shop.identify.settle(told, person, found.customer or "")

    assert found.customer == shop.identify.known(bob)
