"""Who is who, over every store: one person is one customer, whichever name is seen first."""

from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from chalicelib.adapters.dynamodb.table import Table
from chalicelib.adapters.identity import Identity
from chalicelib.domain.errors import Ambiguous, Erased
from chalicelib.domain.facts.inbound import Person
from chalicelib.services.identify import Identify
from chalicelib.services.refusals import PassOnRefusals
from tests.builders import START, a_cart, a_customer
from tests.contract.engines import Stores
from tests.contract.identifying import identify_on
from tests.fakes import SECRET

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ANN = "ann@example.com"


@pytest.fixture
def identify(stores: Stores) -> Identify:
    """The service over the stores."""
    return identify_on(stores)


def test_one_source_id_is_one_person(identify: Identify) -> None:
    first = identify(Person("shop", "17"), START)

    assert identify(Person("shop", "17"), START) == first
    assert identify(Person("shop", "18"), START) != first
    assert identify(Person("other", "17"), START) != first


def test_a_guest_and_an_account_with_one_address_are_one_person(identify: Identify) -> None:
    guest = identify(Person("shop", None, "Ann@Example.com "), START)

    assert identify(Person("shop", "account-9", ANN, is_verified=True), START) == guest
    assert identify(Person("shop", "account-9"), START) == guest


def test_a_changed_address_keeps_the_person(identify: Identify) -> None:
    first = identify(Person("shop", "17", ANN, is_verified=True), START)

    assert identify(Person("shop", "17", "ann@new.example", is_verified=True), START) == first
    assert identify(Person("shop", None, "ann@new.example"), START) == first


def test_who_was_first_seen_without_an_address_keeps_that_key(identify: Identify) -> None:
    first = identify(Person("shop", "17"), START)

    assert identify(Person("shop", "17", ANN, is_verified=True), START) == first
    assert identify(Person("shopify", "18", ANN, is_verified=True), START) == first


def test_a_key_tells_nothing_of_the_person(identify: Identify) -> None:
    key = identify(Person("shop", "17", ANN, is_verified=True), START)

    assert key
    assert "ann" not in key
    assert key.isalnum()
    assert key != "17"


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_two_that_turn_out_to_be_one_are_merged_into_the_older(
    identify: Identify, stores: Stores, order: tuple[int, ...]
) -> None:
    """The account is an hour older than the guest; the order that names both comes last, or anywhere."""
    seen = [
        (Person("shop", "17"), START),
        (Person("shop", None, ANN), START + HOUR),
        (Person("shop", "17", ANN, is_verified=True), START + 2 * HOUR),
    ]

    for index in order:
        identify(*seen[index])

    assert len({stores.names.find(text) for text in ("17", ANN)}) == 1
    if order[2] == 2:
        account = next(known.customer for known in stores.names.known(Identity(SECRET).names(seen[0][0]).own).values())
        assert stores.names.find(ANN) == account


def test_merging_goes_on_to_the_oldest_of_all(identify: Identify, stores: Stores) -> None:
    keys = [identify(Person("shop", name), START + number * HOUR) for number, name in enumerate("abc")]
    identify(Person("shop", "c", "c@example.com", is_verified=True), START)
    identify(Person("shop", "b", "c@example.com", is_verified=True), START)
    identify(Person("shop", "a", "c@example.com", is_verified=True), START)

    assert {stores.names.find(text) for text in ("a", "b", "c", "c@example.com")} == {keys[0]}


def test_facts_are_read_where_a_customer_was_merged_into(identify: Identify, stores: Stores) -> None:
    old, young = identify(Person("shop", "1"), START), identify(Person("shop", "2"), START + HOUR)
    assert old
    assert young
    stores.facts.put(old, a_cart("k1"))
    identify(Person("shop", "1", ANN, is_verified=True), START)
    identify(Person("shop", "2", ANN, is_verified=True), START)

    assert set(stores.facts.of(young).carts) == {"k1"}


def test_a_customer_is_found_by_address_by_any_source_s_id_and_by_key(identify: Identify, stores: Stores) -> None:
    key = identify(Person("shopify", "17", ANN, is_verified=True), START)
    assert key
    stores.facts.put(key, a_customer(key))

    found = [stores.names.find(text) for text in (ANN, "17", key, "nobody")]

    assert found == [key, key, key, None]


def test_an_id_may_say_whose_it_is(identify: Identify, stores: Stores) -> None:
    shopify, woocommerce = identify(Person("shopify", "123"), START), identify(Person("woocommerce", "123"), START)

    assert [stores.names.find(f"{source}:123") for source in ("shopify", "woocommerce", "segment")] == [
        shopify,
        woocommerce,
        None,
    ]
    with pytest.raises(Ambiguous):
        stores.names.find("123")


def test_an_id_of_two_sources_that_is_one_person_s_is_clear(identify: Identify, stores: Stores) -> None:
    first = identify(Person("shopify", "123", ANN, is_verified=True), START)
    identify(Person("woocommerce", "123", ANN, is_verified=True), START)

    assert stores.names.find("123") == first


def test_a_visitor_is_nobody_until_known(identify: Identify) -> None:
    visitor = Person("shop", visitors=("browser-1",))
    assert identify(visitor, START) is None

    known = identify(Person("shop", None, ANN, ("browser-1",)), START + HOUR)

    assert identify(visitor, START) == known


def test_what_a_visitor_did_is_kept_and_becomes_that_of_whom_they_turn_out_to_be(
    identify: Identify, stores: Stores
) -> None:
    visitor = Person("shop", visitors=("browser-1", "cart-1"))
    assert identify.keep(visitor, a_cart("k1", START, lines=1), START + DAY)
    assert identify.keep(visitor, a_cart("k1", START + HOUR, lines=3), START + DAY)
    assert not identify.keep(visitor, a_cart("k1", START, lines=2), START + DAY)

    key = identify(Person("shop", None, ANN, ("browser-1",)), START + HOUR)

    assert key
    assert {name: len(cart.lines) for name, cart in stores.facts.of(key).carts.items()} == {"k1": 3}


def test_a_visitor_s_cart_that_comes_while_they_become_known_is_not_left_behind(
    identify: Identify, stores: Stores
) -> None:
    visitor = Person("shop", visitors=("browser-1",))
    assert identify(visitor, START) is None  # a webhook has looked, and is slow to store the cart
    key = identify(Person("shop", None, ANN, ("browser-1",)), START)

    identify.keep(visitor, a_cart("k1"), START + DAY)

    assert key
    assert set(stores.facts.of(key).carts) == {"k1"}


def test_a_browser_that_two_people_use_makes_them_not_one(identify: Identify, stores: Stores) -> None:
    ann = identify(Person("shop", None, ANN, ("browser-1",)), START)
    bob = identify(Person("shop", None, "bob@example.com", ("browser-1",)), START + HOUR)

    assert ann != bob
    assert identify(Person("shop", visitors=("browser-1",)), START) == bob
    identify(Person("shop", None, ANN, ("browser-1",)), START)  # arrives late
    assert identify(Person("shop", visitors=("browser-1",)), START) == bob


def test_who_was_erased_is_not_known_again_by_any_name(identify: Identify, stores: Stores) -> None:
    digests = [digest for _, digest in Identity(SECRET).names(Person("shop", "17", ANN, is_verified=True)).own]
    stores.suppressions.suppress(digests[1], "bounce", START)
    stores.suppressions.forget(digests, START)

    for person in (Person("shop", "17"), Person("shop", None, ANN), Person("shop", "18", ANN, is_verified=True)):
        with pytest.raises(Erased):
            identify(person, START)
    assert identify(Person("shop", "18"), START)


def test_a_person_whose_address_somebody_else_takes_at_that_very_moment_is_one_person_for_ever(table: Table) -> None:
    stores, put = Stores(_commerce_table=table, identity=Identity(SECRET)), table.put
    store = stores.names
    identify = Identify(
        store,
        stores.bearers,
        stores.moves,
        stores.visitors,
        Identity(SECRET).names,
        lambda _: frozenset(),
        PassOnRefusals(stores.facts, Identity(SECRET).address_hash),
    )
    second = identify(Person("shop", "2"), START)

    def put_and_lose(item: dict[str, Any], *more: Any) -> None:
        if item["pk"].startswith("ALIAS#email"):
            table.put = put  # type: ignore[method-assign]
            identify(Person("shop", "2", ANN, is_verified=True), START)
        put(item, *more)

    table.put = put_and_lose  # type: ignore[method-assign,assignment]
    first = identify(Person("shop", "1", ANN, is_verified=True), START + HOUR)

    assert first == second
    assert {store.find(text) for text in ("1", "2", ANN)} == {second}
