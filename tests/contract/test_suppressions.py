"""What every store of suppressed addresses does, in memory and in DynamoDB."""

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


def reason_of(stores: Stores, address_hash: str) -> str:
    from tests.fakes import FakeEngagement

    fake: object = stores.engagement
    if isinstance(fake, FakeEngagement):
        return fake.suppressions[address_hash][0]
    (item,) = stores.suppressions.stored([address_hash])
    return str(item["reason"])
