"""A module that mutmut has mutated, as mutmut leaves it in the module's folder."""

import json
from collections.abc import Mapping
from pathlib import Path

from infra.mutants.plan import Target
from infra.mutants.workspace import known, mutated, spans

TARGET = Target("chalicelib/domain/journeys/tiny.py", ("tests/domain",))
NAMES = {
    "chalicelib.domain.journeys.tiny.x_is_due__mutmut_1": 0,
    "chalicelib.domain.journeys.tiny.x_is_due__mutmut_2": 1,
    "chalicelib.domain.journeys.tiny.xǁRunǁends__mutmut_1": 33,
}
MODULE = '''"""Tiny."""


@_mutmut_mutated(mutants_x_is_due__mutmut)
def is_due(at, now):
    return at <= now


def x_is_due__mutmut_orig(at, now):
    return at <= now


def x_is_due__mutmut_1(at, now):
    return at < now


def x_is_due__mutmut_2(at, now):
    return at > now


class Run:
    def xǁRunǁends__mutmut_orig(self):
        return replace(
            self,
            step=None,
        )

    def xǁRunǁends__mutmut_1(self):
        return replace(
            self,
            )
'''


def judged(root: Path, codes: Mapping[str, int | None] = NAMES) -> None:
    """The module is mutated, and these exit codes of pytest are known."""
    lines = MODULE.splitlines()
    starts = [number for number, line in enumerate(lines) if "__mutmut_" in line and "def " in line]
    made = {lines[at].split("def ")[1].split("(")[0]: (at + 1, _end(lines, at)) for at in starts}
    mutated(TARGET, root).parent.mkdir(parents=True)
    mutated(TARGET, root).write_text(MODULE, "utf-8")
    spans(TARGET, root).write_text(json.dumps({"version": 1, "spans": made}), "utf-8")
    known(TARGET, root).write_text(json.dumps({"exit_code_by_key": codes, "durations_by_key": {}}), "utf-8")


def _end(lines: list[str], start: int) -> int:
    return next((at for at in range(start, len(lines)) if not lines[at]), len(lines))
