"""A cart that is reported in changes, at its edges: order, prices, amounts and room."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.domain.facts.cart import Cart, CartParts, Line, LineChange
from chalicelib.domain.facts.cart_changes import LARGEST_LINES, MOST_CHANGES, cart_of, changed
from chalicelib.domain.money import NO_CURRENCY, Money
from chalicelib.domain.time import NEVER
from tests.builders import START
from tests.domain.test_cart_parts import SECOND, put_in, whole


def size(line: Line) -> int:
    """The room that a line takes."""
    return len(json.dumps([line.product, line.name, line.quantity, line.price], ensure_ascii=False).encode()) + 50


def test_a_cart_with_one_change_is_what_was_put_in() -> None:
    change = put_in(1, pieces=2)

    assert changed("k", change) == Cart(
        "k", START + SECOND, Money(2500, "USD"), (Line("tea", "Tea", 2, 1250),), CartParts((change,), None)
    )


def test_a_cart_of_which_nothing_is_known_is_empty_and_older_than_all() -> None:
    assert cart_of("k", None, []) == Cart("k", NEVER, Money(0, NO_CURRENCY))


def test_without_a_change_since_the_whole_version_is_all() -> None:
    base = whole(2, Line("tea", "Tea", 1, 1250), total=1250)

    assert cart_of("k", base, []) is base


def test_changes_of_one_moment_count_in_the_order_of_their_ids_and_each_once() -> None:
    out, put = replace(put_in(1, pieces=-1), id="a"), replace(put_in(1), id="b")
    one_tea = (Line("tea", "Tea", 1, 1250),)

    assert cart_of("k", None, [put, out]).lines == one_tea
    assert cart_of("k", None, [out, put, put]).lines == one_tea


def test_of_two_words_about_one_change_the_same_counts_whichever_comes_first() -> None:
    """The one whose text is greater: some rule is needed, and any will do."""
    words = [(put_in(n, f"tea-{n}", pieces=1), put_in(n, f"tea-{n}", pieces=2)) for n in range(20)]

    carts = [cart_of("k", None, [word for pair in words for word in order(pair)]) for order in (tuple, reversed)]

    assert carts[0] == carts[1]
    assert [line.quantity for line in carts[0].lines] == [2] * 20


def test_a_line_has_the_name_and_the_price_that_were_told_last_and_keeps_a_price_that_is_not_told() -> None:
    def lines(*told: LineChange) -> tuple[Line, ...]:
        return cart_of("k", None, told).lines

    renamed = replace(put_in(2), line=Line("tea", "Green tea", 1, 1400))
    unpriced = replace(put_in(2), line=Line("tea", "Tea", 1, 0))

    assert lines(put_in(1), renamed) == (Line("tea", "Green tea", 2, 1400),)
    assert lines(put_in(1), unpriced) == (Line("tea", "Tea", 2, 1250),)
    assert lines(unpriced) == (Line("tea", "Tea", 1, 0),)


def test_what_is_taken_out_to_the_last_piece_or_beyond_is_gone_even_if_it_was_never_in() -> None:
    assert cart_of("k", None, [put_in(1, pieces=2), put_in(2, pieces=-2), put_in(3, "whisk")]).lines == (
        Line("whisk", "Whisk", 1, 1250),
    )
    assert cart_of("k", None, [put_in(1, pieces=-2), put_in(2, "whisk")]).lines == (Line("whisk", "Whisk", 1, 1250),)


def test_an_amount_never_falls_below_nothing_and_goes_on_from_there() -> None:
    changes = [put_in(1, price=100), put_in(2, pieces=-3, price=100), put_in(3, "whisk", price=350)]

    assert cart_of("k", None, changes).total == Money(350, "USD")


@pytest.mark.parametrize(
    ("base", "total"),
    [
        (whole(0, Line("tea", "Tea", 1, 1250), total=1400), Money(2650, "USD")),  # with its postage
        (replace(whole(0, Line("tea", "Tea"), total=5), total=Money(5, "EUR")), Money(0, NO_CURRENCY)),
        (replace(whole(0), total=Money(0, NO_CURRENCY)), Money(1250, "USD")),  # empty: its currency says nothing
    ],
)
def test_the_whole_version_s_amount_counts_where_it_is_of_the_same_currency(base: Cart, total: Money) -> None:
    assert cart_of("k", base, [put_in(1)]).total == total


def test_a_cart_is_as_of_its_last_change_and_says_of_which_parts_it_is() -> None:
    base, changes = whole(0, Line("tea", "Tea", 1, 1250), total=1250), (put_in(1), put_in(2))

    cart = cart_of("k", base, reversed(changes))

    assert (cart.id, cart.at, cart.parts) == ("k", START + 2 * SECOND, CartParts(changes, base))


def test_the_latest_changes_are_kept_and_the_first_of_too_many_is_not() -> None:
    exactly, more = ([put_in(number) for number in range(count)] for count in (MOST_CHANGES, MOST_CHANGES + 1))

    assert cart_of("k", None, exactly).lines[0].quantity == cart_of("k", None, more).lines[0].quantity == MOST_CHANGES


def test_lines_are_kept_to_the_last_byte_of_their_room_and_no_line_beyond() -> None:
    first = Line("a", "x" * 1000, 1, 1)
    last = Line("b", "", 1, 1)
    fits = replace(last, name="é" * ((LARGEST_LINES - size(first) - size(last)) // 2))
    fits = replace(fits, name=fits.name + "x" * (LARGEST_LINES - size(first) - size(fits)))
    too_long, after = replace(fits, name=f"{fits.name}x"), Line("c", "", 1, 1)

    def kept(*lines: Line) -> list[str]:
        cart = cart_of("k", whole(0, *lines), [put_in(1, pieces=-1)])
        assert cart.parts
        assert cart.parts.whole
        assert cart.lines == cart.parts.whole.lines
        return [line.product for line in cart.lines]

    assert size(first) + size(fits) == LARGEST_LINES
    assert kept(first, fits) == ["a", "b"]
    assert kept(first, fits, after) == ["a", "b"]
    assert kept(first, too_long, after) == ["a"]


def test_a_time_before_the_whole_version_is_no_change_since() -> None:
    base = whole(5, Line("tea", "Tea", 1, 1250), total=1250)

    assert cart_of("k", base, [put_in(5), put_in(4)]) == base
    assert cart_of("k", base, [replace(put_in(5), at=base.at + timedelta(milliseconds=1))]).lines[0].quantity == 2
