"""``python -m infra.machine.measure_patches``: how much more the same story costs without each patch of moto.

The story is run with all patches and with one left out, in turns, and the medians of their CPU times are compared: a
ratio within one run, on one machine. A first story, which imports and compiles, is not counted. One more run of each
counts the function calls, which are the same on a busy machine.
"""

import argparse
import os
import platform
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import redirect_stdout
from cProfile import Profile
from io import StringIO
from statistics import median
from time import process_time

from infra.machine.engines.moto import patches
from infra.machine.story import story
from infra.scoped.changes import environment

CHOICES = ("all", *patches.SWITCHABLE, "none")


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a table in Markdown; returns 0."""
    parser = argparse.ArgumentParser(prog="python -m infra.machine.measure_patches", description=__doc__)
    parser.add_argument("--customers", type=int, default=200, help="in the story (default: 200)")
    parser.add_argument("--rounds", type=int, default=3, help="how often each is run (default: 3)")
    parser.add_argument("--only", choices=CHOICES[1:], action="append", help="only this patch; repeat it for more")
    chosen = parser.parse_args(arguments)
    figures = measured(("all", *(chosen.only or CHOICES[1:])), chosen.customers, chosen.rounds)
    print("\n".join(table(figures, chosen.customers, chosen.rounds)))
    return 0


def measured(choices: Sequence[str], customers: int, rounds: int) -> dict[str, tuple[float, int]]:
    """By the value of the variable: the story's CPU seconds, medians of interleaved rounds, and its function calls."""
    _seconds("all", 1)
    times: dict[str, list[float]] = {choice: [] for choice in choices}
    for number in range(1, rounds + 1):
        for choice in choices:
            print(f"round {number} of {rounds}: {choice}", file=sys.stderr, flush=True)
            times[choice].append(_seconds(choice, customers))
    return {choice: (median(each), _calls(choice, customers)) for choice, each in times.items()}


def table(figures: Mapping[str, tuple[float, int]], customers: int, rounds: int) -> Iterator[str]:
    """The lines of the table: what is left out, its CPU seconds, and the ratios to those with all patches."""
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}"
    yield f"{customers} customers, medians of {rounds} rounds, {machine}"
    yield ""
    yield "| `REKINDLE_MOTO_PATCHES` | CPU seconds | ratio | function calls, ratio |"
    yield "|---|---:|---:|---:|"
    usual_seconds, usual_calls = figures["all"]
    for choice, (seconds, calls) in figures.items():
        yield f"| `{choice}` | {seconds:.2f} | {seconds / usual_seconds:.2f} | {calls / usual_calls:.2f} |"


def _seconds(choice: str, customers: int) -> float:
    with environment({patches.VARIABLE: choice}), redirect_stdout(StringIO()):
        begin = process_time()
        story(customers)
        return process_time() - begin


def _calls(choice: str, customers: int) -> int:
    """The number of calls of Python functions in the story."""
    profile = Profile()
    with environment({patches.VARIABLE: choice}), redirect_stdout(StringIO()):
        profile.runcall(story, customers)
    return sum(entry.callcount for entry in profile.getstats())


if __name__ == "__main__":
    sys.exit(main())
