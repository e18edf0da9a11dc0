"""What every store of pauses does, in memory and in DynamoDB."""

from chalicelib.domain.figures.breaker import Mails, Pause, Resumed
from tests.builders import START
from tests.contract.engines import Stores

STOPPED = Pause(START, "complaints", Mails(1000, 3, 1))


class TestPauses:
    def test_a_journey_that_is_paused_keeps_its_pause(self, stores: Stores) -> None:
        assert stores.pauses.stop("hello", STOPPED)
        assert not stores.pauses.stop("hello", Pause())

        assert stores.pauses.state("hello") == (STOPPED, None)
        assert stores.pauses.of_journeys(["hello", "goodbye"]) == {"hello": STOPPED}

    def test_a_journey_that_is_resumed_keeps_when(self, stores: Stores) -> None:
        resumed = Resumed("2026-03-02")
        stores.pauses.stop("hello", STOPPED)

        stores.pauses.resume("hello", resumed)

        assert stores.pauses.state("hello") == (None, resumed)
        assert stores.pauses.of_journeys(["hello"]) == {}
        assert stores.pauses.stop("hello", Pause())
        assert stores.pauses.state("hello") == (Pause(), resumed)
