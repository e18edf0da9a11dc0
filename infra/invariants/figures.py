"""Figures: the counters are what a recount finds; nothing was reported as an error."""

from collections import Counter
from collections.abc import Iterator

from chalicelib.domain.figures.counters import counts_of, difference
from infra.invariants.seen import Seen

ALARMS = (
    *("poison record", "counters differ from the recount", "item skipped", "enrollment unreadable", "member skipped"),
)


def equal_to_a_recount(seen: Seen) -> Iterator[str]:
    """Every counter is the sum of what the items count, with what erased ones had counted."""
    counted: Counter[tuple[str, str]] = Counter(seen.parts.counters.kept())
    for _, item in seen.parts.engagement.everything():
        counted.update(counts_of(item))
    stored = {(day, name): n for day, names in seen.parts.counters.read().items() for name, n in names.items()}
    for (day, name), more in sorted(difference(stored, counted).items()):
        yield f"the counter {name} of {day}: {more:+d} by a recount"


def no_alarm(seen: Seen) -> Iterator[str]:
    """No error was logged that calls somebody, and no message was set aside for good."""
    for line in dict.fromkeys(seen.errors):
        if any(alarm in line for alarm in ALARMS):
            yield f"logged: {line}"
    if seen.dead:
        yield f"{seen.dead} messages were set aside"
