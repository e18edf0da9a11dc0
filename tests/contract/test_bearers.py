"""Who bears an address, over every store: a claim leads to nobody, and all who bear it see each other's facts."""

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.adapters.dynamodb.bearers import MOST
from chalicelib.adapters.identity import Identity
from chalicelib.domain.errors import Ambiguous, Erased
from chalicelib.domain.facts.customer import Customer
from chalicelib.domain.facts.inbound import Person
from tests.builders import START, an_order
from tests.contract.engines import Stores
from tests.contract.identifying import identify_on
from tests.fakes import SECRET

HOUR = timedelta(hours=1)
ANN = "ann@example.com"
GUEST, PROVED = Person("shop", email=ANN), Person("shop", "ann", ANN, is_verified=True)


def claiming(name: str, email: str = ANN) -> Person:
    """An account that says that it has an address."""
    return Person("shop", name, email)


def key_of(stores: Stores, person: Person, hours: int = 0) -> str:
    """The customer whom this person is, with a profile of that address."""
    identify = identify_on(stores)
    key = identify(person, START + hours * HOUR)
    assert key
    profile = Customer("", START + hours * HOUR, email=person.email)
    stores.facts.put(key, profile if person.is_proved else profile.with_claimed_address())
    return key


def others(stores: Stores, customer: str) -> set[str]:
    """The customers whose facts this one looks at."""
    return {other.customer.key for other in stores.facts.of(customer).at_address}


@pytest.mark.parametrize("owner", [GUEST, PROVED])
@pytest.mark.parametrize("is_first", [True, False])
def test_who_has_an_address_and_who_claims_it_are_two_who_see_each_other(
    stores: Stores, owner: Person, is_first: bool
) -> None:
    first = key_of(stores, owner if is_first else claiming("eve"))
    second = key_of(stores, claiming("eve") if is_first else owner)

    assert first != second
    assert (others(stores, first), others(stores, second)) == ({second}, {first})


def test_a_claim_does_not_lead_to_anybody_but_who_looks_for_the_address_finds_the_only_one(stores: Stores) -> None:
    eve = key_of(stores, claiming("eve"))

    assert stores.names.known(Identity(SECRET).names(GUEST).own) == {}
    assert stores.names.find(ANN) == eve

    key_of(stores, claiming("zoe"))
    with pytest.raises(Ambiguous):
        stores.names.find(ANN)

    ann = key_of(stores, PROVED)
    assert stores.names.find(ANN) == ann


def test_the_same_claim_again_changes_nothing(stores: Stores) -> None:
    eve, zoe = key_of(stores, claiming("eve")), key_of(stores, claiming("zoe"))

    for _ in range(3):
        assert key_of(stores, claiming("eve")) == eve

    assert stores.bearers.claiming(Identity(SECRET).address_hash(ANN)) == (eve, zoe)


def test_who_claims_the_address_that_they_have_claims_nothing(stores: Stores) -> None:
    ann = key_of(stores, PROVED)

    assert key_of(stores, claiming("ann")) == ann
    assert stores.bearers.claiming(Identity(SECRET).address_hash(ANN)) == ()
    assert others(stores, ann) == set()


def test_who_proves_what_they_claimed_is_one_with_the_guest_and_not_with_the_others(stores: Stores) -> None:
    guest, eve = key_of(stores, GUEST), key_of(stores, claiming("eve"))
    key_of(stores, claiming("ann"), 1)

    ann = key_of(stores, PROVED, 2)

    assert ann == guest
    assert others(stores, ann) == {eve}
    assert others(stores, eve) == {ann}


def test_so_many_claim_an_address_and_no_more(stores: Stores) -> None:
    ann = key_of(stores, PROVED)
    keys = [key_of(stores, claiming(f"eve-{number}")) for number in range(MOST + 3)]

    assert stores.bearers.claiming(Identity(SECRET).address_hash(ANN)) == tuple(keys[3:])
    assert len(others(stores, keys[-1])) <= MOST
    assert ann in others(stores, keys[0])
    assert others(stores, ann) == set(keys[3:])


def test_an_unproved_person_of_a_source_that_anybody_can_use_is_one_of_their_own(stores: Stores) -> None:
    ann = key_of(stores, PROVED)

    nobody = key_of(stores, Person("segment", email=ANN, is_public=True))

    assert nobody != ann
    assert key_of(stores, Person("segment", email=ANN, is_public=True)) == nobody
    assert key_of(stores, Person("other", email=ANN, is_public=True)) != nobody
    assert nobody in others(stores, ann)


def test_a_claim_to_an_erased_address_is_none(stores: Stores) -> None:
    stores.suppressions.forget([Identity(SECRET).address_hash(ANN)], START)

    eve = key_of(stores, claiming("eve"))

    assert stores.bearers.claiming(Identity(SECRET).address_hash(ANN)) == ()
    assert others(stores, eve) == set()
    with pytest.raises(Erased):
        key_of(stores, GUEST)


def test_what_they_see_of_each_other_are_the_facts_as_they_are_now(stores: Stores) -> None:
    guest, eve = key_of(stores, GUEST), key_of(stores, claiming("eve"))

    stores.facts.put(guest, an_order("o1"))

    (seen,) = stores.facts.of(eve).at_address
    assert (set(seen.orders), seen.at_address) == ({"o1"}, ())


def test_only_who_bears_the_address_that_messages_go_to_is_seen(stores: Stores) -> None:
    bob = key_of(stores, Person("shop", "bob", "bob@example.com", is_verified=True))
    ann = key_of(stores, claiming("ann", "bob@example.com"))
    assert others(stores, ann) == {bob}

    key_of(stores, claiming("ann", "ann@example.com"), 1)

    assert others(stores, ann) == set()
    assert others(stores, bob) == {ann}  # who may have been written to there


def test_strangers_push_out_strangers_alone(stores: Stores) -> None:
    ann = key_of(stores, PROVED)
    eve = key_of(stores, claiming("eve"))
    strangers = [key_of(stores, Person("segment", f"u{number}", ANN, is_public=True)) for number in range(MOST + 1)]

    assert others(stores, ann) == {eve, *strangers[1:]}


def test_strangers_do_not_look_at_each_other_until_somebody_knows_them(stores: Stores) -> None:
    known = [Person("segment", name, ANN) for name in ("u1", "u2")]
    first, second = (key_of(stores, replace(each, is_public=True)) for each in known)
    assert (others(stores, first), others(stores, second)) == (set(), set())

    assert key_of(stores, known[0]) == first

    assert (others(stores, first), others(stores, second)) == ({second}, {first})


def test_who_is_known_now_is_not_pushed_out_by_strangers(stores: Stores) -> None:
    ann, eve = key_of(stores, PROVED), key_of(stores, Person("segment", "eve", ANN, is_public=True))
    key_of(stores, Person("segment", "eve", ANN))

    for number in range(MOST):
        key_of(stores, Person("segment", f"u{number}", ANN, is_public=True))

    assert eve in others(stores, ann)
    assert len(others(stores, ann)) == MOST + 1


def test_who_is_pushed_out_at_one_address_is_still_seen_at_another(stores: Stores) -> None:
    ann, eve = key_of(stores, PROVED), key_of(stores, claiming("eve"))
    zoe = key_of(stores, claiming("eve", "zoe@example.com"))
    assert zoe == eve
    for number in range(MOST):
        key_of(stores, claiming(f"e{number}", "zoe@example.com"))

    assert eve in others(stores, ann)


def test_a_request_that_died_before_the_marks_were_made_makes_them_when_it_comes_again(stores: Stores) -> None:
    eve = key_of(stores, claiming("eve"))
    linked = stores.bearers.link
    stores.bearers.link = _die  # type: ignore[method-assign]
    with pytest.raises(RuntimeError):
        key_of(stores, GUEST)
    stores.bearers.link = linked  # type: ignore[method-assign]

    guest = key_of(stores, GUEST)

    assert (others(stores, guest), others(stores, eve)) == ({eve}, {guest})


def _die(*args: object, **more: object) -> None:
    raise RuntimeError
