"""``make mutants``, ``python -m infra.mutants``: change what decides in many small ways; a test should notice each."""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from infra.mutants import report
from infra.mutants.explained import explanations
from infra.mutants.plan import Target, chosen, targets
from infra.mutants.results import Fate, mutants
from infra.mutants.run import MUTMUT, run
from infra.mutants.workspace import ROOT
from infra.terminal.console import following, output, say
from infra.terminal.status import exit_status

EXAMPLES = """examples:
  make mutants                                 every module, about an hour on two cores; Ctrl-C and go on later
  make mutants ARGS=engine                     one module
  make mutants ARGS="figures --survivors"      a folder, and what survived there
  make mutants ARGS=--report                   what is known so far; runs nothing

A killed mutant stays killed until its function changes, or --fresh. The others are judged again each time.
Exit status: 0; 1: a mutant survived that infra/mutants/explained.toml does not explain, or is open; 130: Ctrl-C.
"""


def main(arguments: Sequence[str] | None = None, *, root: Path = ROOT, program: tuple[str, ...] = MUTMUT) -> int:
    """Judge, print the table, and return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m infra.mutants", description=__doc__, epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("module", nargs="*", help="engine, journeys/engine, figures (a folder) ...; default: all")
    parser.add_argument("--report", action="store_true", help="run nothing: print what is known so far")
    parser.add_argument("--survivors", action="store_true", help="print the survivors that are not explained, too")
    parser.add_argument("--fresh", action="store_true", help="forget what is known: judge the killed again as well")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes side by side (%(default)s)")
    parser.add_argument("--json", action="store_true", help="print JSON instead, with the survivors")
    choice = parser.parse_args(arguments)
    return exit_status(lambda: _main(choice, root, program))


def _main(choice: argparse.Namespace, root: Path, program: tuple[str, ...]) -> int:
    wanted = chosen(choice.module, targets())
    try:
        if not choice.report:
            _judge(wanted, choice, root, program)
    finally:  # after Ctrl-C, too
        is_clean = _show(wanted, choice, root)
    return 0 if is_clean else 1


def _judge(wanted: Sequence[Target], choice: argparse.Namespace, root: Path, program: tuple[str, ...]) -> None:
    for number, target in enumerate(wanted, 1):
        say(f"{target.name} ({number} of {len(wanted)})")
        with following() as follow:
            run(target, follow, workers=choice.workers, fresh=choice.fresh, root=root, program=program)


def _show(wanted: Sequence[Target], choice: argparse.Namespace, root: Path) -> bool:
    why = explanations()
    results = {target: mutants(target, why, root) for target in wanted}
    if choice.json:
        print(json.dumps(report.as_json(results), indent=2, ensure_ascii=False))
    else:
        if choice.survivors:
            print("\n".join(report.differences(results)))
        output().print(report.table(results))
    fates = [mutant.fate for found in results.values() for mutant in found]
    return all(results.values()) and Fate.SURVIVED not in fates and Fate.OPEN not in fates


if __name__ == "__main__":
    sys.exit(main())
