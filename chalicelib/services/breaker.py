"""Stop a journey about whose mails too many complain, or of whose mails too many bounce, until somebody resumes it."""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from chalicelib.domain.figures.breaker import Mails, Pause, Resumed, last_mails
from chalicelib.domain.figures.counters import MAILS_BOUNCED, MAILS_COMPLAINED, Cell
from chalicelib.domain.journeys.policy import Policy
from chalicelib.domain.time import local_date
from chalicelib.services.metrics import Emit, Metric, emit_nothing
from chalicelib.services.ports import CounterStore, PauseStore

log = logging.getLogger("rekindle.breaker")
LONGEST = 60
"""Days that are looked at, if the journey sent few mails."""
CountsOf = Callable[[str], Mapping[str, int]]
"""The counters of a day."""


@dataclass(frozen=True)
class Breaker:
    """Judges journeys by the counters."""

    counters: CounterStore
    pauses: PauseStore
    policy: Policy
    clock: Callable[[], datetime]
    emit: Emit = emit_nothing

    def __call__(self, counted: Iterable[str]) -> None:
        """Judge the journeys of those of these counters that count complaints or bounces."""
        names = (name for name in counted if name.endswith((f"|{MAILS_COMPLAINED}", f"|{MAILS_BOUNCED}")))
        judged = sorted({Cell.parse(name).journey for name in names})
        if not judged:
            return
        counts_of = cache(self.counters.day)  # of two journeys that are judged at once, too
        for journey in judged:
            self._judge(journey, counts_of)

    def _judge(self, journey: str, counts_of: CountsOf) -> None:
        pause, resumed = self.pauses.state(journey)
        if pause is not None:
            return
        mails = last_mails(self._by_day(journey, resumed, counts_of))
        reason = mails.excess
        if reason and self.pauses.stop(journey, Pause(self.clock(), reason, mails)):
            log.warning("journey stopped", extra={"journey": journey, "detail": mails.in_words(reason)})
            self.emit(Metric.JOURNEYS_STOPPED, 1)

    def resume(self, journey: str) -> None:
        """Let a journey send again that was stopped or paused; what it sent before is not held against it any more."""
        self.pauses.resume(journey, Resumed(self._day(0)))

    def _by_day(self, journey: str, resumed: Resumed | None, counts_of: CountsOf) -> Iterator[Mails]:
        for before in range(LONGEST):
            day = self._day(before)
            if resumed and day <= resumed.day:
                return
            yield Mails.counted(journey, counts_of(day))

    def _day(self, before: int) -> str:
        return (local_date(self.clock(), self.policy.zone) - timedelta(days=before)).isoformat()
