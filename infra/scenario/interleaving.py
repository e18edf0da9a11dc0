"""The steps of a story that go on side by side."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import app
from infra.interleaving.aws import Gate
from infra.interleaving.schedule import Schedule, Turn
from infra.interleaving.turns import Turns
from infra.machine.calls import HANDLING
from infra.machine.machine import Machine
from infra.scenario.actions import BAD_GATEWAY, Actions, Reply
from infra.scenario.moments import duration
from infra.scenario.story import Interleave, Step

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

    def __call__(self, step: Interleave, line: int) -> Interleaved:
        """Do them all. Raises what one of them raises."""
        self.repeated.update(step.repeated)
        schedule = Schedule([Turn(turn.of, turn.calls, turn.last) for turn in step.turns])
        turns = Turns(schedule, GLOBALS)
        with self.gate.taking(turns, schedule):
            errors = turns.run([self._work(work, line) for work in step.steps])
        for number in sorted(errors):
            raise errors[number]
        return Interleaved(frozenset(schedule.cut))

    def _work(self, work: Step | list[Step], line: int) -> Callable[[], None]:
        steps: Sequence[Step] = work if isinstance(work, list) else [work]

        def do() -> None:
            for step in steps:
                if step.kinds[0] == "wait":  # nothing is handled meanwhile
                    clock = self.machine.clock
                    clock.set(clock.now() + duration(step.action))
                elif step.kinds[0] == "run":  # perhaps nothing waits, after what the others did
                    self.machine.step(step.action)
                else:
                    self._sent(step, line)

        return do

    def _sent(self, step: Step, line: int) -> None:
        """Do a step; a request whose function crashed is sent again, as shops' systems do."""
        for _ in range(REPEATS):
            if not _is_broken(self.actions.do(step, line)):
                return


def _is_broken(reply: Reply | None) -> bool:
    return reply is not None and reply.status == BAD_GATEWAY
