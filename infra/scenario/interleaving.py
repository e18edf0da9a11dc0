"""The steps of a story that go on side by side."""

from collections.abc import Callable
from dataclasses import dataclass

import app
from infra.interleaving.aws import Gate
from infra.interleaving.schedule import Schedule, Turn
from infra.interleaving.turns import Turns
from infra.machine.calls import HANDLING
from infra.machine.machine import Machine
from infra.scenario.actions import BAD_GATEWAY, Actions, Reply
from infra.scenario.moments import later
from infra.scenario.story import Interleave, Step
from infra.scenario.time_checks import nested
from infra.scenario.yaml_text import Path as Place

GLOBALS = (*HANDLING, (app.app, "current_request"), (app.app, "lambda_context"))
"""What belongs to one process on AWS."""
REPEATS = 8
"""How often a sender makes a request that is answered by no function."""


@dataclass(frozen=True)
class Interleaved:
    """What came of it: the places of the turns whose steps ended early."""

    cut: frozenset[int]


@dataclass(frozen=True)
class Interleaving:
    """Does steps side by side. A request whose function crashes is repeated by its sender."""

    machine: Machine
    actions: Actions
    gate: Gate
    repeated: set[str]

    def __call__(self, step: Interleave, place: Place) -> Interleaved:
        """Do them all. Raises what one of them raises."""
        works = [self._work(work, (*place, "interleave", "steps", n)) for n, work in enumerate(step.steps)]
        self.repeated.update(step.repeated)
        schedule = Schedule([Turn(turn.of, turn.calls, turn.last) for turn in step.turns])
        turns = Turns(schedule, GLOBALS)
        with self.gate.taking(turns, schedule):
            errors = turns.run(works)
        for number in sorted(errors):
            raise errors[number]
        return Interleaved(frozenset(schedule.cut))

    def _work(self, work: Step | list[Step], place: Place) -> Callable[[], None]:
        def do() -> None:
            for inner, step in nested(work):
                if step.kinds[0] == "wait":  # nothing is handled meanwhile
                    clock = self.machine.clock
                    clock.set(later(step.action, clock.now()))
                elif step.kinds[0] == "run":  # perhaps nothing waits, after what the others did
                    self.machine.step(step.action)
                else:
                    self._sent(step, (*place, *inner))

        return do

    def _sent(self, step: Step, place: Place) -> None:
        """Do a step; a request whose function crashed is sent again, as shops' systems do."""
        for _ in range(REPEATS):
            if not _is_broken(self.actions.do(step, place)):
                return


def _is_broken(reply: Reply | None) -> bool:
    return reply is not None and reply.status == BAD_GATEWAY
