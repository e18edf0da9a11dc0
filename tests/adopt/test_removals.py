"""What a record tells of an item that is gone, or as good as gone: little is needed, and the rest need not fit."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.errors import InvalidFact
from chalicelib.domain.facts.cart import Cart
from chalicelib.domain.facts.inbound import ErasureRequest, Inbound, InboundFact, Person
from chalicelib.domain.facts.order import Cancellation
from chalicelib.domain.money import Money
from chalicelib.services.adopt import Seen, inbound_of
from chalicelib.sources.own_tables.facts import fact_of
from chalicelib.sources.own_tables.mapping import FactMapping, OwnTable
from tests.adopt.given import facts_in
from tests.adopt.items import ANN, BY_KIND, CART, CUSTOMERS, ORDER, SALES, sales
from tests.builders import utc

GONE = utc("2026-03-02 08:26:40")
"""When items are removed here: earlier than the last changes of the example's items."""
MILLISECOND = timedelta(milliseconds=1)


def removal(table: OwnTable, *images: Mapping[str, Any] | None) -> Inbound:
    """What the removal of an item means."""
    (found,) = facts_in(table, *images, at=int(GONE.timestamp()))
    return inbound_of(Seen(fact_of(found.body), found.removed_at))


def test_a_removal_has_its_time_if_the_mapping_gives_it_a_meaning() -> None:
    (found,) = facts_in(SALES, None, CART, at=1_772_440_000)
    assert found.removed_at == datetime(2026, 3, 2, 8, 26, 40, tzinfo=UTC)

    ignoring = tuple(msgspec.structs.replace(each, removed="ignore") for each in SALES.facts)
    assert facts_in(sales(facts=ignoring), None, CART) == []


def test_what_dynamodb_expires_is_a_cart_at_its_end_but_neither_a_cancelled_order_nor_a_forgotten_customer() -> None:
    assert len(facts_in(SALES, None, CART, expired=True)) == 1
    assert facts_in(SALES, None, ORDER, expired=True) == []
    assert facts_in(CUSTOMERS, None, ANN, expired=True) == []
    assert len(facts_in(CUSTOMERS, None, ANN)) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"changed": "yesterday"},
        {"changed": None},
        {"contact": {"email": "ann@example.com", "name": "n" * 300}},
        {"zone": "Mars"},
        {"newsletter": {"wanted": "perhaps"}},
    ],
)
def test_whoever_is_deleted_is_forgotten_whatever_else_their_item_holds(change: dict[str, Any]) -> None:
    assert removal(CUSTOMERS, None, ANN | change) == ErasureRequest(Person("shop", "ann", "ann@example.com"))


@pytest.mark.parametrize("email", ["", None, "nobody", "ann@example.com ", "ann@example.com\n", 7, ["ann@example.com"]])
def test_whoever_is_deleted_without_a_valid_address_is_forgotten_by_their_id(email: Any) -> None:
    assert removal(CUSTOMERS, None, ANN | {"contact": {"email": email}}) == ErasureRequest(Person("shop", "ann"))


@pytest.mark.parametrize("change", [{"sum": "twelve"}, {"sum": None}, {"items": None}, {"items": [{"sku": "a b"}]}])
def test_a_cart_that_is_deleted_is_empty_whatever_else_its_item_holds(change: dict[str, Any]) -> None:
    emptied = Cart("17", utc("2026-03-02 09:40") + MILLISECOND, Money(0, "USD"), ())

    assert removal(SALES, None, CART | change) == InboundFact(emptied, Person("shop", "ann"))


@pytest.mark.parametrize("change", [{"sum": "twelve"}, {"sum": None}, {"items": 7}, {"cancelled": "soon"}])
def test_an_order_that_is_deleted_is_cancelled_whatever_else_its_item_holds(change: dict[str, Any]) -> None:
    cancelled = Cancellation("A", utc("2026-03-02 09:45") + MILLISECOND)

    owner = Person("shop", "ann", visitors=("order#A",))
    assert removal(SALES, None, ORDER | change) == InboundFact(cancelled, owner)


@pytest.mark.parametrize("time", [None, "", "yesterday", True, "9999-12-31", [1_772_440_000], {"day": 1}])
def test_an_item_without_a_time_is_removed_when_its_stream_says_so(time: Any) -> None:
    emptied = removal(SALES, None, CART | {"touched": time})
    cancelled = removal(SALES, None, ORDER | {"placed": time})

    assert isinstance(emptied, InboundFact)
    assert isinstance(cancelled, InboundFact)
    assert (emptied.fact.at, cancelled.fact.at) == (GONE + MILLISECOND, GONE + MILLISECOND)


def test_a_removal_that_does_not_tell_whose_item_it_was_does_not_fit() -> None:
    with pytest.raises(InvalidFact, match=r"^\$\.customer_id: is required"):
        removal(SALES, None, {**ORDER, "owner": None})


DELETABLE = msgspec.structs.replace(SALES.facts[0], when="!deleted")
"""A cart that may only be said to be deleted."""


def test_an_item_that_is_chosen_no_more_is_as_good_as_deleted() -> None:
    table, deleted = sales(facts=(DELETABLE,)), {**CART, "deleted": True}

    assert removal(table, deleted, CART) == removal(table, None, CART)
    assert facts_in(table, {**deleted, "sum": 1}, deleted) == []
    assert facts_in(table, None, deleted) == []


def test_an_item_that_is_chosen_no_more_tells_nothing_where_a_removal_tells_nothing() -> None:
    ignoring = msgspec.structs.replace(DELETABLE, removed="ignore")

    assert facts_in(sales(facts=(ignoring,)), {**CART, "deleted": True}, CART) == []


def test_an_item_that_another_mapping_of_its_kind_chooses_now_is_not_removed() -> None:
    order = SALES.facts[1]
    mapped = [msgspec.structs.replace(order, when=f"status == '{status}'") for status in ("open", "shipped")]

    (found,) = facts_in(sales(facts=tuple(mapped)), {**ORDER, "status": "shipped"}, {**ORDER, "status": "open"})

    assert found.removed_at is None


def test_an_item_of_which_nobody_can_say_whether_it_is_chosen_is_not_removed() -> None:
    assert facts_in(sales(facts=(BY_KIND,)), CART, {**CART, "kind": "cart"}) == []


@pytest.mark.parametrize("touched", ["2026-03-02 18:41:00", CART["touched"], "2026-03-02 18:39:00"])
def test_a_cart_that_changes_hands_is_empty_for_whoever_had_it(touched: str) -> None:
    """Whether the shop touches its time, as it hands a guest's cart to the account, or not."""
    before, after = facts_in(SALES, {**CART, "owner": "bob", "touched": touched}, CART)

    emptied, filled = (inbound_of(Seen(fact_of(found.body), found.removed_at)) for found in (before, after))
    assert isinstance(emptied, InboundFact)
    assert isinstance(filled, InboundFact)
    assert emptied == removal(SALES, None, CART)
    assert filled.person == Person("shop", "bob")
    assert filled.fact.at > emptied.fact.at, "the cart stays full if both are one person"


def test_a_cart_that_is_written_anew_with_its_id_as_a_number_does_not_change_hands() -> None:
    assert len(facts_in(SALES, {**CART, "owner": 42, "sum": 30}, {**CART, "owner": "42"})) == 1


def test_an_order_that_changes_hands_is_not_cancelled() -> None:
    assert [found.removed_at for found in facts_in(SALES, {**ORDER, "owner": "bob"}, ORDER)] == [None]


HELD = ("at", "placed_at", "email", "total", "currency", "lines")
values = (
    st.none()
    | st.emails()
    | st.from_regex(r"\w+ ?@@?\w+\.\w+\n?", fullmatch=True)
    | st.datetimes().map(datetime.isoformat)
    | st.integers(-(10**15), 10**15)
    | st.sampled_from(["USD", "KRW", "usd", "euro", ""])
    | st.lists(st.text(max_size=3), max_size=2)
)


@given(st.fixed_dictionaries(dict.fromkeys(HELD, values)))
def test_whatever_an_item_held_its_removal_fits(item: dict[str, Any]) -> None:
    fields = {name: name for name in (*HELD, "customer_id", "id")}
    erase, empty, cancel = (
        FactMapping("customer", fields, removed="erase"),
        FactMapping("cart", fields, removed="empty"),
        FactMapping("order", fields, removed="cancel"),
    )

    for mapping in (erase, empty, cancel):
        removal(sales(facts=(mapping,)), None, {**item, "customer_id": "ann", "id": "17"})
