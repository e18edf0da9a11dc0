"""What every store of suppressed addresses does, in memory and in DynamoDB."""

import pytest

from chalicelib.domain.errors import Conflict
from chalicelib.domain.journeys.engagement import AddressStatus, Lifting, Suppression
from chalicelib.domain.messages.attempts import Attempt, Attempts
from tests.builders import START
from tests.contract.engines import Stores
from tests.contract.given import MINUTE


class TestSuppressions:
    def test_the_addresses_among_those_asked_for(self, stores: Stores) -> None:
        stores.suppressions.suppress("h1", "bounce", START)
        stores.suppressions.suppress("h2", "complaint", START)

        assert stores.suppressions.suppressed(["h1", "h3"]) == {"h1"}
        assert stores.suppressions.suppressed([]) == frozenset()

    def test_the_first_reason_stays(self, stores: Stores) -> None:
        stores.suppressions.suppress("h1", "bounce", START)
        stores.suppressions.suppress("h1", "complaint", START + MINUTE)

        assert reason_of(stores, "h1") == "bounce"

    def test_the_earliest_reason_stays_in_any_order(self, stores: Stores) -> None:
        stores.suppressions.suppress("h1", "complaint", START + MINUTE)

        assert stores.suppressions.suppress("h1", "bounce", START)
        assert not stores.suppressions.suppress("h1", "bounce", START)
        assert stores.suppressions.status("h1") == AddressStatus(Suppression("bounce", START))

    def test_soft_bounces_replace_no_other_reason_and_only_they_are_withdrawn(self, stores: Stores) -> None:
        stores.suppressions.suppress_softly("h1", START)
        stores.suppressions.suppress_softly("h2", START)
        stores.suppressions.suppress("h1", "bounce", START + MINUTE)

        assert not stores.suppressions.suppress_softly("h1", START)
        for each in ("h1", "h2", "h3"):
            stores.suppressions.withdraw_softly(each)
        assert stores.suppressions.suppressed(["h1", "h2", "h3"]) == {"h1"}
        assert stores.suppressions.status("h3") == AddressStatus()

    def test_what_was_before_a_lifting_does_not_suppress_again(self, stores: Stores) -> None:
        lifting = Lifting(START + MINUTE, "she called", "bounce", START)
        stores.suppressions.suppress("h1", "bounce", START)

        stores.suppressions.lift("h1", lifting)

        assert not stores.suppressions.suppress("h1", "bounce", START + MINUTE)
        assert not stores.suppressions.suppress_softly("h1", START + MINUTE)
        assert not stores.suppressions.suppress("h1", "imported", START + 9 * MINUTE, is_dated=False)
        assert stores.suppressions.suppressed(["h1"]) == frozenset()
        assert stores.suppressions.status("h1") == AddressStatus(None, lifting)
        assert stores.suppressions.suppress("h1", "complaint", START + 2 * MINUTE)
        assert stores.suppressions.status("h1") == AddressStatus(Suppression("complaint", START + 2 * MINUTE), lifting)

    def test_only_the_suppression_that_was_read_is_lifted(self, stores: Stores) -> None:
        stores.suppressions.suppress("h1", "bounce", START)

        with pytest.raises(Conflict):
            stores.suppressions.lift("h1", Lifting(START + MINUTE, "why", "complaint", START))
        with pytest.raises(Conflict):
            stores.suppressions.lift("h2", Lifting(START + MINUTE, "why", "bounce", START))

    def test_an_erasure_stays_and_keeps_no_lifting(self, stores: Stores) -> None:
        stores.suppressions.suppress("h1", "bounce", START)
        stores.suppressions.lift("h1", Lifting(START + MINUTE, "why", "bounce", START))
        stores.suppressions.forget(["h1"], START + 2 * MINUTE)

        assert not stores.suppressions.suppress("h1", "bounce", START - MINUTE)
        assert not stores.suppressions.suppress_softly("h1", START + 3 * MINUTE)
        assert stores.suppressions.status("h1") == AddressStatus(Suppression("erased", START + 2 * MINUTE))
        assert stores.suppressions.erased(["h1"]) == {"h1"}

    def test_a_lifted_suppression_is_not_in_the_recount(self, stores: Stores) -> None:
        stores.suppressions.suppress("h1", "bounce", START)
        stores.suppressions.suppress("h2", "bounce", START)
        stores.suppressions.lift("h1", Lifting(START + MINUTE, "why", "bounce", START))

        assert dict(stores.engagement.everything()) == {"h2": Suppression("bounce", START)}


class TestBounces:
    KNOWN = Attempts((Attempt("s1", START, is_refused=True), Attempt("s2", START + MINUTE, is_delivered=True)))

    def test_what_is_known_is_stored_by_version(self, stores: Stores) -> None:
        assert stores.bounces.attempts_of("h1") == (Attempts(), 0)

        stores.bounces.put_attempts("h1", self.KNOWN, 0)

        assert stores.bounces.attempts_of("h1") == (self.KNOWN, 1)
        assert stores.bounces.bouncing(["h1", "h2"]) == {"h1"}
        for version in (0, 2):
            with pytest.raises(Conflict):
                stores.bounces.put_attempts("h1", self.KNOWN, version)
        stores.bounces.put_attempts("h1", self.KNOWN, 1)
        assert stores.bounces.attempts_of("h1") == (self.KNOWN, 2)

    def test_an_address_is_forgotten(self, stores: Stores) -> None:
        stores.bounces.put_attempts("h1", self.KNOWN, 0)

        stores.bounces.forget_attempts(["h1", "h2"])

        assert stores.bounces.attempts_of("h1") == (Attempts(), 0)


def reason_of(stores: Stores, address_hash: str) -> str:
    from tests.fakes import FakeEngagement

    fake: object = stores.engagement
    if isinstance(fake, FakeEngagement):
        return fake.suppressions[address_hash][0]
    (item,) = stores.suppressions.stored([address_hash])
    return str(item["reason"])
