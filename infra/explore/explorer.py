"""Explores stories one after the other: systematically, and then at random until the time is over."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path
from random import Random
from time import monotonic

from infra.cli import main as command_line
from infra.explore.cases import Case, Finding, Progress, Tried
from infra.explore.scenario_text import scenario
from infra.explore.search import chance, simpler, systematic
from infra.explore.stage import Stage, staged
from infra.scenario.files import StoryFile, read
from infra.scenario.player import play

STORIES = Path(__file__).parent / "stories"
AT_A_TIME = 50
"""How many random cases of a story are tried before the next story has its turn."""
MOST_FINDINGS = 3
"""After so many different findings a story is left."""
Event = Progress | Finding


def stories(wanted: Sequence[str] = ()) -> list[StoryFile]:
    """All stories, or those whose names contain one of these texts."""
    every = [story for path in sorted(STORIES.glob("*.yaml")) for story in read(path)]
    return [each for each in every if not wanted or any(text in each.story.name for text in wanted)]


@dataclass
class Explored:
    """What is known of a story so far."""

    file: StoryFile
    states: set[str] = field(default_factory=set)
    numbers: Iterator[int] = field(default_factory=count)
    tried: int = 0
    found: dict[str, None] = field(default_factory=dict)
    is_warm: bool = False

    @property
    def is_over(self) -> bool:
        """Whether enough was found in it."""
        return len(self.found) >= MOST_FINDINGS


def explore(files: Sequence[StoryFile], seed: int, until: float, *, systematic_only: bool = False) -> Iterator[Event]:
    """Explore until ``until`` on the monotonic clock: all systematic cases, and then random ones by turns.

    Raises ``Unplayable`` for a story that fails before anything is interleaved.
    """
    every = [Explored(file) for file in files]
    for each in every:
        if monotonic() < until:
            yield from _go(each, systematically, until, is_random=False)
    while every and monotonic() < until and not systematic_only:
        every = [each for each in every if not each.is_over]
        for each in every:
            if monotonic() < until:
                yield from _go(each, partial(at_random, each, seed), until)


Cases = Callable[[Stage, Callable[[Case], Tried]], Iterator[tuple[Case, Tried]]]


def systematically(stage: Stage, attempt: Callable[[Case], Tried]) -> Iterator[tuple[Case, Tried]]:
    """All systematic cases."""
    return systematic(stage.works, attempt)


def at_random(
    known: Explored, seed: int, stage: Stage, attempt: Callable[[Case], Tried]
) -> Iterator[tuple[Case, Tried]]:
    """The next random cases of this story: the same for the same seed."""
    calls = len(attempt(Case()).calls) // stage.works
    for _ in range(AT_A_TIME):
        case = random_case(known.file.story.name, seed, next(known.numbers), stage.works, calls)
        yield case, attempt(case)


def random_case(story: str, seed: int, number: int, works: int, calls: int) -> Case:
    """A story's random case of this number."""
    return chance(works, calls, Random(f"{seed}/{story}/{number}"))  # noqa: S311 - not cryptography


def _go(known: Explored, cases: Cases, until: float, is_random: bool = True) -> Iterator[Event]:
    began, before = monotonic(), known.tried
    if not known.is_warm:
        play(known.file, command_line.main)  # imports everything once, in the parent of all attempts
        known.is_warm = True
    with staged(known.file) as stage:

        def attempt(case: Case) -> Tried:
            tried = stage.tried(case, known.states)
            known.tried += 1
            known.states.add(tried.state)
            return tried

        for case, tried in cases(stage, attempt):
            if fresh := [each for each in map(kind, tried.problems) if each not in known.found]:
                known.found |= dict.fromkeys(fresh)
                yield _finding(known, stage, case, fresh)
            if known.is_over or monotonic() >= until:
                break
    done = known.tried - before
    yield Progress(known.file.story.name, done, len(known.states), monotonic() - began, is_random)


def kind(problem: str) -> str:
    """A problem without what differs from case to case."""
    return problem.partition(":")[0]


def _finding(known: Explored, stage: Stage, case: Case, kinds: list[str]) -> Finding:
    number = known.tried
    case = simplest(case, lambda other: bool(set(kinds) & set(map(kind, stage.tried(other, ()).problems))))
    tried = stage.tried(case, ())
    text = scenario(known.file, case)
    lines = tuple(call.line for call in tried.calls)
    return Finding(known.file.story.name, case, tried.problems, lines, number, text)


def simplest(case: Case, is_broken: Callable[[Case], bool]) -> Case:
    """The case with whatever can be left out left out, while it is still broken."""
    while less := next((each for each in simpler(case) if is_broken(each)), None):
        case = less
    return case
