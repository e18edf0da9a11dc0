"""Which of two versions of a fact counts: the later, then the one that ends more, then the longer; how they join."""

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.domain.facts.cart import Cart, Line, LineChange
from chalicelib.domain.facts.cart_changes import changed
from chalicelib.domain.facts.customer import Customer
from chalicelib.domain.facts.fact import Fact
from chalicelib.domain.facts.versions import decides_at, is_partial, joined, version_of
from tests.builders import START, a_cart, a_customer, a_launch, an_answer, an_order

HOUR = timedelta(hours=1)
ORDER, LAUNCH = an_order(), a_launch()


def text(fact: Fact) -> str:
    return repr(fact)


def version(fact: Fact, written: str = "x") -> str:
    return version_of(fact, written)


def change(at: timedelta, pieces: int = 1) -> Cart:
    """A cart of which one change is known."""
    return changed("cart-1", LineChange(f"c{at}", START + at, Line("tea", "Tea", pieces, 100), "USD"))


def test_a_version_is_its_time_how_final_it_is_how_long_and_what() -> None:
    assert version_of(an_answer(), "x" * 12).split("#")[:3] == ["2026-03-02T10:00:00.000Z", "0", "000012"]
    assert len(version(an_answer()).split("#")[3]) == 16


@pytest.mark.parametrize(
    ("less", "more"),
    [
        (ORDER, replace(ORDER, fulfilled_at=START)),
        (replace(ORDER, fulfilled_at=START), replace(ORDER, cancelled_at=START)),
        (replace(ORDER, cancelled_at=START), replace(ORDER, cancelled_at=START, fulfilled_at=START)),
        (replace(ORDER, fulfilled_at=START + HOUR), replace(ORDER, fulfilled_at=START + 2 * HOUR)),
        (replace(ORDER, fulfilled_at=START + HOUR), replace(ORDER, cancelled_at=START)),
        (LAUNCH, replace(LAUNCH, withdrawn=True)),
        (replace(ORDER, cancelled_at=START), replace(ORDER, at=START + HOUR)),  # the later counts first of all
    ],
)
def test_of_two_the_later_counts_and_of_one_time_the_one_that_ends_more_though_it_is_shorter(
    less: Fact, more: Fact
) -> None:
    assert version(less, "x" * 500) < version(more, "x")


def test_of_one_time_the_longer_counts_and_the_same_is_the_same() -> None:
    assert version(ORDER, "y" * 9) < version(ORDER, "x" * 10)
    assert version(ORDER, "x" * 99_999) < version(ORDER, "x" * 100_000)
    assert version(ORDER, "x") == version(ORDER, "x") != version(ORDER, "y")


@pytest.mark.parametrize(
    ("fact", "is_part"),
    [
        (a_customer(), True),
        (change(HOUR), True),
        (a_cart(), False),
        (replace(ORDER, repeats=True), True),
        (ORDER, False),
        (replace(ORDER, repeats=False), False),
        (an_answer(), False),
    ],
)
def test_profiles_changes_of_carts_and_repeated_orders_are_joined_with_what_is_stored(
    fact: Fact, is_part: bool
) -> None:
    assert is_partial(fact) is is_part


def test_of_an_order_that_is_reported_again_and_again_the_first_report_counts() -> None:
    first, again = replace(ORDER, repeats=True), replace(ORDER, repeats=True, at=START + HOUR)

    assert joined(first, again, text) == joined(again, first, text) == first


def test_a_report_of_an_order_that_is_not_repeated_counts_before_any_that_is() -> None:
    repeated, plain = replace(ORDER, repeats=True, at=START + HOUR), ORDER

    assert joined(repeated, plain, text) == joined(plain, repeated, text) == plain


def test_of_two_whole_versions_the_greater_counts() -> None:
    early, late = an_answer(score=3), an_answer(at=START + HOUR, score=9)

    assert joined(early, late, text) == joined(late, early, text) == late


def test_of_a_profile_each_field_counts_from_the_report_that_has_it() -> None:
    named = Customer.reported(START, {}, name="Ann")
    zoned = Customer.reported(START + HOUR, {}, zone="Asia/Seoul")

    both = joined(named, zoned, text)

    assert isinstance(both, Customer)
    assert (both.name, both.zone) == ("Ann", "Asia/Seoul")
    assert both == joined(zoned, named, text)


def test_two_changes_of_a_cart_are_both_in_it_over_its_latest_whole_version() -> None:
    old, new = a_cart(at=START - HOUR, lines=2), a_cart(at=START, lines=1)

    def put_together(*versions: Cart) -> dict[str, int]:
        cart: Fact = versions[0]
        for each in versions[1:]:
            cart = joined(cart, each, text)
        assert isinstance(cart, Cart)
        return {line.product: line.quantity for line in cart.lines}

    assert put_together(change(HOUR), change(2 * HOUR, 2)) == {"tea": 3}
    assert put_together(old, change(HOUR), new) == put_together(new, change(HOUR), old) == {"tea-0": 1, "tea": 1}
    assert put_together(old, change(-HOUR / 2), new) == {"tea-0": 1}  # the change came before the whole version


@pytest.mark.parametrize(
    ("fact", "finality", "later"),
    [
        (ORDER, "0", 0),
        (replace(ORDER, fulfilled_at=START), "12026-03-02T10:00:00.000Z", 1),
        (replace(ORDER, cancelled_at=START), "2", 2),
        (replace(ORDER, cancelled_at=START, fulfilled_at=START), "32026-03-02T10:00:00.000Z", 3),
        (replace(LAUNCH, withdrawn=True), "1", 0),
        (LAUNCH, "0", 0),
        (a_cart(), "0", 0),
    ],
)
def test_how_final_a_version_is_stands_in_it_and_decides_at_one_time_whose_an_order_is(
    fact: Fact, finality: str, later: int
) -> None:
    assert version(fact).split("#")[1] == finality
    assert decides_at(fact) == fact.at + later * timedelta(milliseconds=1)


def test_a_cart_was_not_empty_before_at_its_own_time() -> None:
    empty, filled = replace(a_cart(), lines=()), a_cart()

    for both in ((empty, filled), (filled, empty)):
        cart = joined(*both, text)
        assert isinstance(cart, Cart)
        assert cart.emptied_at is None
