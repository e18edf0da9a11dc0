"""A link that stands in a mail leads to a page by its host's name, and to no other than it seems to."""

import pytest

from chalicelib.domain.facts.cart import SHOWN, Cart, CartLink, Line
from chalicelib.domain.facts.customer import Customer
from chalicelib.domain.facts.facts import facts_of
from chalicelib.domain.links import web_link
from chalicelib.domain.money import Money
from tests.builders import START, a_customer

PAGE = "https://shop.example/cart/1?a=b&c=%20#top"


@pytest.mark.parametrize(
    ("text", "link"),
    [
        (PAGE, PAGE),
        (f"  {PAGE} ", PAGE),
        ("https://shop.example/상품", "https://shop.example/%EC%83%81%ED%92%88"),
        ("https://shop.example:8443/", "https://shop.example:8443/"),
        ("http://localhost:8000/cart", "http://localhost:8000/cart"),
        ("http://127.0.0.1/", "http://127.0.0.1/"),
        ("http://shop.example/", None),
        ("https://shop.example@evil.example/", None),
        ("https://93.184.216.34/", None),
        ("https://[::1]/", None),
        ("https://shop/", None),
        ("https:///cart", None),
        ("//shop.example/cart", None),
        ("/cart", None),
        ("javascript:alert(1)", None),
        ("data:text/html,x", None),
        ("https://shop.example/" + "x" * 1000, None),
        ("https://shop.example:port/", None),
        ('https://shop.example/"><script>', "https://shop.example/%22%3E%3Cscript%3E"),
        ("https://shop.example/a\nb", "https://shop.example/a%0Ab"),
        ("", None),
        (None, None),
    ],
)
def test_what_is_a_link_and_what_is_none(text: str | None, link: str | None) -> None:
    assert web_link(text) == link


def test_a_cart_keeps_the_links_of_the_lines_that_a_message_shows() -> None:
    lines = tuple(Line(f"p{number}", "Tea", 1, 100, PAGE, "javascript:x") for number in range(SHOWN + 2))

    cart = Cart("k", START, Money(1000, "USD"), lines, url=PAGE).cleaned()

    assert [line.url for line in cart.lines] == [PAGE] * SHOWN + [None] * 2
    assert {line.image for line in cart.lines} == {None}
    assert cart.url == PAGE


def test_new_links_make_no_other_content() -> None:
    cart = Cart("k", START, Money(100, "USD"), (Line("p", "Tea", 1, 100),))
    linked = Cart("k", START, Money(100, "USD"), (Line("p", "Tea", 1, 100, PAGE, PAGE),), url=PAGE)

    assert cart.content == linked.content


@pytest.mark.parametrize(("own", "expected"), [(None, PAGE), ("https://shop.example/own", "https://shop.example/own")])
def test_a_link_that_is_reported_apart_is_the_carts_if_it_has_none(own: str | None, expected: str) -> None:
    cart = Cart("k", START, Money(100, "USD"), (Line("p", "Tea"),), url=own)
    link = CartLink("k", START, PAGE)

    for facts in ([cart, link], [link, cart]):
        assert facts_of(Customer("ann", START), [a_customer(), *facts]).carts["k"].url == expected
    assert facts_of(a_customer(), [link]).carts == {}
