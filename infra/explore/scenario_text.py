"""A case as a scenario: the story with its turns, what is repeated, and what is read late."""

from collections.abc import Mapping
from typing import Any

import yaml

from infra.explore.cases import Case
from infra.explore.stage import last_interleaved
from infra.scenario.actions import RESOURCES
from infra.scenario.files import StoryFile

MOST = 100_000
"""Characters in a line: each step is one line."""
STREAMS = frozenset(name for name, resource in RESOURCES.items() if resource.endswith("Table"))


def scenario(file: StoryFile, case: Case) -> str:
    """The text of a story that does just this; ``rekindle scenario`` plays it."""
    place = last_interleaved(file)
    steps = [_expected(step, case) for step in file.document.value["steps"]]
    steps[place] = {"interleave": _interleaved(steps[place]["interleave"], case)}
    late = [_lag(delay.what, delay.minutes) for delay in case.delays]
    head = {name: value for name, value in file.document.value.items() if name != "steps"}
    lines = [f"{name}: {_in_a_line(value)}" for name, value in head.items()]
    steps = [*steps[:place], *late, *steps[place:]]
    return "\n".join([*lines, "steps:", *(f"  - {_in_a_line(step)}" for step in steps)]) + "\n"


def _in_a_line(value: Any) -> str:
    text: str = yaml.safe_dump(value, default_flow_style=True, sort_keys=False, allow_unicode=True, width=MOST)
    return text.removesuffix("\n...\n").rstrip("\n")


def _interleaved(step: Mapping[str, Any], case: Case) -> dict[str, Any]:
    found = dict(step)
    if case.turns:
        turns = [{"of": turn.of, "calls": turn.calls, "last": turn.last} for turn in case.turns]
        found["turns"] = [{name: value for name, value in turn.items() if value is not None} for turn in turns]
    if case.repeated:
        found["repeated"] = [*step.get("repeated", ()), *case.repeated]
    return found


def _expected(step: Mapping[str, Any], case: Case) -> Mapping[str, Any]:
    if "invariants" not in step.get("expect", ()) or not case.may_lose_mails:
        return step
    return {**step, "expect": {name: value for name, value in step["expect"].items() if name != "mails"}}


def _lag(what: str, minutes: int) -> dict[str, Any]:
    return {"lag": {"stream" if what in STREAMS else "queue": what, "for": f"{minutes}m"}}
