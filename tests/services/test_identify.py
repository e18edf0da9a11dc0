"""Who a person is by any of their names, and whose a cart or an order is by now."""

from dataclasses import replace
from datetime import datetime

import pytest

from chalicelib.domain.errors import Erased
from chalicelib.domain.facts.inbound import Known, Name, Person
from chalicelib.services.identify import Found
from tests.builders import START, a_cart, an_order
from tests.services.people import ANN, BOB, BROWSER, DAY, HOUR, Shop, both

# New and known


def test_a_new_person_is_known_since_now_by_every_name_under_the_hash_of_the_address() -> None:
    shop, person = Shop(), Person("shop", "17", "ann@example.com", is_verified=True)

    key = shop.key(person, START)

    by_id, by_address = shop.names(person)
    assert key == by_address[1]
    assert shop.aliases == {by_address: Known(key, START), by_id: Known(key, START)}


def test_a_new_name_of_a_known_person_leads_to_them_since_they_were_known() -> None:
    shop = Shop()
    key = shop.key(Person("shop", "17"), START)

    assert shop.key(Person("shop", "17", "ann@example.com", is_verified=True), START + DAY) == key
    assert shop.aliases[shop.names(ANN)[0]] == Known(key, START)


def test_two_who_turn_out_to_be_one_are_merged_into_the_older_at_the_time_of_the_report() -> None:
    shop = Shop()
    young, old = shop.key(ANN, START + HOUR), shop.key(Person("shop", "17"), START)

    assert shop.key(Person("shop", "17", "ann@example.com", is_verified=True), START + DAY) == old
    assert shop.merges == [(young, old, START + DAY)]


def test_who_was_merged_is_who_they_are_now_and_is_merged_no_second_time() -> None:
    shop = Shop()
    shop.key(ANN, START + HOUR)
    old = shop.key(Person("shop", "17"), START)
    shop.key(Person("shop", "17", "ann@example.com", is_verified=True), START + DAY)

    assert shop.identify.known(ANN) == old
    assert shop.key(Person("shop", "17", "ann@example.com", is_verified=True), START + 2 * DAY) == old
    assert len(shop.merges) == 1


def test_where_all_names_lead_to_one_customer_nobody_asks_for_merges() -> None:
    """Each question is a read, paid for with each fact; what is told of a merged customer follows the others."""

    class Counting(Shop):
        reads = 0

        def merged(self, customer: str) -> Known | None:
            self.reads += 1
            return super().merged(customer)

    shop = Counting()
    for _ in range(3):
        shop.key(Person("shop", "17", "ann@example.com", ("browser-1",), is_verified=True))

    assert shop.reads == 0


def test_asking_who_is_known_stores_nothing() -> None:
    shop = Shop()

    assert shop.identify.known(ANN) is shop.identify.known(BROWSER) is None
    assert shop.aliases == {}


def test_asked_by_their_own_names_and_by_a_browser_the_own_names_tell() -> None:
    shop = Shop()
    ann, bob = shop.key(ANN), shop.key(both("browser-1", email="bob@example.com"))

    assert shop.identify.known(both("browser-1", email="ann@example.com")) == ann
    assert shop.identify.known(BROWSER) == bob


def test_of_two_customers_by_one_person_s_names_the_older_is_known() -> None:
    shop = Shop()
    shop.key(ANN, START + HOUR)
    old = shop.key(Person("shop", "17"), START)

    assert shop.identify.known(Person("shop", "17", "ann@example.com", is_verified=True)) == old


# Erased


def test_an_erased_name_alone_is_nobody_and_a_new_one_beside_it_is_told_apart() -> None:
    shop = Shop()
    shop.forget_hashes(ANN)

    with pytest.raises(Erased) as alone:
        shop.key(ANN)
    with pytest.raises(Erased) as with_another:
        shop.key(Person("shop", "17", "ann@example.com", is_verified=True))

    assert (alone.value.has_new_names, with_another.value.has_new_names) == (False, True)
    assert shop.aliases == {}


def test_the_request_to_erase_finds_the_erased_again() -> None:
    shop = Shop()
    shop.forget_hashes(ANN)

    assert shop.identify(ANN, START, even_erased=True) == shop.names(ANN)[0][1]
    assert shop.asked == []


def test_beside_a_known_name_an_erased_one_is_not_stored_and_the_address_is_left_out() -> None:
    shop, known = Shop(), Person("shop", "17")
    key = shop.key(known)
    shop.forget_hashes(ANN)

    both_names = Person("shop", "17", "ann@example.com", is_verified=True)

    found = shop.identify.whose(None, both_names, START)

    assert found == Found(key, both_names, is_without_address=True, teller=key, by=(shop.names(known)[0][1],))
    assert shop.names(ANN)[0] not in shop.aliases


def test_an_erased_id_beside_a_known_address_takes_no_address_away() -> None:
    shop = Shop()
    key = shop.key(ANN)
    shop.forget_hashes(Person("shop", "17"))

    account = Person("shop", "17", "ann@example.com", is_verified=True)
    assert shop.identify.whose(None, account, START) == Found(key, account, teller=key, by=(shop.names(account)[0][1],))


def test_only_unknown_names_are_looked_for_among_the_erased() -> None:
    shop = Shop()
    shop.key(ANN)
    shop.asked.clear()

    shop.key(ANN)
    shop.key(Person("shop", "17", "ann@example.com", is_verified=True))

    assert shop.asked == [{shop.names(Person("shop", "17"))[0][1]}]


# Visitors


def test_a_visitor_is_whom_they_were_last_known_as() -> None:
    shop = Shop()
    shop.key(both("browser-1", email="ann@example.com"), START + HOUR)
    bob = shop.key(both("browser-1", email="bob@example.com"), START + DAY)

    assert shop.identify(BROWSER, START) == bob
    shop.key(both("browser-1", email="ann@example.com"), START + 2 * HOUR)  # told late
    assert shop.identify(BROWSER, START) == bob


@pytest.mark.parametrize(("first", "second"), [(ANN, BOB), (BOB, ANN)])
def test_of_two_visits_the_later_tells_unless_one_is_of_the_very_cart(first: Person, second: Person) -> None:
    shop = Shop()
    earlier = shop.key(replace(first, visitors=("cart-1",)), START)
    later = shop.key(replace(second, visitors=("browser-1",)), START + DAY)
    visits = Person("shop", visitors=("cart-1", "browser-1"))

    assert shop.identify(visits, START) == later
    assert shop.whose(a_cart("cart-1"), visits) == earlier
    assert shop.whose(a_cart("cart-2"), visits) == later


def test_facts_of_a_visitor_are_kept_until_they_are_known_and_then_theirs() -> None:
    shop = Shop()

    assert shop.identify.keep(BROWSER, a_cart("cart-1"), START + DAY)
    assert not shop.identify.keep(BROWSER, a_cart("cart-1"), START + DAY)  # it is kept already
    ann = shop.key(both("browser-1", email="ann@example.com"))

    assert set(shop.of(ann).carts) == {"cart-1"}


def test_a_fact_that_is_kept_just_after_the_visitor_became_known_is_theirs_at_once() -> None:
    shop = Shop()
    ann = shop.key(both("browser-1", email="ann@example.com"))

    assert shop.identify.keep(Person("shop", visitors=("browser-2", "browser-1")), a_cart("cart-1"), START + DAY)

    assert set(shop.of(ann).carts) == {"cart-1"}


def test_nothing_is_kept_of_the_erased_nor_of_nobody() -> None:
    shop = Shop()
    shop.forget_hashes(BROWSER)

    assert not shop.identify.keep(BROWSER, a_cart(), START + DAY)
    assert not shop.identify.keep(Person("shop"), a_cart(), START + DAY)
    assert shop.stored == {}


def test_what_was_kept_while_a_visitor_became_known_moves_as_well() -> None:
    class Late(Shop):
        def point(self, visit: Name, customer: str, at: datetime, *, again: bool = False) -> bool:
            self.keep([visit], a_cart("cart-2"), START)  # another process stores it just now
            return super().point(visit, customer, at)

    shop = Late()

    ann = shop.key(both("browser-1", email="ann@example.com"))

    assert set(shop.of(ann).carts) == {"cart-2"}


def test_what_was_kept_before_a_visitor_is_pointed_at_somebody_moves_before_that() -> None:
    class Watching(Shop):
        moved: set[str] | None = None

        def point(self, visit: Name, customer: str, at: datetime, *, again: bool = False) -> bool:
            self.moved = set(self.of(customer).carts)
            return super().point(visit, customer, at)

    shop = Watching()
    shop.identify.keep(BROWSER, a_cart("cart-1"), START + DAY)
    shop.key(both("browser-1", email="ann@example.com"))

    assert shop.moved == {"cart-1"}


def test_of_what_anybody_can_say_the_order_itself_may_be_an_erased_one_s() -> None:
    """Its name may have been claimed by anybody; a browser's was the erased one's own."""
    public = Person("segment", visitors=("order#order-1", "browser-1"), is_public=True)
    order, browser = (replace(public, visitors=(each,)) for each in public.visitors)
    for gone, person, fact, is_kept in (
        (order, order, an_order(), True),
        (browser, public, an_order(), False),
        (order, order, a_cart(), False),
        (order, replace(order, is_public=False), an_order(), False),
    ):
        shop = Shop()
        shop.forget_hashes(gone)

        assert shop.identify.keep(person, fact, START + DAY) is is_kept, (gone, person, fact)


def test_who_claims_an_address_is_seen_by_the_older_of_two_even_if_the_request_dies_then() -> None:
    class Watching(Shop):
        def __init__(self) -> None:
            super().__init__()
            self.shared: list[str] = []

        def share(self, customer: str, address_hash: str) -> None:
            self.shared.append(customer)
            super().share(customer, address_hash)

    for older, younger in (("a", "b"), ("b", "a")):
        shop = Watching()
        first, _ = shop.key(Person("shop", older)), shop.key(Person("shop", younger), START + HOUR)

        shop.key(Person("shop", younger, "ann@example.com", former=(older,), is_verified=True), START + 2 * HOUR)

        assert shop.shared == [first, first]
