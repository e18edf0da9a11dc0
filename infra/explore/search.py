"""Which cases of a story are tried: all with at most two preemptions of two works, single mishaps, then random ones."""

from collections.abc import Callable, Iterator
from random import Random
from typing import get_args

from infra.explore.cases import Access, Case, Delay, Tried
from infra.interleaving.schedule import Mishap, Turn


class Unplayable(RuntimeError):
    """A story fails before anything is interleaved, or one of its interleaved steps does nothing."""


Try = Callable[[Case], Tried]
MISHAPS: tuple[Mishap, ...] = get_args(Mishap)
FUNCTIONS = ("enroll", "rollup", "feedback", "dispatch", "audience")
DELAYS = (1, 10, 60, 240)
"""Minutes: a stream's records are set aside after six hours, and stories may hold them for half an hour before."""
DELAYED = ("commerce", "engagement", "due", "feedback", "audience")


def systematic(works: int, attempt: Try) -> Iterator[tuple[Case, Tried]]:
    """One work after the other; then each pair with one and with two preemptions; then each call with each mishap."""
    case = Case()
    first = attempt(case)
    for work in range(1, works + 1):
        if not first.of(work):
            raise Unplayable(f"the interleaved step {work} makes no call")
    yield case, first
    for one in range(1, works + 1):
        for other in range(1, works + 1):
            if one != other:
                yield from _preempted(one, other, attempt)
    yield from _with_mishaps(works, first, attempt)


def _preempted(one: int, other: int, attempt: Try) -> Iterator[tuple[Case, Tried]]:
    """``one`` is stopped before each of its calls, and ``other``, which goes on, before each of its.

    From the last call to the first. A stop before a call that meets none of those that go before it now is left out:
    the same calls in the same order, as far as that matters, as with the stop after it.
    """
    whole = Case((Turn(one), Turn(other)))
    after = attempt(whole)
    yield whole, after
    alone = after.of(one)
    for before in range(len(alone) - 1, 0, -1):
        if not any(alone[before].meets(call) for call in after.of(other)):
            continue
        case = Case((Turn(one, before), Turn(other), Turn(one)))
        after = attempt(case)
        yield case, after
        yield from _twice(one, before, other, after, attempt)


def _twice(one: int, before: int, other: int, after: Tried, attempt: Try) -> Iterator[tuple[Case, Tried]]:
    window, rest = after.of(other), after.of(one)[before:]
    for during in range(len(window) - 1, 0, -1):
        if any(window[during].meets(call) for call in rest):
            case = Case((Turn(one, before), Turn(other, during), Turn(one)))
            tried = attempt(case)
            rest = tried.of(one)[before:]
            yield case, tried


def _with_mishaps(works: int, first: Tried, attempt: Try) -> Iterator[tuple[Case, Tried]]:
    """Each call that changes something meets each mishap, the works one after the other.

    Others need none: an answer of a read that is lost is asked for again, and a process that dies after a read, or
    before a write, leaves what it left after its last write.
    """
    for work in range(1, works + 1):
        earlier = [Turn(each) for each in range(1, work)]
        for number, call in enumerate(first.of(work), 1):
            for mishap in _mishaps(number, call):
                case = Case((*earlier, Turn(work, number, mishap)))
                yield case, attempt(case)


def _mishaps(number: int, call: Access) -> tuple[Mishap, ...]:
    if not call.writes:
        return ("crash_before",) if number == 1 else ()
    return ("lose_answer", "crash_after", "lose_request") if call.is_send else ("lose_answer", "crash_after")


def chance(works: int, calls: int, random: Random) -> Case:
    """A random case: many turns, some with mishaps, some functions that get events twice, some late deliveries.

    ``calls``: how many a work makes when nothing happens.
    """
    longest = max(2, calls)
    turns = []
    for _ in range(random.randint(1, 4 * works)):
        mishap = random.choice(MISHAPS) if random.random() < 0.15 else None
        turns.append(Turn(random.randint(1, works), random.randint(1, random.randint(1, longest)), mishap))
    repeated = tuple(name for name in FUNCTIONS if random.random() < 0.1)
    delays = tuple(Delay(what, random.choice(DELAYS)) for what in DELAYED if random.random() < 0.1)
    return Case(tuple(turns), repeated, delays)


def simpler(case: Case) -> Iterator[Case]:
    """Cases with one thing less, to find the least that still breaks an invariant."""
    for place in range(len(case.delays)):
        yield Case(case.turns, case.repeated, case.delays[:place] + case.delays[place + 1 :])
    for place in range(len(case.repeated)):
        yield Case(case.turns, case.repeated[:place] + case.repeated[place + 1 :], case.delays)
    for place, turn in enumerate(case.turns):
        yield Case(case.turns[:place] + case.turns[place + 1 :], case.repeated, case.delays)
        if turn.last:
            plain = Turn(turn.of, turn.calls)
            yield Case((*case.turns[:place], plain, *case.turns[place + 1 :]), case.repeated, case.delays)
