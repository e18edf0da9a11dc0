"""What is known of each mutant of a module: killed by a test, survived, explained, or not judged yet."""

import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from pathlib import Path
from typing import Any

from infra.mutants.explained import Explanation
from infra.mutants.plan import Target
from infra.mutants.workspace import ROOT, known, mutated, spans

KILLED = frozenset({1, 3})
"""Exit codes of pytest under a mutant: a test failed, or pytest itself did."""
TIMED_OUT = frozenset({-24, 24, 36, 152, 255})
SURVIVED = frozenset({0, 5, 33})
"""All tests passed, or no test comes to the mutated function."""
_NAME = re.compile(r"x_?(?P<function>.+?)__mutmut_\d+$")


class Fate(StrEnum):
    """What became of a mutant."""

    KILLED = "killed"
    SURVIVED = "survived"
    EXPLAINED = "explained"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change of one function. ``was`` and ``became`` are the lines that differ, without indentation."""

    function: str
    was: str
    became: str
    fate: Fate


def mutants(target: Target, explanations: Iterable[Explanation] = (), root: Path = ROOT) -> tuple[Mutant, ...]:
    """All mutants of a module; empty as long as none was made."""
    if not (codes := _codes(target, root)):
        return ()
    read = _Reader(target, root)
    why = {(each.function, each.was, each.became) for each in explanations if each.module == target.module}
    return tuple(_mutant(name.rpartition(".")[2], code, read, why) for name, code in codes.items())


def fates(target: Target, root: Path = ROOT) -> Counter[Fate]:
    """How many mutants became what, the explained among those that survived."""
    return Counter(map(_fate, _codes(target, root).values()))


def reopen(target: Target, root: Path = ROOT) -> None:
    """Let all but the killed be judged again: a test may have been added, or the run was stopped at them.

    What mutmut was writing when it was killed is forgotten, with the mutants themselves: it makes both again.
    """
    path = known(target, root)
    if not path.exists():
        return
    try:
        data: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except json.JSONDecodeError:
        path.unlink()
        mutated(target, root).unlink(missing_ok=True)
        return
    codes: dict[str, int | None] = data["exit_code_by_key"]
    data["exit_code_by_key"] = {name: code if code in KILLED else None for name, code in codes.items()}
    path.write_text(json.dumps(data, indent=4), "utf-8")


def _codes(target: Target, root: Path) -> dict[str, int | None]:
    path = known(target, root)
    found: dict[str, int | None] = json.loads(path.read_text("utf-8"))["exit_code_by_key"] if path.exists() else {}
    return found


def _fate(code: int | None) -> Fate:
    if code in KILLED | TIMED_OUT:
        return Fate.KILLED
    return Fate.SURVIVED if code in SURVIVED else Fate.OPEN


def _mutant(name: str, code: int | None, read: "_Reader", why: set[tuple[str, str, str]]) -> Mutant:
    found = _NAME.match(name)
    if not found:
        raise ValueError(f"{name} is no name of a mutant")
    function, fate = found["function"].strip("ǁ").replace("ǁ", "."), _fate(code)
    if fate is not Fate.SURVIVED:
        return Mutant(function, "", "", fate)
    was, became = read.difference(name)
    return Mutant(function, was, became, Fate.EXPLAINED if (function, was, became) in why else fate)


class _Reader:
    """Reads single mutants out of a mutated module."""

    def __init__(self, target: Target, root: Path) -> None:
        self._lines = mutated(target, root).read_text("utf-8").splitlines()
        self._spans: dict[str, tuple[int, int]] = json.loads(spans(target, root).read_text("utf-8"))["spans"]

    def difference(self, name: str) -> tuple[str, str]:
        """The lines of the original that the mutant replaces, and those it puts there."""
        old, new = self._body(re.sub(r"\d+$", "orig", name)), self._body(name)
        changes = [each for each in SequenceMatcher(None, old, new, autojunk=False).get_opcodes() if each[0] != "equal"]
        was = [line for _, start, end, _, _ in changes for line in old[start:end]]
        became = [line for _, _, _, start, end in changes for line in new[start:end]]
        return "\n".join(was), "\n".join(became)

    def _body(self, name: str) -> list[str]:
        """The function's lines, without indentation, under its own name."""
        first, last = self._spans[name]
        own = name.partition("__mutmut_")[0].removeprefix("x_").rpartition("ǁ")[2]
        lines = (line.strip() for line in self._lines[first - 1 : last])
        return [line.replace(name, own) for line in lines if line]
