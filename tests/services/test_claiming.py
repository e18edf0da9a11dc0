"""Who claims an address while somebody else gets it as their own."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.adapters.dynamodb.bearers import MOST
from chalicelib.domain.facts.consent import Consent, Purpose
from chalicelib.domain.facts.inbound import EMAIL_NAME, Known, Person
from tests.builders import START, a_customer
from tests.services.people import ANN, Shop


class Race(Shop):
    """Somebody gets the address as their own while another one claims it; what is linked is remembered."""

    def __init__(self, rival: str | None) -> None:
        super().__init__()
        self.rival = rival
        self.linked: list[tuple[str, set[str], str, bool]] = []

    def add(self, address_hash: str, customer: str, others: Iterable[str], **more: Any) -> None:
        super().add(address_hash, customer, others, **more)
        self.linked.clear()
        if self.rival:
            self.aliases[EMAIL_NAME, address_hash] = Known(self.rival, START)

    def link(self, customer: str, others: Iterable[str], address_hash: str, **more: Any) -> None:
        self.linked.append((customer, set(others), address_hash, more.get("is_stranger", False)))
        super().link(customer, others, address_hash, **more)


CLAIMING = Person("shop", "17", "ann@example.com")


def test_what_a_stranger_refused_counts_on_when_others_push_the_claim_out() -> None:
    shop = Shop()
    ann = shop.key(ANN)
    shop.put(ann, a_customer())
    strangers = [Person("segment", f"u{number}", "ann@example.com", is_public=True) for number in range(MOST + 1)]
    eve = shop.key(strangers[0])
    shop.put(eve, a_customer(consents={Purpose.MARKETING: Consent(given=False, at=START)}).only_refusing())
    agreed = shop.of(ann).consent(Purpose.MARKETING)

    for each in strangers[1:]:
        shop.key(each)

    refused = shop.of(ann).consent(Purpose.MARKETING)
    assert agreed
    assert refused
    assert (agreed.given, refused.given) == (True, False)


@pytest.mark.parametrize("is_public", [False, True])
def test_who_gets_an_address_while_another_claims_it_is_linked_with_them(is_public: bool) -> None:
    shop = Race("rival")

    key = shop.key(replace(CLAIMING, is_public=is_public))

    assert shop.linked == [(key, {"rival"}, shop.names(ANN)[0][1], is_public)]


def test_who_gets_it_and_is_merged_meanwhile_is_linked_by_both_keys() -> None:
    shop = Race("rival")
    shop.merge("rival", Known("older", START), START)

    key = shop.key(CLAIMING)

    assert shop.linked == [(key, {"rival", "older"}, shop.names(ANN)[0][1], False)]


def test_whose_it_was_before_is_linked_once() -> None:
    shop = Race(None)
    shop.key(ANN)

    shop.key(CLAIMING)

    assert [others for _, others, _, _ in shop.linked] == [set()]


def test_a_claim_is_stored_once_and_once_more_when_a_stranger_becomes_known() -> None:
    class Watching(Shop):
        added = 0

        def add(self, address_hash: str, customer: str, others: Iterable[str], **more: Any) -> None:
            self.added += 1
            super().add(address_hash, customer, others, **more)

    shop, counts = Watching(), []
    for is_public in (True, True, False, False, True):
        shop.key(replace(CLAIMING, is_public=is_public))
        counts.append(shop.added)

    assert counts == [1, 1, 2, 2, 2]
