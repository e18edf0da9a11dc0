"""Plays one story on the local machine, step by step, until its end or the first failure."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from tempfile import TemporaryDirectory

import app
import workflows
from chalicelib.domain.errors import Ambiguous, Conflict, InvalidSetting, Unavailable
from chalicelib.domain.journeys.registry import Journeys
from infra.interleaving.aws import Gate
from infra.interleaving.journal import Journal
from infra.invariants import Seen, broken
from infra.machine.clock import VirtualClock
from infra.machine.error_log import collected_errors
from infra.machine.inbox import AcceptedMail
from infra.machine.lambda_context import Crash
from infra.machine.machine import Machine
from infra.scenario import answers, expecting
from infra.scenario.actions import Actions, Reply, RunCommand
from infra.scenario.faults import Faults
from infra.scenario.files import StoryFile
from infra.scenario.interleaving import Interleaved, Interleaving
from infra.scenario.mails import NoSuchMail
from infra.scenario.moments import WrongTime
from infra.scenario.story import Answer, Expect, Interleave, Step
from infra.scoped.changes import environment
from infra.stack import deployed

EXPECTED_OF_FAULTS = (Crash, Unavailable, Conflict)
"""The errors with which functions fail when calls to AWS do."""


@dataclass(frozen=True)
class Played:
    """One step that was played; ``answer`` is None for a step that nothing answers. ``at`` is UTC."""

    line: int
    kind: str
    at: datetime
    answer: Reply | None


@dataclass
class Result:
    """What came of a story. ``problem`` is empty if all was as expected; its lines explain the first difference."""

    file: StoryFile
    played: list[Played] = field(default_factory=list)
    mails: list[AcceptedMail] = field(default_factory=list)
    outcomes: dict[str, list[str]] = field(default_factory=dict)
    figures: dict[str, float | None] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    failed: tuple[int, int, str] | None = None
    problem: list[str] = field(default_factory=list)

    @property
    def is_as_expected(self) -> bool:
        """Whether nothing differs."""
        return not self.problem


class _Failed(Exception):
    """A step was not as expected."""

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__(lines[0])
        self.lines = list(lines)


def play(file: StoryFile, run_command: RunCommand) -> Result:
    """Play a story. ``run_command`` runs a command of ``rekindle`` with these arguments, and returns its status.

    Raises ``StoryFault`` for what turns out to be wrong with the file itself.
    """
    with opened(file, run_command) as player:
        return player.play()


@contextmanager
def opened(file: StoryFile, run_command: RunCommand) -> Iterator["Player"]:
    """Inside, a story is ready to be played: see ``play``."""
    result = Result(file)
    repeated: set[str] = set()
    with ExitStack() as undo:
        undo.enter_context(environment({}, hidden=deployed.VARIABLE))  # commands are about this machine only
        result.errors = undo.enter_context(collected_errors(alone=True)).found
        machine = undo.enter_context(_machine(file, repeated))
        gate = Gate(Journal())
        faults = Faults(machine.clock.now, gate.met)
        undo.enter_context(faults.made())
        if any(_is_judged(step) for step in file.story.steps):
            undo.enter_context(gate.closed())
        _check_settings(file)
        folder = undo.enter_context(TemporaryDirectory())
        actions = Actions(file, machine, faults, folder, run_command)
        yield Player(file, machine, actions, faults, result, Interleaving(machine, actions, gate, repeated))


def _is_judged(step: Step) -> bool:
    """Whether a step needs all calls: functions go on side by side, or the invariants are looked at."""
    return "interleave" in step.kinds or (isinstance(step.action, Expect) and step.action.invariants is not None)


def _machine(file: StoryFile, repeated: Collection[str]) -> Machine:
    story = file.story
    settings = {name: str(value) for name, value in story.settings.items()}
    lanes = settings.get("LANES", "4")
    return Machine(
        VirtualClock(file.begin),
        lanes=int(lanes) if lanes.isdecimal() else 4,
        settings=settings,
        secrets=story.secrets,
        shards=story.shards,
        redeliver=lambda function, event: int(function in repeated),
        journeys=lambda languages: _registered(file, languages),
    )


def _registered(file: StoryFile, languages: Sequence[str]) -> Journeys:
    """The story's journeys, without their holdouts unless it keeps them."""
    found = workflows.registered(languages, only=file.story.journeys)
    if file.story.holdout == "keep":
        return found
    return Journeys.of((replace(journey, holdout=0.0) for journey in found.versions.values()), found.folder)


def _check_settings(file: StoryFile) -> None:
    try:
        _ = app.parts.settings
    except InvalidSetting as error:
        raise file.setting_fault(("settings",), error) from None


class Player:
    """Plays the steps of one story."""

    def __init__(
        self,
        file: StoryFile,
        machine: Machine,
        actions: Actions,
        faults: Faults,
        result: Result,
        interleaving: Interleaving,
    ) -> None:
        self.file, self.machine, self.result, self.interleaving = file, machine, result, interleaving
        self._actions, self._faults = actions, faults
        self.place = 0
        """The number of steps that were played."""
        self._expected = 0
        """How many mails an expectation has seen."""

    def play(self, until: int | None = None) -> Result:
        """Play the following steps to the end, or until so many were played; stops at the first failure."""
        steps = self.file.story.steps
        try:
            while self.place < (len(steps) if until is None else until):
                self._step(self.place, steps[self.place])
                self.place += 1
            if self.place == len(steps):
                self._check_faults()
        except _Failed as failed:
            place = min(self.place, len(steps) - 1)
            self.result.failed = (place + 1, self.file.line(place), steps[place].kinds[0])
            self.result.problem = failed.lines
        self.result.mails = list(self.machine.inbox)
        self.result.outcomes = self._actions.outcomes()
        self.result.figures = self._actions.figures()
        return self.result

    def interleave(self, step: Interleave, number: int) -> Interleaved:
        """Do the steps side by side of the story's step ``number``, from 0, without anything that follows from them."""
        return self.interleaving(step, ("steps", number))

    def broken(self) -> list[str]:
        """Which invariants do not hold now."""
        return broken(self.seen())

    def seen(self) -> Seen:
        """What the invariants are judged by."""
        machine, journal = self.machine, self.interleaving.gate.journal
        now, queues = machine.clock.now(), machine.stack.queues
        return Seen(app.parts, list(machine.inbox), journal, now, self.result.errors, queues)

    def _step(self, place: int, step: Step) -> None:
        failures, at = len(self.machine.failures), self.machine.clock.now()
        answer = None
        try:
            if isinstance(step.action, Expect):
                self._expect(step.action)
            elif isinstance(step.action, Interleave):
                self.interleave(step.action, place)
            else:
                answer = self._actions.do(step, ("steps", place))
        except NoSuchMail as error:
            raise _Failed([str(error)]) from None
        except (WrongTime, Ambiguous) as error:
            raise self.file.fault(("steps", place, step.kinds[0]), str(error)) from None
        self.result.played.append(Played(self.file.line(place), step.kinds[0], at, answer))
        if answer is not None and (lines := list(answers.differences(step.answer or Answer(), answer))):
            raise _Failed(["answer:", *lines])
        self.settle(failures)

    def settle(self, failures: int) -> None:
        """Let everything follow from a step; ``failures``: how many functions had failed before it."""
        self.machine.pump()
        self._check_functions(failures)

    def _expect(self, expect: Expect) -> None:
        new = self.machine.inbox.mails[self._expected :]
        self._expected = len(self.machine.inbox)
        found = expecting.differences(expect, new, app.parts, self.machine.clock.now())
        lines = [line for each in found for line in each]
        if expect.invariants:
            lines += self.broken()
        if lines:
            raise _Failed(lines)

    def _check_functions(self, before: int) -> None:
        """A function must not fail, except by a fault of the story."""
        for failure in self.machine.failures[before:]:
            error = failure.error.__cause__ or failure.error
            is_disturbed = bool(self._faults.all) or any("interleave" in step.kinds for step in self.file.story.steps)
            if not (is_disturbed and isinstance(failure.error, EXPECTED_OF_FAULTS)):
                raise _Failed([f"the function {failure.function} failed: {type(error).__name__}"])

    def _check_faults(self) -> None:
        for active in self._faults.all:
            if not active.happened and not active.fault.optional:
                raise _Failed([f"the fault of line {active.line} never happened: {active.seen} calls were as it says"])
