"""Warnings about journeys whose fixed waits stand closer than the shop's frequency caps allow."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from chalicelib import config
from chalicelib.domain.facts.consent import Purpose
from chalicelib.domain.journeys.journey import Journey, Send, Wait
from chalicelib.domain.journeys.policy import Cap
from chalicelib.domain.journeys.steps import inside
from infra.package.packaged import merge_template
from infra.terminal.problem import Problem

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True)
class _Clock:
    """A planned time: so long after ``base``; times after another base cannot be compared."""

    base: str = "trigger"
    elapsed: timedelta = timedelta(0)

    def after(self, wait: Wait) -> "_Clock":
        """The time after a wait; a wait until a local time, an event, or a function's moment is a base of its own."""
        if not isinstance(wait.until, timedelta) or not isinstance(wait.since, str | None):
            return _Clock(f"the wait {wait.name!r}")
        if wait.since is None:
            return _Clock(self.base, self.elapsed + wait.until)
        passed = self.elapsed if wait.since == self.base else timedelta(0)
        return _Clock(wait.since, max(passed, wait.until))


_Planned = tuple[tuple[str, _Clock], ...]


def configured_caps(environment: Mapping[str, str] = os.environ) -> tuple[Cap, ...]:
    """The frequency caps of the setting FREQUENCY_CAPS, else the template's default; raises ``Problem``."""
    text = environment.get("FREQUENCY_CAPS") or str(merge_template()["Parameters"]["FrequencyCaps"]["Default"])
    try:
        return config.caps_of(text)
    except ValueError as error:
        raise Problem(f"FREQUENCY_CAPS: {error}") from None


def warnings(journey: Journey, caps: Sequence[Cap]) -> list[str]:
    """A sentence for each message of advertising that a cap defers or leaves out if every mail goes as planned."""
    if journey.purpose is not Purpose.MARKETING:
        return []
    found = _walk(journey, journey.steps[0].name, _Clock(), (), caps)
    return list(dict.fromkeys(f"journey {journey.key!r}: {warning}" for warning in found))


def _walk(journey: Journey, name: str | None, clock: _Clock, sent: _Planned, caps: Sequence[Cap]) -> Iterator[str]:
    """The warnings from the step ``name`` on, on each path, after what was ``sent``."""
    if name is None:
        return
    step, following = journey.plan[name]
    if ways := inside(step):
        for steps in ways:
            yield from _walk(journey, steps[0].name if steps else following, clock, sent, caps)
        return
    if isinstance(step, Wait):
        clock = clock.after(step)
    elif isinstance(step, Send):
        yield from _too_close(step, clock, sent, caps)
        sent = (*sent, (step.name, clock))
    yield from _walk(journey, following, clock, sent, caps)


def _too_close(send: Send, clock: _Clock, sent: _Planned, caps: Sequence[Cap]) -> Iterator[str]:
    for cap in caps:
        recent = [
            (name, clock.elapsed - at.elapsed)
            for name, at in sent
            if at.base == clock.base and clock.elapsed - at.elapsed < cap.window
        ]
        if len(recent) < cap.limit:
            continue
        earlier, gap = recent[-cap.limit]
        missing = cap.window - gap
        result = f"it is deferred by {_words(missing)}" if missing <= send.capped.limit else "it is left out"
        yield (
            f"step {send.name!r} is planned {_words(gap)} after {earlier!r}, and the cap of {cap.limit} in "
            f"{_words(cap.window)} does not allow that: {result}"
        )


def _words(duration: timedelta) -> str:
    """A duration in whole days, or in hours.

    >>> _words(timedelta(days=2)), _words(timedelta(hours=1)), _words(timedelta(minutes=90))
    ('2 days', '1 hour', '1.5 hours')
    """
    unit, name = (DAY, "day") if duration % DAY == timedelta(0) and duration > DAY else (HOUR, "hour")
    number = round(duration / unit, 2)
    return f"{number:g} {name}{'' if number == 1 else 's'}"
