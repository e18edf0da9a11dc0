"""The invariants of the whole system, judged by what was called and what is stored."""

from collections.abc import Callable, Iterator

from infra.invariants import credits, figures, people, runs, sends
from infra.invariants.seen import Seen

Invariant = Callable[[Seen], Iterator[str]]
ALWAYS: tuple[Invariant, ...] = (
    sends.once,
    sends.none_after_what_forbids_it,
    sends.within_caps,
    sends.within_caps_at_an_address,
    sends.in_the_history,
    runs.in_the_index,
)
"""What holds at every moment."""
AT_REST: tuple[Invariant, ...] = (
    sends.none_given_up_untried,
    runs.none_lost,
    runs.none_forgotten,
    runs.each_decided_once,
    runs.bounded,
    people.nothing_left_of_the_erased,
    people.no_address_in_keys_and_links,
    people.everything_with_who_they_are_now,
    credits.worth_what_orders_bring,
    credits.totals_of_credits,
    credits.nothing_left_to_credit,
    figures.equal_to_a_recount,
    figures.no_alarm,
)
"""What holds besides when all streams, queues and reports are handled."""

__all__ = ["ALWAYS", "AT_REST", "Seen", "broken"]


def broken(seen: Seen, *, at_rest: bool = True) -> list[str]:
    """What does not hold, in words; ``at_rest``: everything that was waiting is handled."""
    every = (*ALWAYS, *AT_REST) if at_rest else ALWAYS
    return [f"{each.__name__.replace('_', ' ')}: {problem}" for each in every for problem in each(seen)]
