"""The lines of a cart in a mail: a few of them, with pictures where there are some, within what Gmail shows."""

from html.parser import HTMLParser
from typing import Any

import pytest

import workflows
from chalicelib.adapters.templates import Message
from infra.messages.local import templates
from workflows.samples import sample_context

pytestmark = pytest.mark.journeys("abandoned_cart")
CLIPPED = 102_000
"""Bytes of HTML from which on Gmail shows only the beginning of a mail."""


def mail(lines: list[dict[str, Any]], **more: object) -> Message:
    context = sample_context("en") | more
    cart = context["cart"]
    assert isinstance(cart, dict)
    return templates(workflows.FOLDER).render(
        "abandoned_cart", "reminder", "en", context | {"cart": cart | {"lines": lines}}
    )


def line(number: int, *, url: str | None = None, image: str | None = None) -> dict[str, Any]:
    return {"name": f"Tea {number} {'x' * 190}", "quantity": 1, "price": 100, "url": url, "image": image}


class Tags(HTMLParser):
    """The links and pictures of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str | None] = []
        self.pictures: list[dict[str, str | None]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.links.append(dict(attrs).get("href"))
        if tag == "img":
            self.pictures.append(dict(attrs))


def test_a_cart_of_three_hundred_lines_is_not_clipped() -> None:
    page = "https://shop.example/" + "p" * 970
    made = mail([line(number, url=page, image=page) for number in range(300)])

    assert len(made.html.encode()) < CLIPPED
    assert ("Tea 7 " in made.text, "Tea 8 " in made.text) == (True, False)
    assert "and 292 more" in made.html
    assert "and 292 more" in made.text


def test_pictures_and_links_are_shown_where_the_shop_reports_them() -> None:
    picture, page = "https://shop.example/1.jpg", "https://shop.example/1"

    some = Tags(mail([line(1, url=page, image=picture), line(2)]).html)
    none = Tags(mail([line(1), line(2)]).html)

    assert [each["src"] for each in some.pictures] == [picture]
    assert all(each["alt"] is not None and each["width"] == "64" for each in some.pictures)
    assert page in some.links
    assert (none.pictures, page in none.links) == ([], False)


def test_eight_lines_have_no_more() -> None:
    made = mail([line(number) for number in range(8)])

    assert "more" not in made.text
