"""The breaker stops a journey once, looks at its last mails only, and forgets those from before it was resumed."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.figures.breaker import Mails, Pause, Resumed
from chalicelib.domain.journeys.policy import Policy
from chalicelib.services.breaker import LONGEST, Breaker
from chalicelib.services.metrics import Metric
from tests.builders import START

COMPLAINED = "hello|1|message|-|treated|mails_complained"


def counts(sent: int, complained: int = 0, journey: str = "hello") -> dict[str, int]:
    """A day's counters of a journey."""
    cell = f"{journey}|1|message|-|treated"
    return {f"{cell}|sent": sent, f"{cell}|mails_complained": complained}


@dataclass
class Counters:
    """Counters by day, and which days were read."""

    days: dict[str, dict[str, int]]
    read: list[str] = field(default_factory=list)

    def day(self, day: str) -> dict[str, int]:
        """One day's counters."""
        self.read.append(day)
        return self.days.get(day, {})


@dataclass
class Pauses:
    """Pauses by journey."""

    paused: dict[str, Pause] = field(default_factory=dict)
    resumed: dict[str, Resumed] = field(default_factory=dict)

    def stop(self, journey: str, pause: Pause) -> bool:
        """Pause a journey once."""
        is_new = journey not in self.paused
        self.paused.setdefault(journey, pause)
        return is_new

    def resume(self, journey: str, resumed: Resumed) -> None:
        """Let it go on."""
        self.resumed[journey] = resumed
        self.paused.pop(journey, None)

    def state(self, journey: str) -> tuple[Pause | None, Resumed | None]:
        """As stored."""
        return self.paused.get(journey), self.resumed.get(journey)


def day(before: int) -> str:
    """The shop's day so many days ago."""
    return (START - timedelta(days=before)).date().isoformat()


@pytest.fixture
def emitted() -> list[tuple[Metric, int]]:
    """The metrics that were reported."""
    return []


def a_breaker(days: dict[str, dict[str, int]], emitted: list[Any], zone: str = "UTC") -> tuple[Breaker, Any, Any]:
    """A breaker over these days, with its counters and pauses."""
    counters: Any = Counters(days)
    pauses: Any = Pauses()
    return (
        Breaker(counters, pauses, Policy(zone=zone), lambda: START, lambda *each: emitted.append(each)),
        counters,
        pauses,
    )


def test_a_journey_is_stopped_once(emitted: list[Any]) -> None:
    breaker, _, pauses = a_breaker({day(0): counts(10, 2), day(1): counts(100, 1)}, emitted)

    breaker([COMPLAINED, "hello|1|message|-|treated|sent"])
    breaker([COMPLAINED])

    assert pauses.state("hello")[0] == Pause(START, "complaints", Mails(110, 3))
    assert emitted == [(Metric.JOURNEYS_STOPPED, 1)]


def test_nothing_is_read_while_nobody_complains(emitted: list[Any]) -> None:
    breaker, counters, pauses = a_breaker({day(0): counts(10, 9)}, emitted)

    breaker(["hello|1|message|-|treated|sent", "hello|1|message|-|treated|complained", "orders|USD"])

    assert counters.read == []
    assert pauses.state("hello")[0] is None


def test_only_days_with_its_last_mails_are_read_and_each_once(emitted: list[Any]) -> None:
    today = counts(2000, 1) | counts(3, 3, journey="goodbye")
    breaker, counters, pauses = a_breaker({day(0): today, day(1): counts(10, 10)}, emitted)

    breaker([COMPLAINED, COMPLAINED.replace("hello", "goodbye")])

    assert list(pauses.paused) == ["goodbye"]
    assert counters.read == [day(before) for before in range(LONGEST)]


def test_mails_from_before_it_was_resumed_do_not_count(emitted: list[Any]) -> None:
    breaker, counters, pauses = a_breaker({day(0): counts(10, 3), day(1): counts(10, 10)}, emitted)
    breaker([COMPLAINED])

    breaker.resume("hello")
    counters.days[day(0)] = counts(15, 9)
    breaker([COMPLAINED])

    assert pauses.state("hello") == (None, Resumed(day(0)))

    pauses.resumed["hello"] = Resumed(day(1))
    breaker([COMPLAINED])

    assert pauses.state("hello")[0] == Pause(START, "complaints", Mails(15, 9))


def test_who_paused_it_by_hand_before_it_stopped_itself_is_no_worse_off(emitted: list[Any]) -> None:
    breaker, _, pauses = a_breaker({day(0): counts(10, 2)}, emitted)
    pauses.stop("hello", Pause(START))

    breaker.resume("hello")

    assert pauses.state("hello") == (None, Resumed(day(0)))


def test_a_day_is_the_shop_s(emitted: list[Any]) -> None:
    breaker, _, pauses = a_breaker({"2026-03-03": counts(3, 3)}, emitted, zone="Pacific/Kiritimati")

    breaker([COMPLAINED])

    assert pauses.state("hello")[0] == Pause(START, "complaints", Mails(3, 3))
