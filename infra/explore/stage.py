"""A story that was played up to its interleaved steps: each case goes on from there in a process of its own."""

import gc
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from infra.cli import main as command_line
from infra.explore.cases import Access, Case, Tried
from infra.explore.fingerprint import fingerprint
from infra.explore.forks import forked
from infra.explore.search import Unplayable
from infra.interleaving.journal import Call
from infra.interleaving.places import Place
from infra.invariants import broken
from infra.scenario.actions import RESOURCES
from infra.scenario.files import StoryFile
from infra.scenario.player import Player, opened
from infra.scenario.story import Expect, Interleave
from infra.scenario.story import Turn as StoryTurn


@dataclass(frozen=True)
class Stage:
    """Tries cases of one story. ``place`` is that of its interleaved steps."""

    player: Player
    place: int

    @property
    def works(self) -> int:
        """How many works are interleaved."""
        action: Interleave = self.player.file.story.steps[self.place].action
        return len(action.steps)

    def tried(self, case: Case, known: Collection[str]) -> Tried:
        """What comes of a case; from a state among the ``known`` ones nothing new follows."""
        return forked(lambda: self._try(case, known))

    def _try(self, case: Case, known: Collection[str]) -> Tried:
        player, machine = self.player, self.player.machine
        journal, failures = player.interleaving.gate.journal, len(machine.failures)
        before = len(journal.calls)
        for delay in case.delays:
            machine.hold(RESOURCES[delay.what], machine.clock.now() + timedelta(minutes=delay.minutes))
        action: Interleave = player.file.story.steps[self.place].action
        turns = [StoryTurn(turn.of, turn.calls, turn.last) for turn in case.turns]
        step = Interleave(action.steps, turns, [*action.repeated, *case.repeated])
        interleaved = player.interleave(step, self.place)
        made = [call for call in journal.calls[before:] if call.work is not None]
        mishaps = [f"{call.mishap} {call.operation == 'SendEmail'}" for call in made if call.mishap]
        problems, state = broken(player.seen(), at_rest=False), fingerprint(machine, failures, mishaps)
        if is_new := state not in known and not problems:
            problems += self._rest(failures, case)
        return Tried(tuple(problems), tuple(map(_access, made)), interleaved.cut, state, is_new)

    def _rest(self, failures: int, case: Case) -> list[str]:
        """Play what follows; returns what is not as it must be."""
        if case.may_lose_mails:
            for step in self.player.file.story.steps[self.place :]:
                if isinstance(step.action, Expect):
                    step.action.mails = None
        self.player.settle(failures)
        self.player.place = self.place + 1
        return self.player.play().problem


@contextmanager
def staged(file: StoryFile) -> Iterator[Stage]:
    """Inside, cases of the story can be tried. Raises ``Unplayable``."""
    place = last_interleaved(file)
    with opened(file, _run_command) as player:
        result = player.play(until=place)
        if result.problem:
            raise Unplayable(f"{file.story.name}: {'; '.join(result.problem)}")
        gc.collect()
        gc.freeze()  # so that a child does not copy what it only looks at
        try:
            yield Stage(player, place)
        finally:
            gc.unfreeze()


def last_interleaved(file: StoryFile) -> int:
    """The place of the steps that are explored: the last ones that are interleaved."""
    return max(number for number, step in enumerate(file.story.steps) if "interleave" in step.kinds)


def _access(call: Call) -> Access:
    writes = [Place(each.table, each.pk, each.sk) for each in call.writes]
    if call.service != "dynamodb":
        writes.append(Place(call.service))
    ended = call.mishap or {None: "", "ConditionalCheckFailedException": "refused"}.get(call.error, call.error)
    work = (call.work or 0) + 1
    line = f"{work} {call.function:<9} {call.operation} {call.about}{f'  ({ended})' if ended else ''}"
    return Access(work, call.reads, tuple(writes), line, is_send=call.operation == "SendEmail")


def _run_command(arguments: Sequence[str]) -> int:
    return command_line.main(arguments)
