"""A person named by names that lead to customers who were split: the first name counts, the others are left out."""

import pytest

from chalicelib.domain.errors import Erased
from chalicelib.domain.facts.inbound import Person
from tests.builders import START, an_order
from tests.services.people import HOUR, Shop

EMAIL = "ann@example.com"
A, B, C = (Person("shop", each) for each in "abc")


def split(*people: Person) -> tuple[Shop, list[str]]:
    """A shop that knows these, each apart from each; and their keys."""
    shop = Shop()
    keys = [shop.key(each, START + number * HOUR) for number, each in enumerate(people)]
    shop.apart = {frozenset((one, other)) for one in keys for other in keys if one != other}
    return shop, keys


def test_of_accounts_that_were_split_the_first_named_is_whose_it_is() -> None:
    shop, (a, b) = split(A, B)
    order = an_order("o1", START + HOUR)

    found = shop.identify.whose(order, Person("shop", "b", former=("a",)), order.at)

    assert (found.customer, found.person, shop.merges) == (b, B, [])
    assert shop.identify.whose(order, Person("shop", "a", former=("b",)), order.at).customer == a


def test_only_the_names_that_were_split_off_are_left_out() -> None:
    shop, (a, b) = split(A, B)
    c = shop.key(C, START + 2 * HOUR)

    found = shop.identify.whose(None, Person("shop", "a", former=("b", "c", "new")), START + 3 * HOUR)

    assert (found.customer, found.person.former) == (a, ("c", "new"))
    assert shop.merges == [(c, a, START + 3 * HOUR)]
    assert shop.identify.known(Person("shop", "new")) == a
    assert shop.identify.known(B) == b


def test_a_proved_address_that_is_another_s_since_a_split_is_only_claimed() -> None:
    shop, (a, _) = split(A, Person("shop", email=EMAIL))

    found = shop.identify.whose(None, Person("shop", "a", EMAIL, is_verified=True), START + HOUR)

    assert (found.customer, found.person.is_verified, found.person.email, shop.merges) == (a, False, EMAIL, [])


def test_an_address_stays_proved_where_another_name_was_split_off() -> None:
    shop, (a, _) = split(A, B)

    found = shop.identify.whose(None, Person("shop", "a", EMAIL, former=("b",), is_verified=True), START + HOUR)

    assert (found.customer, found.person.is_verified, found.person.former) == (a, True, ())
    assert shop.identify.known(Person("shop", email=EMAIL)) == a


def test_who_asks_to_be_forgotten_is_found_by_erased_names_too() -> None:
    shop, (a, _) = split(A, B)
    shop.gone.add(shop.names(Person("shop", email=EMAIL))[0][1])
    person = Person("shop", "a", EMAIL, former=("b",), is_verified=True)

    assert shop.identify(person, START + HOUR, even_erased=True) == a
    assert shop.identify.known(Person("shop", email=EMAIL)) == a


def test_without_that_an_erased_name_is_not_stored() -> None:
    shop, (a, _) = split(A, B)
    shop.gone.add(shop.names(Person("shop", email=EMAIL))[0][1])
    person = Person("shop", "a", EMAIL, former=("b",), is_verified=True)

    assert shop.identify(person, START + HOUR) == a
    assert shop.identify.known(Person("shop", email=EMAIL)) is None
    with pytest.raises(Erased):
        shop.identify(Person("shop", email=EMAIL), START + HOUR)


def test_an_order_told_by_names_that_were_split_is_of_whom_it_was_last_known_by() -> None:
    shop, _ = split(A, B)
    name = "order#o1"
    late = an_order("o1", START + 2 * HOUR)
    zoe = shop.identify.whose(late, Person("shop", "zoe", visitors=(name,)), late.at).customer

    early = an_order("o1", START + HOUR)
    found = shop.identify.whose(early, Person("shop", "b", former=("a",), visitors=(name,)), START + 9 * HOUR)

    assert found.customer == zoe
