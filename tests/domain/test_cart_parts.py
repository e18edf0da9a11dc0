"""What a cart is that is reported in parts: any set of words about it comes to one cart, however they are grouped."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.adapters.dynamodb.items import joined
from chalicelib.domain.facts.cart import Cart, Line, LineChange
from chalicelib.domain.facts.cart_changes import MOST_CHANGES, cart_of, changed
from chalicelib.domain.facts.fact import Fact
from chalicelib.domain.money import NO_CURRENCY, Money
from tests.builders import START

SECOND = timedelta(seconds=1)


def put_in(number: int, product: str = "tea", pieces: int = 1, price: int = 1250, currency: str = "USD") -> LineChange:
    """At the second of its number; below 0 pieces are taken out."""
    return LineChange(f"m{number}", START + number * SECOND, Line(product, product.title(), pieces, price), currency)


def whole(number: int, *lines: Line, total: int = 0) -> Cart:
    """The whole cart at that second."""
    return Cart("k", START + number * SECOND, Money(total, "USD"), lines)


def test_pieces_add_up_and_come_out_again() -> None:
    cart = cart_of("k", None, [put_in(1, pieces=3), put_in(2, "whisk", price=350), put_in(3, pieces=-1)])

    assert cart.lines == (Line("tea", "Tea", 2, 1250), Line("whisk", "Whisk", 1, 350))
    assert (cart.total, cart.at) == (Money(2 * 1250 + 350, "USD"), START + 3 * SECOND)


def test_more_cannot_come_out_than_is_in() -> None:
    cart = cart_of("k", None, [put_in(1), put_in(2, pieces=-5), put_in(3, pieces=2)])

    assert [line.quantity for line in cart.lines] == [2]


def test_of_a_cart_told_whole_only_what_changed_since_counts() -> None:
    base = whole(2, Line("tea", "Tea", 1, 1250), total=1400)  # with its postage

    assert cart_of("k", base, [put_in(1), put_in(2)]) == base
    assert cart_of("k", base, [put_in(1), put_in(3)]).total == Money(1400 + 1250, "USD")


def test_amounts_are_told_only_where_all_are_of_one_currency() -> None:
    for other in (NO_CURRENCY, "EUR"):
        cart = cart_of("k", None, [put_in(1), put_in(2, currency=other)])
        assert (cart.total, len(cart.lines)) == (Money(0, NO_CURRENCY), 1)


def test_an_emptied_cart_has_no_amount() -> None:
    assert cart_of("k", None, [put_in(1), put_in(2, pieces=-1)]).total == Money(0, NO_CURRENCY)


def test_the_latest_changes_are_kept() -> None:
    cart = cart_of("k", None, [put_in(number) for number in range(MOST_CHANGES + 7)])

    assert cart.parts
    assert [cart.parts.changes[0].id, len(cart.parts.changes)] == ["m7", MOST_CHANGES]


words = st.one_of(
    st.builds(
        put_in,
        st.integers(0, 5),
        st.sampled_from(["tea", "whisk"]),
        st.sampled_from([-2, -1, 1, 2]),
        st.sampled_from([0, 350]),
        st.sampled_from(["USD", NO_CURRENCY]),
    ).map(lambda change: changed("k", change)),
    st.builds(lambda number, pieces: whole(number, Line("tea", "Tea", pieces)), st.integers(0, 5), st.integers(1, 3)),
)


def together(facts: Sequence[Fact]) -> Cart:
    """All versions joined, one after the other."""
    one, *others = facts
    for other in others:
        one = joined(one, other)
    assert isinstance(one, Cart)
    return one


@given(st.lists(words, min_size=1, max_size=4))
def test_no_order_and_no_repetition_of_words_changes_the_cart(versions: list[Cart]) -> None:
    """When it was emptied is forgotten with changes that are told after a later whole version."""
    is_of_one_way = all(each.parts for each in versions) or not any(each.parts for each in versions)

    def known(cart: Cart) -> Cart:
        return cart if is_of_one_way else replace(cart, emptied_at=None, parts=None)

    expected = known(together(versions))

    for order in permutations(versions):
        assert known(together(order)) == expected
        assert known(together([*order, order[0]])) == expected


def test_a_cart_knows_when_it_was_empty_last_whatever_was_told_first() -> None:
    filled, emptied, refilled = whole(1, Line("tea", "Tea")), whole(2), whole(3, Line("cup", "Cup"))

    for order in permutations([filled, emptied, refilled]):
        assert together(order) == replace(refilled, emptied_at=emptied.at)


def test_a_cart_was_emptied_by_what_was_taken_out_if_something_was_in() -> None:
    def emptied_at(*changes: LineChange) -> datetime | None:
        return cart_of("k", None, changes).emptied_at

    assert emptied_at(put_in(1), put_in(2, pieces=-1), put_in(3)) == START + 2 * SECOND
    assert emptied_at(put_in(2, pieces=-1), put_in(3)) is None  # what was in before was not told
    assert emptied_at(put_in(1), put_in(2, pieces=-1), replace(put_in(2, "cup"), id="x")) is None  # another one instead
    assert emptied_at(put_in(1, pieces=2), put_in(2, pieces=-1), put_in(3)) is None


def test_a_change_that_is_told_late_shows_that_the_cart_was_never_empty() -> None:
    changes = [changed("k", each) for each in (put_in(1), put_in(3, pieces=-1), put_in(4))]
    assert together(changes).emptied_at == START + 3 * SECOND

    assert together([*changes, changed("k", put_in(2))]).emptied_at is None


def test_a_whole_version_keeps_when_its_changes_had_emptied_the_cart() -> None:
    changes = [changed("k", each) for each in (put_in(1), put_in(2, pieces=-1))]

    assert together([*changes, whole(3, Line("tea", "Tea"))]).emptied_at == START + 2 * SECOND


def test_a_cart_that_was_empty_before_its_changes_knows_since_when() -> None:
    assert cart_of("k", whole(1), [put_in(2)]).emptied_at == START + SECOND
    assert cart_of("k", whole(1, Line("tea", "Tea")), [put_in(2)]).emptied_at is None
