"""The outcome as a table of 80 columns, as JSON, and the survivors as differences."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.table import Table

from infra.mutants.plan import Target
from infra.mutants.results import Fate, Mutant
from infra.terminal import figures

Results = Mapping[Target, Sequence[Mutant]]
COLUMNS = ("mutants", "killed", "explained", "survived", "open", "share")


def table(results: Results) -> Table:
    """One row a module, and all of them together; a module of which nothing is known has dashes."""
    made = figures.table("module", *COLUMNS)
    made.collapse_padding = True
    counts = {target: Counter(mutant.fate for mutant in found) for target, found in results.items()}
    for target, fates in counts.items():
        made.add_row(target.name, *_row(fates))
    made.add_section()
    made.add_row("all", *_row(sum(counts.values(), Counter())))
    return made


def _row(fates: Counter[Fate]) -> Iterator[str]:
    yield f"{fates.total():,}"
    yield from (f"{fates[fate]:,}" for fate in (Fate.KILLED, Fate.EXPLAINED, Fate.SURVIVED, Fate.OPEN))
    share = killed_share(fates)
    yield figures.NOTHING if share is None else f"{share:.1%}"


def killed_share(fates: Counter[Fate]) -> float | None:
    """Killed mutants, of all that were judged; None if none was."""
    judged = fates.total() - fates[Fate.OPEN]
    return fates[Fate.KILLED] / judged if judged else None


def as_json(results: Results) -> list[dict[str, Any]]:
    """For programs: of each module the counts, the share, and every survivor."""
    return [_module(target, found) for target, found in results.items()]


def _module(target: Target, found: Sequence[Mutant]) -> dict[str, Any]:
    fates = Counter(mutant.fate for mutant in found)
    survivors = [
        {"function": each.function, "was": each.was, "became": each.became}
        for each in found
        if each.fate is Fate.SURVIVED
    ]
    counts = {str(fate): fates[fate] for fate in Fate}
    return {
        "module": target.module,
        "mutants": fates.total(),
        **counts,
        "killed_share": killed_share(fates),
        "survivors": survivors,
    }


def differences(results: Results) -> Iterator[str]:
    """Every survivor that is not explained: where it is, the lines it replaces and those it puts there."""
    for target, found in results.items():
        for mutant in found:
            if mutant.fate is Fate.SURVIVED:
                yield f"{target.module}: {mutant.function}"
                yield from (f"  - {line}" for line in mutant.was.splitlines())
                yield from (f"  + {line}" for line in mutant.became.splitlines())
