"""``Split``, interrupted and completed, and what is told, refused or merged meanwhile."""

from functools import partial
from typing import Any

import pytest

import app
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.facts.consent import Consent, Purpose
from chalicelib.domain.facts.customer import Customer
from chalicelib.domain.facts.inbound import AccountsMerged, InboundFact, Person
from infra.scoped.changes import replaced
from tests.builders import a_customer
from tests.identity.breaking import broken_after
from tests.identity.given import a_profile, an_order_of, differences, items, tell
from tests.identity.two_in_one import ANN, BOB, MAIL, are_two, facts, names, one_customer
from tests.journeys.shop import Open
from tests.naming import FOUR

pytestmark = pytest.mark.journeys(*FOUR)


def test_a_split_that_is_interrupted_anywhere_is_completed_by_the_next(open_shop: Open) -> None:
    shop, calls, is_broken = open_shop(), 0, True
    while is_broken:
        ann, bob = (
            Person("shop", f"{who}-{calls}", f"{calls}@example.com", is_verified=True) for who in ("ann", "bob")
        )
        one_customer(shop, ann, bob)

        is_broken = broken_after(calls, partial(app.parts.split, names(bob)))
        if is_broken:
            app.parts.split(names(bob))
        shop.after(minutes=1)

        assert are_two(ann, bob)
        calls += 3
    marks = [item for item in items()["commerce"] if item["sk"]["S"].startswith("APART#")]
    assert calls > 30
    assert len(marks) == 2 * calls // 3
    assert not any("is_open" in mark for mark in marks)
    assert differences(shop) == {}


def test_who_is_being_merged_is_not_split(open_shop: Open) -> None:
    shop = open_shop()
    tell(shop, a_profile(shop.now, ANN))
    app.parts.ingest([InboundFact(a_customer("", at=shop.now, email="bob@example.com"), Person("shop", "bob"))])
    app.parts.ingest([InboundFact(a_customer("", at=shop.now, email=MAIL), BOB)])

    with pytest.raises(Unavailable):
        app.parts.split(names(BOB))


def test_a_merge_of_one_of_them_waits_until_an_interrupted_split_is_complete(open_shop: Open) -> None:
    shop = open_shop()
    tell(shop, a_profile(shop.now, Person("shop", "old")))
    shop.after(minutes=1)
    one_customer(shop)
    assert broken_after(20, partial(app.parts.split, names(BOB)))

    for person in (ANN, BOB):
        with pytest.raises(Unavailable):
            app.parts.ingest([AccountsMerged(Person("shop", "old", former=(str(person.id),)))])
    app.parts.split(names(BOB))
    tell(shop, AccountsMerged(Person("shop", "old", former=("ann",))))
    shop.after(minutes=1)
    tell(shop, AccountsMerged(Person("shop", "old", former=("bob",))))

    assert are_two()
    assert facts(ANN) == facts(Person("shop", "old")) != facts(BOB)


def test_what_was_being_told_during_the_split_moves_when_it_is_repeated(open_shop: Open) -> None:
    shop = open_shop()
    one_customer(shop)
    key, by = facts(ANN).customer.key, [digest for _, digest in names(BOB)]
    app.parts.split(names(BOB))
    (late,) = [told.fact for told in [an_order_of(BOB, shop.now, "order-late")]]
    app.parts.facts.put(key, late, by=by)
    app.parts.facts.put(key, Customer("", shop.now, email=MAIL, name="Bob"), by=by)

    app.parts.split(names(BOB))

    assert set(facts(BOB).orders) == {"order-bob", "order-late"}
    assert (facts(BOB).customer.name, facts(ANN).customer.name) == ("Bob", None)
    assert set(facts(ANN).orders) == {"order-ann"}


def test_what_the_one_who_remains_refuses_while_the_profile_is_dropped_is_kept(open_shop: Open) -> None:
    shop = open_shop()
    one_customer(shop)
    calls, real = [], app.parts.splits.share

    def share(*more: Any) -> None:
        real(*more)
        refused = {Purpose.MARKETING: Consent(given=False, at=shop.now)}
        app.parts.ingest([InboundFact(Customer.reported(shop.now, refused), Person("shop", "ann"))])
        calls.append(more)

    with replaced(app.parts.splits, "share", share):
        app.parts.split(names(BOB))

    consent = facts(ANN).consent(Purpose.MARKETING)
    assert calls
    assert consent is not None
    assert not consent.given
