"""``rekindle split``: it asks, says what moves and what that means, and can be undone."""

import io

import pytest

from tests.commands.given import STACK, outside, rekindle, saved
from tests.journeys.shop import Open, Shop
from tests.naming import FOUR

pytestmark = pytest.mark.journeys(*FOUR)
Capture = pytest.CaptureFixture[str]
MAIL = "family@example.com"


class Terminal(io.StringIO):
    """Somebody who types."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def shop(open_shop: Open) -> Shop:
    """Ann and Bob read one mailbox, which their shop has verified for both."""
    shop = open_shop()
    for who in ("ann", "bob"):
        at = shop.now.isoformat()
        shop.tells({"type": "customer", "id": who, "at": at, "email": MAIL, "email_verified": True})
        order = {"type": "order", "customer_id": who, "id": f"order-{who}", "placed_at": at}
        shop.tells(order | {"total": 1000, "currency": "USD", "products": ["tea"]})
        shop.after(minutes=1)
    shop.tells({"type": "customer", "id": "claims", "at": shop.now.isoformat(), "email": "claimed@example.com"})
    return shop


def test_it_says_what_goes_where(shop: Shop, capsys: Capture) -> None:
    said = rekindle(capsys, "split", "shop:bob", "--yes")

    assert said.status == 0
    assert " ".join(said.out.split()) == (
        "shop:bob is a customer of its own now in the deployed tables. What it told goes with it: 1 order, 0 carts. "
        "Both told the profile, and what is whose is not known any more: neither is written to until the shop tells it "
        "again (rekindle import customers does). What was refused before counts for both, and so do the mails of the "
        "last days for the caps. Runs stay with the customer who remains, with what they earned by orders that stay."
    )


def test_machines_read_whose_is_what(shop: Shop, capsys: Capture) -> None:
    was = rekindle(capsys, "show", "ann", "--json").json["customer"]

    said = outside(shop, capsys, "split", "bob", "--yes", "--json", "--stack", STACK).json

    assert said == {
        "customer": was,
        "split_off": rekindle(capsys, "show", "bob", "--json").json["customer"],
        "carts": 0,
        "orders": 1,
        "profile": "both",
        "in": f"the stack {STACK}",
    }
    assert said["split_off"] != was


@pytest.mark.parametrize(("typed", "is_split"), [("no\n", False), ("yes\n", True)])
def test_it_asks_before_it_splits(
    shop: Shop, capsys: Capture, monkeypatch: pytest.MonkeyPatch, typed: str, is_split: bool
) -> None:
    monkeypatch.setattr("sys.stdin", Terminal(typed))

    said = rekindle(capsys, "split", "bob")

    assert said.status == (0 if is_split else 1)
    assert "bob becomes a customer of its own. What it told goes with it: 1 order, 0 carts." in said.err
    assert ("nothing was split" in said.err) is not is_split
    ann, bob = (rekindle(capsys, "show", who, "--json").json["customer"] for who in ("ann", "bob"))
    assert (ann != bob) is is_split


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["bob"], "this splits a customer in the deployed tables: without a terminal to confirm it on, use --yes"),
        (["nobody", "--yes"], "there is no customer 'nobody' in the deployed tables"),
        (["ann", "bob", MAIL, "--yes"], "these are all names of the customer: nobody would be left"),
        (["bob", "claims", "--yes"], "these are not names of one customer"),
        (
            ["claimed@example.com", "--yes"],
            "claimed@example.com is only claimed, and nobody's name: name the account's id",
        ),
        (["bob", "--undo"], "--undo takes two names, one of each customer"),
        (["ann", "bob", "--undo"], "these two were not split"),
    ],
)  # fmt: skip
def test_what_cannot_be_split_is_said(shop: Shop, capsys: Capture, words: list[str], problem: str) -> None:
    said = rekindle(capsys, "split", *words)

    assert (said.status, said.out) == (1, "")
    assert " ".join(said.err.split()) == f"rekindle: {problem}"


def test_a_split_that_is_undone_is_joined_by_the_next_proof(shop: Shop, capsys: Capture) -> None:
    rekindle(capsys, "split", "bob", "--yes")

    said = rekindle(capsys, "split", "bob", "ann", "--undo")

    assert said.out.startswith("The next fact that proves that they are one person joins the two")
    shop.tells({"type": "customer", "id": "bob", "at": shop.now.isoformat(), "email": MAIL, "email_verified": True})
    ann, bob = (rekindle(capsys, "show", who, "--json").json["customer"] for who in ("ann", "bob"))
    assert ann == bob


def test_a_split_of_the_saved_tables_is_saved(shop: Shop, capsys: Capture) -> None:
    saved(shop)

    assert rekindle(capsys, "split", "bob", "--yes").status == 0

    ann, bob = (rekindle(capsys, "show", who, "--json").json["customer"] for who in ("ann", "bob"))
    assert ann != bob
