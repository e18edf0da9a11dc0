"""What ``rekindle demo`` prints: a progress bar, then tables of what happened."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from chalicelib import wiring
from chalicelib.domain.enrollment import Enrollment
from chalicelib.domain.experiment import Arm
from infra.demo.simulation import Progress as Told
from infra.demo.simulation import Simulation
from infra.demo.tallies import COLUMNS, JourneyTally, tallies
from infra.demo.words import amount, headline_figures, percent, reasons

SIMULATED = (
    "This was a simulation: the shop, its customers and what they do are invented, and how strongly a mail moves them "
    "was chosen, not measured. Only the engine is real."
)


class Output:
    """The terminal; all of it goes to standard error when standard output is for the JSON."""

    def __init__(self, to_stderr: bool = False) -> None:
        self._console = Console(stderr=to_stderr, highlight=False)

    def say(self, text: str) -> None:
        """One paragraph."""
        self._console.print(text)

    @contextmanager
    def progress(self, days: int) -> Iterator[Told]:
        """A bar for the year behind and one for the days."""
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=self._console) as bar:
            tasks = {}

            def tell(what: str, done: int, whole: int) -> None:
                name = "facts of the past year" if what.startswith("a year") else "days"
                if name not in tasks:
                    tasks[name] = bar.add_task(name, total=whole)
                shown = name if name != "days" else f"days, now {what}"
                bar.update(tasks[name], completed=done, description=f"{shown:<26}")

            yield tell

    def summary(self, shop: Simulation, days: int, problems: list[str]) -> None:
        """What happened, in tables."""
        runs = [item for _, item in wiring.engagement().everything() if isinstance(item, Enrollment)]
        journeys = tallies(runs)
        self._console.print(_journeys(journeys, days, len(shop.shoppers)))
        self._console.print(_effects(journeys))
        self._console.print(_figures())
        self.say(SIMULATED)
        for problem in problems:
            self.say(f"[bold red]Problem:[/] {problem}")
        if not problems:
            self.say("Every handler ran without a failure, and the counters equal a recount of the outcomes.")


def _journeys(journeys: Mapping[str, JourneyTally], days: int, customers: int) -> Table:
    table = Table(title=f"{days} days of {customers} customers", title_justify="left")
    table.add_column("journey")
    for kind in COLUMNS:
        table.add_column(str(kind), justify="right")
    table.add_column("worth", justify="right")
    table.add_column("why suppressed")
    for name, tally in journeys.items():
        counts = (f"{tally.kinds[kind]:,}" for kind in COLUMNS)
        worth = ", ".join(amount(value, code) for code, value in sorted(tally.revenue.items()))
        table.add_row(name, *counts, worth, reasons(tally.reasons))
    return table


def _effects(journeys: Mapping[str, JourneyTally]) -> Table:
    table = Table(title="Did the mails bring it about? Treated against holdout", title_justify="left")
    for name in ("journey", "treated", "holdout", "difference", "95 % interval"):
        table.add_column(name, justify="left" if name == "journey" else "right")
    for name, tally in journeys.items():
        if tally.has_holdout:
            effect = tally.effect
            between = f"{percent(effect.low)} to {percent(effect.high)}" if effect.low is not None else ""
            rates = (tally.rate(arm) for arm in (Arm.TREATED, Arm.HOLDOUT))
            shown = (f"{percent(rate.value)} ({rate.numerator:,.0f}/{rate.denominator:,.0f})" for rate in rates)
            table.add_row(name, *shown, percent(effect.value), between)
    return table


def _figures() -> Table:
    table = Table(title="The shop, with the year behind it", title_justify="left")
    for name in ("figure", "value", "is"):
        table.add_column(name, justify="right" if name == "value" else "left")
    for name, value, explained in headline_figures(wiring.report().shop):
        table.add_row(name, value, explained)
    return table
