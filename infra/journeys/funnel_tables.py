"""Each journey's funnel: its outcomes with their rates, and its gain over the holdout."""

from collections import Counter
from collections.abc import Iterator, Mapping

from rich.console import RenderableType
from rich.table import Table

import workflows
from chalicelib.domain.figures.counters import REACHED, Cell
from chalicelib.domain.figures.formulas import Figure, incremental_conversions, ratio
from chalicelib.domain.figures.funnel import RATES, funnel
from chalicelib.domain.journeys.experiment import Arm
from chalicelib.domain.journeys.outcomes import Kind
from chalicelib.services.kpis import Kpis
from infra.terminal.figures import money, parts, percent, table, whole

_OF_STEPS = frozenset(Kind) - {Kind.ENROLLED, Kind.EXITED, Kind.CONVERTED, Kind.ANSWERED, Kind.ATTRIBUTED, Kind.ORDERED}
_WORTH = (Kind.CONVERTED, Kind.ATTRIBUTED, Kind.ORDERED)


UNRELIABLE = "opened is unreliable: some programs open every mail"
WIDE = 110
"""Characters: a narrower table of a funnel has each rate and worth in one column, and no numbers of which it is."""


def journey_tables(figures: Kpis, width: int = 120) -> Iterator[RenderableType]:
    """One table for each journey, and a second one if a holdout was measured; ``width`` of a line, in characters."""
    for journey, counts in figures.journeys().items():
        cells = {cell: number for cell, number in figures.cells.items() if cell.journey == journey}
        yield _funnel(journey, counts, cells, figures, is_wide=width >= WIDE)
        if any(cell.arm == Arm.HOLDOUT for cell in cells):
            yield _arms(journey, cells)


def reached(cells: Mapping[Cell, int], arm: Arm | None = None) -> int:
    """The number of runs that reached their first allowed message, sent or withheld."""
    return sum(number for cell, number in cells.items() if cell.kind == REACHED and arm in (None, cell.arm))


def arms_of(cells: Mapping[Cell, int]) -> tuple[tuple[int, int], tuple[int, int], Figure]:
    """``(converted, reached)`` of the treated and of the holdout, and the difference with Newcombe's interval."""
    treated, held_out = (
        (sum(n for cell, n in cells.items() if cell.kind == Kind.CONVERTED and cell.arm == arm), reached(cells, arm))
        for arm in (Arm.TREATED, Arm.HOLDOUT)
    )
    return treated, held_out, incremental_conversions(*treated, *held_out)


def _funnel(
    journey: str, counts: Mapping[str, int], cells: Mapping[Cell, int], figures: Kpis, *, is_wide: bool
) -> Table:
    steps = _steps(journey, cells)
    made = table(journey, "all", *steps, *(("rate", "", "worth") if is_wide else ("rate",)))
    made.columns[0].no_wrap = True
    for column in made.columns[-2 if is_wide else -1 :]:
        column.justify, column.no_wrap = "left", False
    rates: dict[str, list[tuple[Figure, str]]] = {}
    for name, figure in funnel({**counts, REACHED: reached(cells)}).items():
        rates.setdefault(RATES[name].part, []).append((figure, RATES[name].of))
    for name, number in counts.items():
        kind = Kind(name)
        by_step = Counter[str]()
        for cell, count in cells.items():
            if cell.kind == kind:
                by_step[cell.step] += count
        share = "\n".join(percent(rate) for rate, _ in rates.get(kind, ()))
        of = "\n".join(f"{parts(rate)} of {words}" for rate, words in rates.get(kind, ()))
        worth = figures.values(journey, kind) if kind in _WORTH else {}
        values = ", ".join(money(amount, currency) for currency, amount in sorted(worth.items()))
        short = [f"{percent(rate)} of {words}" for rate, words in rates.get(kind, ())]
        last = (share, of, values) if is_wide else ("\n".join(filter(None, [*short, values])),)
        made.add_row(name, whole(number), *(whole(by_step[step]) if by_step[step] else "" for step in steps), *last)
    if Kind.OPENED in counts:
        made.caption, made.caption_justify = UNRELIABLE, "left"
    return made


def _steps(journey: str, cells: Mapping[Cell, int]) -> list[str]:
    """The steps that send, in the order of the definition; steps of removed versions come last."""
    versions = [
        definition for (key, _), definition in sorted(workflows.versions().items(), reverse=True) if key == journey
    ]
    known = [message.name for definition in versions for message in definition.messages]
    found = {cell.step for cell in cells if cell.kind in _OF_STEPS}
    return [step for step in dict.fromkeys([*known, *sorted(found)]) if step in found]


def _arms(journey: str, cells: Mapping[Cell, int]) -> Table:
    treated, held_out, gain = arms_of(cells)
    made = table(f"{journey}: what the messages brought", "reached", "converted", "rate")
    for name, (converted, people) in (("treated", treated), ("holdout", held_out)):
        made.add_row(name, whole(people), whole(converted), percent(ratio(converted, people)))
    if gain.value is not None and gain.low is not None and gain.high is not None:
        points = f"{100 * gain.value:+.2f} points [{100 * gain.low:+.2f}, {100 * gain.high:+.2f}]"
        made.add_row("difference, 95 % interval", "", whole(round(gain.numerator)), points)
    return made
