"""Who a person is by any of their names, and whose a cart or an order is by now."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from chalicelib.domain.errors import Erased
from chalicelib.domain.facts.fact import Fact
from chalicelib.domain.facts.inbound import Known, Name, Person
from chalicelib.domain.facts.order import Cancellation, Refund
from chalicelib.domain.time import NEVER
from chalicelib.services.identify import Found, Identify
from tests.builders import START, a_cart, a_customer, an_order
from tests.fakes import FakeCommerce

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ANN, BOB = Person("shop", email="ann@example.com"), Person("shop", email="bob@example.com")
BROWSER = Person("shop", visitors=("browser-1",))
CART = Person("shop", visitors=("cart-1",))
ORDER = Person("shop", visitors=("order:order-1",))


class Shop(FakeCommerce):
    """Names, facts and the service over them; it remembers what was merged and what was handed over."""

    def __init__(self) -> None:
        super().__init__()
        self.gone: set[str] = set()
        self.merges: list[tuple[str, str, datetime]] = []
        self.moves: list[tuple[str, str, str]] = []
        self.asked: list[set[str]] = []
        self.identify = Identify(self, self, self, self.identity.names, self.erased)

    def erased(self, hashes: Iterable[str]) -> frozenset[str]:
        self.asked.append(set(hashes))
        return frozenset(self.asked[-1] & self.gone)

    def merge(self, customer: str, into: Known, at: datetime) -> None:
        self.merges.append((customer, into.customer, at))
        super().merge(customer, into, at)

    def hand_over(self, customer: str, into: str, visitor: str) -> None:
        self.moves.append((customer, into, visitor))
        super().hand_over(customer, into, visitor)

    def key(self, person: Person, at: datetime = START) -> str:
        """The person's key; they are known afterwards."""
        key = self.identify(person, at)
        assert key is not None
        return key

    def whose(self, fact: Fact, person: Person, at: datetime | None = None) -> str | None:
        return self.identify.whose(fact, person, at or fact.at).customer

    def names(self, person: Person) -> list[Name]:
        return [*self.identity.names(person).own, *self.identity.names(person).visits]

    def forget_hashes(self, person: Person) -> None:
        """The person was erased: nobody is known by these names, and their hashes are remembered as erased."""
        for name in self.names(person):
            self.aliases.pop(name, None)
            self.gone.add(name[1])


def both(browser: str, *, email: str) -> Person:
    return Person("shop", email=email, visitors=(browser,))


# New and known


def test_a_new_person_is_known_since_now_by_every_name_under_the_hash_of_the_address() -> None:
    shop, person = Shop(), Person("shop", "17", "ann@example.com")

    key = shop.key(person, START)

    by_id, by_address = shop.names(person)
    assert key == by_address[1]
    assert shop.aliases == {by_address: Known(key, START), by_id: Known(key, START)}


def test_a_new_name_of_a_known_person_leads_to_them_since_they_were_known() -> None:
    shop = Shop()
    key = shop.key(Person("shop", "17"), START)

    assert shop.key(Person("shop", "17", "ann@example.com"), START + DAY) == key
    assert shop.aliases[shop.names(ANN)[0]] == Known(key, START)


def test_two_who_turn_out_to_be_one_are_merged_into_the_older_at_the_time_of_the_report() -> None:
    shop = Shop()
    young, old = shop.key(ANN, START + HOUR), shop.key(Person("shop", "17"), START)

    assert shop.key(Person("shop", "17", "ann@example.com"), START + DAY) == old
    assert shop.merges == [(young, old, START + DAY)]


def test_who_was_merged_is_who_they_are_now_and_is_merged_no_second_time() -> None:
    shop = Shop()
    shop.key(ANN, START + HOUR)
    old = shop.key(Person("shop", "17"), START)
    shop.key(Person("shop", "17", "ann@example.com"), START + DAY)

    assert shop.identify.known(ANN) == old
    assert shop.key(Person("shop", "17", "ann@example.com"), START + 2 * DAY) == old
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
        shop.key(Person("shop", "17", "ann@example.com", ("browser-1",)))

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

    assert shop.identify.known(Person("shop", "17", "ann@example.com")) == old


# Erased


def test_an_erased_name_alone_is_nobody_and_a_new_one_beside_it_is_told_apart() -> None:
    shop = Shop()
    shop.forget_hashes(ANN)

    with pytest.raises(Erased) as alone:
        shop.key(ANN)
    with pytest.raises(Erased) as with_another:
        shop.key(Person("shop", "17", "ann@example.com"))

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

    found = shop.identify.whose(None, Person("shop", "17", "ann@example.com"), START)

    assert found == Found(key, is_without_address=True)
    assert shop.names(ANN)[0] not in shop.aliases


def test_an_erased_id_beside_a_known_address_takes_no_address_away() -> None:
    shop = Shop()
    key = shop.key(ANN)
    shop.forget_hashes(Person("shop", "17"))

    assert shop.identify.whose(None, Person("shop", "17", "ann@example.com"), START) == Found(key)


def test_only_unknown_names_are_looked_for_among_the_erased() -> None:
    shop = Shop()
    shop.key(ANN)
    shop.asked.clear()

    shop.key(ANN)
    shop.key(Person("shop", "17", "ann@example.com"))

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
        def point(self, visit: Name, customer: str, at: datetime) -> bool:
            self.keep([visit], a_cart("cart-2"), START)  # another process stores it just now
            return super().point(visit, customer, at)

    shop = Late()

    ann = shop.key(both("browser-1", email="ann@example.com"))

    assert set(shop.of(ann).carts) == {"cart-2"}


def test_what_was_kept_before_a_visitor_is_pointed_at_somebody_moves_before_that() -> None:
    class Watching(Shop):
        moved: set[str] | None = None

        def point(self, visit: Name, customer: str, at: datetime) -> bool:
            self.moved = set(self.of(customer).carts)
            return super().point(visit, customer, at)

    shop = Watching()
    shop.identify.keep(BROWSER, a_cart("cart-1"), START + DAY)
    shop.key(both("browser-1", email="ann@example.com"))

    assert shop.moved == {"cart-1"}


# Carts and orders change hands


def test_a_cart_that_somebody_else_is_known_by_later_is_handed_over_to_them() -> None:
    shop = Shop()
    ann = shop.whose(a_cart(at=START), both("cart-1", email="ann@example.com"))
    assert ann
    shop.put(ann, a_cart(at=START))

    bob = shop.whose(a_cart(at=START + HOUR), both("cart-1", email="bob@example.com"))

    assert bob not in (None, ann)
    assert shop.moves == [(ann, bob, "cart-1")]
    assert shop.identify(CART, START) == bob


def test_a_report_from_before_goes_to_whose_the_cart_is_by_now() -> None:
    shop = Shop()
    bob = shop.whose(a_cart(at=START + HOUR), both("cart-1", email="bob@example.com"))
    assert bob
    shop.put(bob, a_cart(at=START + HOUR))

    assert shop.whose(a_cart(at=START), both("cart-1", email="ann@example.com")) == bob
    assert shop.moves == []
    assert shop.identify(CART, START) == bob


def test_the_time_of_the_stored_cart_counts_where_it_is_later_than_when_it_was_known() -> None:
    shop = Shop()
    ann = shop.whose(a_cart(at=START), both("cart-1", email="ann@example.com"))
    assert ann
    shop.put(ann, a_cart(at=START + DAY))

    assert shop.whose(a_cart(at=START + HOUR), both("cart-1", email="bob@example.com")) == ann


def test_what_is_told_of_somebody_beside_a_cart_of_another_s_is_still_about_themselves() -> None:
    shop = Shop()
    bob = shop.whose(a_cart(at=START + DAY), both("cart-1", email="bob@example.com"))
    person = both("cart-1", email="ann@example.com")

    ann = shop.whose(a_customer("", at=START), person)

    assert ann == shop.identify.known(ANN) != bob
    assert shop.moves == []


def test_of_one_moment_the_greater_key_owns_it_in_whichever_order_they_are_told() -> None:
    owners = set()
    for emails in (("ann@example.com", "bob@example.com"), ("bob@example.com", "ann@example.com")):
        shop = Shop()
        for email in emails:
            owner = shop.whose(a_cart(at=START), both("cart-1", email=email))
            assert owner
            shop.put(owner, a_cart(at=START))
        owners.add(shop.identify(CART, START))

    assert owners == {max(Shop().key(ANN), Shop().key(BOB))}


@pytest.mark.parametrize(
    "told",
    [Refund("order-1", "r1", START + DAY, 500), Cancellation("order-1", START + DAY)],
    ids=["refund", "cancelled"],
)
def test_a_refund_or_a_cancellation_does_not_show_whose_its_order_is(told: Refund | Cancellation) -> None:
    shop, by_bob = Shop(), both("order:order-1", email="bob@example.com")

    assert shop.whose(told, by_bob) == shop.identify.known(BOB)
    assert shop.aliases[shop.names(ORDER)[0]].since == NEVER

    ann = shop.whose(an_order(at=START - DAY), both("order:order-1", email="ann@example.com"))
    assert ann == shop.identify.known(ANN)
    assert shop.whose(told, by_bob) == ann


def test_a_refund_that_names_another_cart_shows_whose_that_is() -> None:
    shop = Shop()

    shop.whose(Refund("order-1", "r1", START, 500), both("cart-1", email="bob@example.com"))

    assert shop.aliases[shop.names(CART)[0]].since == START


def test_a_cart_of_one_who_was_merged_into_its_owner_does_not_change_hands() -> None:
    shop = Shop()
    shop.whose(a_cart(at=START), both("cart-1", email="ann@example.com"))
    old = shop.key(Person("shop", "17"), START - DAY)
    shop.key(Person("shop", "17", "ann@example.com"), START)

    assert shop.whose(a_cart(at=START + HOUR), Person("shop", "17", visitors=("cart-1",))) == old
    assert shop.moves == []


# After storing


def test_a_cart_that_was_stored_for_one_and_is_another_s_by_now_is_handed_over() -> None:
    shop = Shop()
    ann, bob = shop.key(ANN), shop.key(both("cart-1", email="bob@example.com"))

    shop.identify.settle(a_cart(), both("cart-1", email="ann@example.com"), ann)

    assert shop.moves == [(ann, bob, "cart-1")]


def test_a_cart_that_is_its_owner_s_still_or_nobody_s_stays() -> None:
    shop = Shop()
    ann = shop.key(ANN)
    shop.identify.settle(a_cart(), CART, ann)  # nobody is known by it
    shop.key(both("cart-1", email="ann@example.com"))
    shop.identify.settle(a_cart(), CART, ann)
    shop.key(both("browser-1", email="bob@example.com"))
    shop.identify.settle(a_cart(), BROWSER, ann)  # the browser is not the cart

    assert shop.moves == []


def test_of_several_visits_the_one_that_is_the_cart_s_own_counts() -> None:
    shop = Shop()
    ann, bob = shop.key(ANN), shop.key(both("cart-1", email="bob@example.com"))
    person = Person("shop", email="ann@example.com", visitors=("browser-1", "cart-1"))

    shop.identify.settle(a_cart(), person, ann)

    assert shop.moves == [(ann, bob, "cart-1")]


def test_a_cart_of_one_who_was_merged_into_its_owner_stays_after_storing() -> None:
    shop = Shop()
    shop.key(both("cart-1", email="ann@example.com"), START)
    old = shop.key(Person("shop", "17"), START - DAY)
    shop.key(Person("shop", "17", "ann@example.com"), START)

    shop.identify.settle(a_cart(), CART, old)

    assert shop.moves == []
