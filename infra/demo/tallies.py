"""The journeys' outcomes, counted from the enrollments themselves; the counters must be equal."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from chalicelib.domain.figures.formulas import Figure, incremental_conversions
from chalicelib.domain.journeys.experiment import Arm
from chalicelib.domain.journeys.outcomes import Kind, counted
from chalicelib.domain.journeys.run import Enrollment

COLUMNS = (
    *(Kind.ENROLLED, Kind.SENT, Kind.WITHHELD, Kind.SUPPRESSED, Kind.DELIVERED, Kind.OPENED, Kind.CLICKED),
    *(Kind.CONVERTED,),
)


@dataclass
class JourneyTally:
    """One journey's outcomes by kind, why sends were suppressed, and its two arms.

    ``people``: runs that had their first allowed send, sent or withheld; ``converted``: those that reached the goal.
    ``revenue``: the value of conversions, by currency, in minor units.
    """

    kinds: Counter[Kind] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    people: Counter[Arm] = field(default_factory=Counter)
    converted: Counter[Arm] = field(default_factory=Counter)
    revenue: Counter[str] = field(default_factory=Counter)

    def add(self, run: Enrollment) -> None:
        """Count one run."""
        self.people[run.arm] += run.first_allowed_at is not None
        self.converted[run.arm] += "converted" in run.outcomes
        for outcome in counted(run.outcomes):
            if outcome.to_team:
                continue
            self.kinds[outcome.kind] += 1
            if outcome.kind is Kind.SUPPRESSED:
                self.reasons[outcome.reason or "unknown"] += 1
            if outcome.kind is Kind.CONVERTED and outcome.value:
                self.revenue[outcome.value.currency] += outcome.value.amount

    @property
    def has_holdout(self) -> bool:
        """Whether any customer was in the holdout."""
        return self.people[Arm.HOLDOUT] > 0

    @property
    def effect(self) -> Figure:
        """The treated arm's conversion rate minus the holdout's, with Newcombe's 95 % interval."""
        treated, holdout = Arm.TREATED, Arm.HOLDOUT
        return incremental_conversions(
            self.converted[treated], self.people[treated], self.converted[holdout], self.people[holdout]
        )

    def rate(self, arm: Arm) -> Figure:
        """The share of an arm's people that converted."""
        people = self.people[arm]
        return Figure(self.converted[arm] / people if people else None, self.converted[arm], people)


def tallies(runs: Iterable[Enrollment]) -> Mapping[str, JourneyTally]:
    """By journey, in the order of their names."""
    found: dict[str, JourneyTally] = {}
    for run in runs:
        found.setdefault(run.journey, JourneyTally()).add(run)
    return dict(sorted(found.items()))
