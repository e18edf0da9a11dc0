"""Each occasion on which a cart is filled and left is a run of its own, with its own mails and its own reasons."""

from typing import Any

import pytest

from chalicelib.domain.journeys.outcomes import Kind
from chalicelib.services.timeline import reason_in_words
from tests.builders import utc
from tests.journeys.shop import Open, Shop

pytestmark = pytest.mark.journeys("abandoned_cart")
JOURNEY = "abandoned_cart"
REMINDER, OFFER = "abandoned_cart/reminder", "abandoned_cart/offer"


def lines(*products: str) -> list[dict[str, Any]]:
    """One piece of each of these."""
    return [{"product": product, "name": product.title(), "quantity": 1, "price": 1250} for product in products]


def stories(shop: Shop, name: str = "ann") -> list[list[str]]:
    """What became of each run, the earliest first."""
    return [shop.story(name, JOURNEY, number) for number in range(len(shop.runs(name, JOURNEY)))]


def open_with_cart(open_shop: Open, *products: str) -> Shop:
    """Ann has just filled a cart."""
    shop = open_shop("2026-03-02 10:00")
    shop.customer("ann")
    shop.leaves_cart("ann", lines=lines(*products or ("tea",)))
    return shop


def test_a_cart_that_is_emptied_and_filled_again_is_reminded(open_shop: Open) -> None:
    shop = open_with_cart(open_shop)
    shop.after(minutes=5)
    shop.empties_cart("ann")
    shop.after(minutes=5)

    shop.leaves_cart("ann")
    shop.after(days=2)

    assert shop.times("ann", JOURNEY) == [("reminder", utc("2026-03-03 10:10"))]
    assert stories(shop) == [["exited cart_emptied"], ["sent reminder"]]
    assert [run.occurrence for run in shop.runs("ann", JOURNEY)] == ["cart-1", "cart-1@2026-03-02T10:10:00.000Z"]


def test_a_cart_that_is_left_again_after_sixty_days_is_reminded_again(open_shop: Open) -> None:
    shop = open_with_cart(open_shop)
    shop.after(days=60)

    shop.leaves_cart("ann", pieces=2)
    shop.after(hours=1)
    shop.leaves_cart("ann", pieces=3)
    shop.after(days=5)

    assert shop.steps("ann") == [REMINDER, OFFER, REMINDER, OFFER]
    assert stories(shop) == [["sent reminder", "sent offer", "exited completed"]] * 2
    assert len({mail.tags["send_id"] for mail in shop.mails("ann")}) == 4


def test_a_cart_that_keeps_its_id_is_reminded_after_an_order_of_it(open_shop: Open) -> None:
    shop = open_with_cart(open_shop)
    shop.after(minutes=5)
    shop.orders("ann", cart_id="cart-1", products=["tea"])
    shop.after(minutes=10)

    shop.leaves_cart("ann", lines=lines("mug"))
    shop.after(days=2)

    assert shop.steps("ann") == [REMINDER]
    assert stories(shop) == [["exited order_placed"], ["sent reminder"]]


def test_an_order_of_the_new_occasion_stops_it_although_it_is_told_before_the_cart(open_shop: Open) -> None:
    shop = open_with_cart(open_shop)
    shop.after(minutes=5)
    shop.orders("ann", cart_id="cart-1")
    shop.after(days=30)
    shop.orders("ann", cart_id="cart-1")
    shop.after(seconds=1)

    shop.leaves_cart("ann", lines=lines("mug"))
    shop.after(days=3)

    assert REMINDER not in shop.steps("ann")


def test_a_cart_saved_again_after_its_order_with_the_same_lines_begins_nothing(open_shop: Open) -> None:
    shop = open_with_cart(open_shop)
    shop.after(minutes=5)
    shop.orders("ann", cart_id="cart-1")

    for _ in range(3):
        shop.after(minutes=1)
        shop.leaves_cart("ann", total=999)
    shop.after(days=3)

    assert stories(shop) == [["exited order_placed"]]


def test_the_last_change_of_a_cart_that_is_told_after_its_order_begins_nothing(open_shop: Open) -> None:
    shop = open_with_cart(open_shop)
    shop.after(minutes=5)
    changed_at = shop.now.isoformat()
    shop.after(minutes=1)
    shop.orders("ann", cart_id="cart-1", products=["tea", "mug"])
    saved_at = shop.now.isoformat()

    shop.leaves_cart("ann", lines=lines("tea", "mug"), at=changed_at)
    shop.leaves_cart("ann", lines=lines("tea", "mug"), at=saved_at)
    shop.after(seconds=1)
    shop.leaves_cart("ann", lines=lines("mug"))
    shop.after(days=3)

    assert stories(shop) == [["exited order_placed"]]


def test_an_order_that_is_told_after_the_cart_was_filled_again_leaves_it_reminded(open_shop: Open) -> None:
    shop = open_with_cart(open_shop)
    shop.after(minutes=5)
    placed_at = shop.now.isoformat()
    shop.after(minutes=5)
    shop.leaves_cart("ann", lines=lines("mug"))
    shop.after(minutes=5)

    shop.orders("ann", cart_id="cart-1", products=["tea"], placed_at=placed_at)
    shop.after(days=2)

    assert shop.times("ann", JOURNEY) == [("reminder", utc("2026-03-03 10:10"))]
    assert stories(shop) == [["exited order_placed"], ["sent reminder"]]


def test_an_order_of_long_ago_ends_no_cart_of_other_things(open_shop: Open) -> None:
    """The shop's account carts keep their ids, and its orders were imported."""
    shop = open_shop("2026-03-02 10:00")
    shop.customer("ann")
    shop.orders("ann", cart_id="cart-1", products=["tea"], placed_at=utc("2026-01-05 10:00").isoformat())

    shop.leaves_cart("ann", lines=lines("mug"))
    shop.after(days=2)

    assert shop.steps("ann") == [REMINDER]


def test_a_cart_of_what_was_just_bought_is_left_out_and_says_why(open_shop: Open) -> None:
    """The order does not say from which cart it is."""
    shop = open_with_cart(open_shop, "tea", "mug")
    shop.after(minutes=5)
    shop.orders("ann", products=["tea", "mug"])
    shop.after(minutes=1)

    shop.leaves_cart("ann", lines=lines("tea"))
    shop.after(days=3)

    assert shop.steps("ann") == []
    assert stories(shop) == [["exited order_placed"], ["exited just_bought"]]
    assert reason_in_words("just_bought") == "the customer had just bought everything in the cart"


def test_a_cart_with_something_more_than_what_was_bought_is_reminded(open_shop: Open) -> None:
    shop = open_with_cart(open_shop)
    shop.after(minutes=5)
    shop.orders("ann", products=["tea"])
    shop.after(minutes=1)
    shop.leaves_cart("ann", pieces=2)
    shop.after(hours=1)

    shop.leaves_cart("ann", lines=lines("tea", "mug"))
    shop.after(days=2)

    assert shop.times("ann", JOURNEY) == [("reminder", utc("2026-03-03 11:06"))]


def test_the_same_thing_is_reminded_a_day_after_it_was_bought(open_shop: Open) -> None:
    shop = open_with_cart(open_shop)
    shop.after(minutes=5)
    shop.orders("ann", cart_id="cart-1", products=["tea"])
    shop.after(minutes=1)
    shop.empties_cart("ann")
    shop.after(hours=24)

    shop.leaves_cart("ann")
    shop.after(days=2)

    assert shop.steps("ann") == [REMINDER]


def test_the_cool_down_counts_across_the_occasions_of_a_cart_and_says_so(open_shop: Open) -> None:
    shop = open_with_cart(open_shop)
    shop.after(days=2)
    shop.empties_cart("ann")
    shop.after(hours=1)
    shop.leaves_cart("ann")
    shop.after(days=3)  # due two days after the first reminder
    shop.leaves_cart("ann", pieces=2)
    shop.after(days=2)
    shop.leaves_cart("ann", pieces=3)
    shop.after(days=2)  # due eight days after it

    assert stories(shop) == [
        ["sent reminder", "exited cart_emptied"],
        ["exited re_entry"],
        ["exited re_entry"],
        ["sent reminder"],
    ]


def test_an_order_is_counted_for_the_occasion_in_whose_window_it_is(open_shop: Open) -> None:
    shop = open_with_cart(open_shop)
    shop.after(days=60)
    shop.leaves_cart("ann", pieces=2)
    shop.after(days=2)

    shop.orders("ann", cart_id="cart-1")
    shop.after(days=1)

    assert [Kind.CONVERTED in shop.kinds("ann", JOURNEY, number) for number in (0, 1)] == [False, True]


def test_a_cart_of_which_the_first_version_was_told_too_late_is_reminded_when_it_changes(open_shop: Open) -> None:
    shop = open_shop("2026-03-02 10:00")
    shop.customer("ann")
    shop.leaves_cart("ann", at=utc("2026-01-05 10:00").isoformat())

    shop.leaves_cart("ann", pieces=2)
    shop.after(days=2)

    assert shop.steps("ann") == [REMINDER]


def test_a_version_that_is_told_again_finds_its_own_run(open_shop: Open) -> None:
    shop = open_with_cart(open_shop)
    first = shop.now.isoformat()
    shop.after(minutes=5)
    shop.empties_cart("ann")
    emptied = shop.now.isoformat()
    shop.after(minutes=5)
    shop.leaves_cart("ann", pieces=2)
    second = shop.now.isoformat()

    for pieces, at in [(1, first), (0, emptied), (2, second), (1, first)]:
        shop.leaves_cart("ann", pieces=pieces, at=at)
    shop.after(days=2)

    assert shop.steps("ann") == [REMINDER]
    assert stories(shop) == [["exited cart_emptied"], ["sent reminder"]]
