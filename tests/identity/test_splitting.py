"""``Split``: one customer becomes two again, whatever was known of them."""

from datetime import timedelta

import pytest

import app
from chalicelib.adapters.dynamodb.tellers import MOST_TELLERS
from chalicelib.domain.channel import Channel
from chalicelib.domain.errors import NotOne
from chalicelib.domain.facts.answer import Answer
from chalicelib.domain.facts.consent import Consent, Purpose
from chalicelib.domain.facts.customer import Customer
from chalicelib.domain.facts.inbound import AccountsMerged, ErasureRequest, InboundFact, Person
from chalicelib.domain.facts.splitting import Whose
from tests.identity.given import a_profile, an_order_of, differences, items, tell
from tests.identity.two_in_one import ANN, BOB, BOX, MAIL, a_refund, facts, names, one_customer
from tests.journeys.shop import Open
from tests.naming import FOUR

pytestmark = pytest.mark.journeys(*FOUR)


def orders_counted(person: Person) -> int:
    standing = app.parts.engagement.of(facts(person).customer.key).standing
    return standing.orders if standing else 0


def test_each_has_what_they_told_and_what_is_told_later_of_an_order_finds_its_owner(open_shop: Open) -> None:
    shop = open_shop()
    one_customer(shop)
    parted = app.parts.split.parted(names(BOB))

    app.parts.split(names(BOB))
    shop.after(minutes=1)
    tell(shop, a_refund(shop, BOB, "r2", 50))
    shop.after(minutes=1)

    assert (parted.profile, parted.carts, parted.orders) == (Whose.BOTH, 1, 1)
    assert facts(BOB).orders["order-bob"].refunded == 150
    assert set(facts(ANN).orders) == {"order-ann"}
    assert orders_counted(ANN) == orders_counted(BOB) == 1
    assert differences(shop) == {}


def test_who_was_split_stays_two_whatever_is_told_and_the_address_is_a_claim_of_the_other(open_shop: Open) -> None:
    shop = open_shop()
    one_customer(shop)
    app.parts.split(names(BOB))
    shop.after(minutes=1)

    for person in (BOB, ANN):
        tell(shop, a_profile(shop.now, person, name=f"Name of {person.id}"))
    tell(shop, AccountsMerged(Person("shop", "ann", former=("bob",))))
    shop.after(minutes=1)

    assert (facts(ANN).customer.email, facts(ANN).customer.name) == (MAIL, "Name of ann")
    assert (facts(BOB).customer.email, facts(BOB).customer.claimed_email) == (None, MAIL)
    assert [each.customer.key for each in facts(BOB).at_address] == [facts(ANN).customer.key]
    are_two_by_name = facts(BOB).customer.name, set(facts(BOB).orders)
    assert are_two_by_name == ("Name of bob", {"order-bob"})


def test_a_profile_that_one_told_alone_is_theirs_and_its_address_goes_by_whose_name_it_is(open_shop: Open) -> None:
    shop = open_shop()
    tell(shop, a_profile(shop.now, Person("shop", "ann", "ann@example.com", is_verified=True)))
    shop.after(minutes=1)
    tell(shop, an_order_of(BOB, shop.now, "order-bob"))
    tell(shop, AccountsMerged(Person("shop", "ann", former=("bob",))))
    shop.after(minutes=1)

    app.parts.split(names(BOB, BOX))

    assert facts(ANN).customer.email == "ann@example.com"
    assert set(facts(BOB).orders) == {"order-bob"}
    assert facts(BOX) == facts(BOB)


def test_an_address_that_stays_with_the_other_is_claimed_and_found_by_who_bears_it(open_shop: Open) -> None:
    shop = open_shop()
    tell(shop, an_order_of(ANN, shop.now))
    shop.after(minutes=1)
    tell(shop, a_profile(shop.now, BOB))
    shop.after(minutes=1)

    app.parts.split(names(BOB))

    assert (facts(BOB).customer.email, facts(BOB).customer.claimed_email) == (None, MAIL)
    assert facts(ANN).customer.email is None
    assert facts(BOB).bearers == (facts(ANN).customer.key,)


def test_what_was_refused_is_refused_by_both(open_shop: Open) -> None:
    shop = open_shop()
    one_customer(shop)
    refused = {Purpose.MARKETING: Consent(given=False, at=shop.now)}
    tell(shop, InboundFact(Customer.reported(shop.now, refused), Person("shop", "bob")))

    app.parts.split(names(BOB))

    for person in (ANN, BOB):
        consent = facts(person).consent(Purpose.MARKETING)
        assert consent is not None
        assert not consent.given


def test_a_survey_s_answer_goes_with_its_order(open_shop: Open) -> None:
    shop = open_shop()
    one_customer(shop)
    app.parts.facts.put(facts(ANN).customer.key, Answer("order-bob", shop.now, 3, "Late."))

    app.parts.split(names(BOB))

    assert set(facts(BOB).answers) == {"order-bob"}
    assert facts(ANN).answers == {}


def test_who_is_erased_leaves_the_other_and_no_mark(open_shop: Open) -> None:
    shop = open_shop()
    one_customer(shop)
    app.parts.split(names(BOB))
    shop.after(minutes=1)
    bob = facts(BOB).customer.key

    tell(shop, ErasureRequest(BOB))
    shop.after(minutes=1)

    assert app.parts.names.known(names(BOB)) == {}
    assert set(facts(ANN).orders) == {"order-ann"}
    left = [item for item in items()["commerce"] if bob in str(item)]
    assert left == []


def test_whom_one_of_them_is_merged_into_is_apart_from_the_other_too(open_shop: Open) -> None:
    shop = open_shop()
    tell(shop, a_profile(shop.now, Person("shop", "old", "old@example.com", is_verified=True)))
    shop.after(minutes=1)
    one_customer(shop)
    app.parts.split(names(BOB))
    shop.after(minutes=1)

    tell(shop, AccountsMerged(Person("shop", "old", former=("ann",))))
    shop.after(minutes=1)
    tell(shop, AccountsMerged(Person("shop", "bob", former=("old",))))
    shop.after(minutes=1)

    assert facts(ANN) == facts(Person("shop", "old"))
    assert set(facts(BOB).orders) == {"order-bob"}
    assert set(facts(ANN).orders) == {"order-ann"}


def test_a_former_account_that_was_split_off_can_end(open_shop: Open) -> None:
    shop = open_shop()
    tell(shop, a_profile(shop.now, Person("shop", "ann", "ann@example.com", is_verified=True)))
    shop.after(minutes=1)
    bob = Person("shop", "bob", "bob@example.com", is_verified=True)
    tell(shop, a_profile(shop.now, bob))
    tell(shop, AccountsMerged(Person("shop", "ann", former=("bob",))))
    shop.after(minutes=1)
    assert app.parts.ingest.identify.has_gone_on(bob)

    app.parts.split(names(bob))

    assert not app.parts.ingest.identify.has_gone_on(bob)


def test_nobody_is_split_by_all_of_their_names_by_another_s_or_by_none(open_shop: Open) -> None:
    shop = open_shop()
    one_customer(shop)
    tell(shop, a_profile(shop.now, Person("shop", "cho"), name="Cho"))
    everything = names(ANN, BOB, BOX)

    for wrong in (everything, names(ANN, Person("shop", "cho")), names(Person("shop", "nobody"))):
        with pytest.raises(NotOne):
            app.parts.split(wrong)

    assert facts(ANN) == facts(BOB)


def test_a_profile_that_too_many_told_was_told_by_both(open_shop: Open) -> None:
    shop = open_shop()
    one_customer(shop)
    for number in range(MOST_TELLERS):
        tell(shop, a_profile(shop.now, Person("shop", f"more-{number}", MAIL, is_verified=True)))
    shop.after(minutes=1)

    app.parts.split([*names(BOB), *(name for n in range(MOST_TELLERS) for name in names(Person("shop", f"more-{n}")))])

    assert facts(ANN).customer.address(Channel.EMAIL) is facts(BOB).customer.address(Channel.EMAIL) is None


def test_a_split_that_is_undone_is_forgotten_by_both(open_shop: Open) -> None:
    shop = open_shop()
    one_customer(shop)
    division = app.parts.split(names(BOB))

    app.parts.splits.reunite(division.other, division.customer)
    tell(shop, a_profile(shop.now + timedelta(seconds=1), BOB))
    shop.after(minutes=1)

    assert facts(ANN) == facts(BOB)
    assert set(facts(ANN).orders) == {"order-ann", "order-bob"}
    assert facts(ANN).orders["order-bob"].refunded == 100
