"""The output of ``rekindle demo``: a progress bar, then tables of the results."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

import app
from chalicelib.domain.journeys.experiment import Arm
from chalicelib.domain.journeys.run import Enrollment
from infra.demo.simulation import HISTORY, OnProgress, Simulation
from infra.demo.tallies import COLUMNS, JourneyTally, tallies
from infra.demo.words import amount, journey_title, percent, reason_in_words
from infra.terminal.console import errors, output
from infra.terminal.figures import counted, shop_tables

SIMULATED = (
    "This was a simulation: the shop, its customers and their behaviour are invented, and the effect of mails on them "
    "was chosen, not measured. Only the engine is real."
)


class Output:
    """The terminal; all output goes to standard error if standard output is for the JSON."""

    def __init__(self, to_stderr: bool = False) -> None:
        self._console = errors() if to_stderr else output()

    def say(self, text: str) -> None:
        """Print one paragraph."""
        self._console.print(text, soft_wrap=not self._console.is_terminal)

    @contextmanager
    def progress(self) -> Iterator[OnProgress]:
        """A bar for the past year and one for the days, if standard error is a terminal."""
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        console = errors()
        with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
            tasks: dict[str, TaskID] = {}

            def show(what: str, done: int, whole: int) -> None:
                name = "facts of the past year" if what == HISTORY else "days"
                if name not in tasks:
                    tasks[name] = bar.add_task(name, total=whole)
                shown = name if what == HISTORY else f"days, now {what}"
                bar.update(tasks[name], completed=done, description=f"{shown:<26}")

            yield show

    def summary(self, shop: Simulation, days: int, problems: list[str]) -> None:
        """Print what happened, in tables."""
        runs = [item for _, item in app.parts.engagement.everything() if isinstance(item, Enrollment)]
        journeys = tallies(runs)
        self._console.print(_journeys(journeys, days, len(shop.shoppers)))
        self._console.print(_effects(journeys))
        for table in shop_tables(app.parts.kpis().shop, self._console.width):
            self._console.print(table)
        self.say(SIMULATED)
        for problem in problems:
            self.say(f"[bold red]Problem:[/] {escape(problem)}")
        if not problems:
            self.say("Every handler ran without a failure, and the counters equal a recount of the outcomes.")
        self.say("rekindle kpis shows the rates of each journey, rekindle show ADDRESS a customer's timeline.")


def _journeys(journeys: Mapping[str, JourneyTally], days: int, customers: int) -> Table:
    """One column for each journey, to fit into 80 characters."""
    table = Table(title=f"{counted(days, 'day')} of {counted(customers, 'customer')}", title_justify="left")
    table.add_column("what happened")
    for name in journeys:
        table.add_column(journey_title(name), justify="right")
    tallied = list(journeys.values())
    for kind in COLUMNS:
        table.add_row(str(kind), *(f"{tally.kinds[kind]:,}" for tally in tallied))
        for reason in sorted({reason for tally in tallied for reason in tally.reasons} if kind == "suppressed" else ()):
            counts = (f"{tally.reasons[reason]:,}" if tally.reasons[reason] else "" for tally in tallied)
            table.add_row(f"[dim]  {reason_in_words(reason)}[/]", *(f"[dim]{count}[/]" for count in counts))
    worth = (", ".join(amount(value, code) for code, value in sorted(tally.revenue.items())) for tally in tallied)
    table.add_row("value of conversions", *worth)
    return table


def _effects(journeys: Mapping[str, JourneyTally]) -> Table:
    table = Table(title="Did the mails cause it? Treated against holdout", title_justify="left")
    for name in ("journey", "treated", "holdout", "difference", "95 % interval"):
        table.add_column(name, justify="left" if name == "journey" else "right")
    for name, tally in journeys.items():
        if tally.has_holdout:
            effect = tally.effect
            between = f"{percent(effect.low)} to {percent(effect.high)}" if effect.low is not None else ""
            rates = (tally.rate(arm) for arm in (Arm.TREATED, Arm.HOLDOUT))
            shown = (f"{percent(rate.value)} ({rate.numerator:,.0f}/{rate.denominator:,.0f})" for rate in rates)
            table.add_row(journey_title(name), *shown, percent(effect.value), between)
    return table
