"""An address is a customer's own, or one that their account only claims: what each report of one changes."""

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.domain.channel import Channel
from chalicelib.domain.facts.consent import Consent, Purpose
from chalicelib.domain.facts.customer import Customer
from chalicelib.domain.facts.inbound import Person
from chalicelib.domain.time import NEVER
from tests.builders import START

HOUR = timedelta(hours=1)


def told(hours: int, email: str | None, *, is_claim: bool = False) -> Customer:
    """What a source reports of the address so many hours later."""
    own = Customer.reported(START + hours * HOUR, email=email)
    return own.with_claimed_address() if is_claim else own


def written_to(*reports: Customer) -> str | None:
    """Where the customer is written to after all these, which may come in any order."""
    found = set()
    for order in (reports, tuple(reversed(reports))):
        known = order[0]
        for each in order[1:]:
            known = known.joined(each)
        found.add(known.address(Channel.EMAIL))
    (address,) = found
    return address


def test_a_claim_replaces_a_claim_and_no_address_of_their_own() -> None:
    own, claim, later = (
        told(0, "own@x.example"),
        told(1, "a@x.example", is_claim=True),
        told(2, "b@x.example", is_claim=True),
    )

    assert written_to(claim, later) == "b@x.example"
    assert written_to(own, claim, later) == "own@x.example"
    assert written_to(claim, told(2, "own@x.example")) == "own@x.example"


def test_that_there_is_no_address_any_more_is_as_good_from_everybody() -> None:
    own, claim = told(0, "own@x.example"), told(1, "a@x.example", is_claim=True)

    assert written_to(own, claim, told(2, None, is_claim=True)) is None
    assert written_to(claim, told(2, None, is_claim=True), told(3, "b@x.example", is_claim=True)) == "b@x.example"


def test_a_report_without_the_address_says_nothing_about_it() -> None:
    nothing = Customer.reported(START + 9 * HOUR, name="Ann").with_claimed_address()

    assert written_to(told(0, "own@x.example"), nothing) == "own@x.example"
    assert written_to(told(0, "a@x.example", is_claim=True), nothing) == "a@x.example"
    assert nothing.name == "Ann"


def test_the_other_fields_keep_their_times() -> None:
    known = Customer.reported(START, email="a@x.example", name="Ann").with_claimed_address()

    assert (known.email, known.claimed_email, known.reported_at("name")) == (None, "a@x.example", START)
    assert (known.reported_at("claimed_email"), known.reported_at("email")) == (START, NEVER)
    assert known.reported_at("language") == NEVER


def test_of_whom_anybody_can_be_only_refusals_are_known() -> None:
    given = Consent(given=True, at=START)
    refused = replace(given, given=False)
    known = Customer.reported(START, {Purpose.MARKETING: given, Purpose.SERVICE: refused}, email="a@x.example")

    assert known.only_refusing().consents == {Purpose.SERVICE: refused}
    assert known.only_refusing().address(Channel.EMAIL) is None


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("ann@example.com", "Ann@Example.com ", True),
        ("ann@example.com", "bob@example.com", False),
        (None, None, False),
        ("ann@example.com", None, False),
    ],
)
def test_two_are_reached_at_one_address_in_whatever_form(one: str | None, other: str | None, same: bool) -> None:
    first, second = told(0, one), told(0, other, is_claim=True)

    assert first.reads_at(second, Channel.EMAIL) is same
    assert second.reads_at(first, Channel.EMAIL) is same


@pytest.mark.parametrize(
    ("person", "is_proved"),
    [
        (Person("shop", "1", "a@x.example"), False),
        (Person("shop", "1", "a@x.example", is_verified=True), True),
        (Person("shop", None, "a@x.example"), True),
        (Person("segment", None, "a@x.example", is_public=True), False),
        (Person("segment", "1", "a@x.example", is_public=True), False),
    ],
)
def test_an_address_is_proved_by_who_vouches_for_it_and_is_all_that_a_guest_is(person: Person, is_proved: bool) -> None:
    assert person.is_proved is is_proved
    assert person.trusted({"elsewhere"}) == person
    assert person.trusted({"shop", "segment"}).is_proved
    assert not person.trusted({"segment"}).is_public or person.source != "segment"
