"""What one item contributes to the counters: additive, so that a change counts as new minus old, whatever its order.

Because every counter is a sum over items of a pure function of the item, duplicates, corrections (a refund, a late
order) and re-ordering cannot spoil it, and a recount is the same sum over the items as they stand.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from chalicelib.domain.figures.shop_counters import shop_counters
from chalicelib.domain.journeys.credits import Credit
from chalicelib.domain.journeys.outcomes import PERMANENT, Kind, Outcome, counted, proof_of
from chalicelib.domain.journeys.run import Enrollment
from chalicelib.domain.standing.standing import Standing
from chalicelib.domain.time import local_date

Counts = Mapping[tuple[str, str], int]
"""(period, counter) → number. A period, in the shop's zone, is a day ``2026-11-22`` (journeys) or a
month ``2026-11`` (the shop)."""


REACHED = "reached"
"""The counter of runs that came to their first allowed message, sent or withheld: what conversions are a share of."""
MAILS_COMPLAINED, MAILS_BOUNCED = "mails_complained", "mails_bounced"
"""The counters of mails by the day on which they were sent: those that were complained about, or bounced for good."""
TO_TEAM = "_to_team"


@dataclass(frozen=True, slots=True)
class Cell:
    """What a journey's counter counts: its name in the store is these joined by ``|``."""

    journey: str
    version: int
    step: str
    variant: str
    arm: str
    kind: str

    def __str__(self) -> str:
        return f"{self.journey}|{self.version}|{self.step}|{self.variant}|{self.arm}|{self.kind}"

    @classmethod
    def parse(cls, text: str) -> "Cell":
        """The cell with this name."""
        journey, version, step, variant, arm, kind = text.split("|", 5)
        return cls(journey, int(version), step, variant, arm, kind)


@dataclass(frozen=True, slots=True)
class Suspect:
    """A counter of a period that was ``stored`` with another number than was ``counted`` from the items."""

    period: str
    counter: str
    counted: int
    stored: int


def counts_of_enrollment(enrollment: Enrollment) -> Counts:
    """What an enrollment's outcomes contribute, each on its own day in the run's zone.

    ``reached``, once: the run came to its first allowed message, sent or withheld, on the day of that message.
    What became of a notice to the team is ``sent_to_team`` and the like, which no rate of mails to customers looks at.

    Complaints and permanent bounces are counted on the day of the mail, too (``mails_complained``, ``mails_bounced``):
    as shares of what was sent then.

    Besides each kind: ``converted_value|USD`` and the like in minor units, ``answered_score|9``; and, for intervals of
    revenue a customer, ``ordered_square|USD``, the square of all that was ordered in this run, on the day it began.
    """
    counts: Counter[tuple[str, str]] = Counter()
    cell = _cells(enrollment)
    if enrollment.first_allowed_at:
        counts[cell(enrollment.first_allowed_at, REACHED)] = 1
    for outcome in counted(enrollment.outcomes):
        _count(counts, cell, outcome)
        if kind := _fate(outcome):
            sent = proof_of(enrollment.outcomes, outcome.id.partition("#")[2]) or outcome
            counts[cell(sent.at, kind, outcome.step)] += 1
    for currency, amount in enrollment.ordered.items():
        counts[cell(enrollment.outcomes["enrolled"].at, f"ordered_square|{currency}")] = amount * amount
    return counts


def _fate(outcome: Outcome) -> str | None:
    """The counter of the mail that this outcome is about, if it was complained about or bounced for good."""
    if outcome.to_team:
        return None
    if outcome.kind is Kind.COMPLAINED:
        return MAILS_COMPLAINED
    return MAILS_BOUNCED if outcome.kind is Kind.BOUNCED and outcome.reason == PERMANENT else None


def counts_of_credit(credit: Credit) -> Counts:
    """What a credit contributes: ``ordered``, ``attributed`` and their values, on the day of the order."""
    counts: Counter[tuple[str, str]] = Counter()
    for outcome in credit.outcomes.values():
        _count(counts, _cells(credit), outcome)
    return counts


def _cells(item: Enrollment | Credit) -> Callable[..., tuple[str, str]]:
    """Returns the period and the name of the counter of a kind, at a time and a step, for the item."""
    variant = ",".join(f"{split}={name}" for split, name in sorted(item.variants.items())) or "-"

    def cell(at: datetime, kind: str, step: str | None = None) -> tuple[str, str]:
        place = Cell(item.journey, item.journey_version, step or "-", variant, str(item.arm), kind)
        return local_date(at, item.zone).isoformat(), str(place)

    return cell


def _count(counts: Counter[tuple[str, str]], cell: Callable[..., tuple[str, str]], outcome: Outcome) -> None:
    counts[cell(outcome.at, f"{outcome.kind}{TO_TEAM if outcome.to_team else ''}", outcome.step)] += 1
    if outcome.value:
        counts[cell(outcome.at, f"{outcome.kind}_value|{outcome.value.currency}", outcome.step)] += outcome.value.amount
    if outcome.score is not None:
        counts[cell(outcome.at, f"{outcome.kind}_score|{outcome.score}", outcome.step)] += 1


def counts_of_standing(standing: Standing) -> Counts:
    """What a customer's orders contribute to the shop's months."""
    return shop_counters(standing)


def counts_of(item: object) -> Counts:
    """What an item contributes, whichever it is: nothing for what is not counted."""
    match item:
        case Enrollment():
            return counts_of_enrollment(item)
        case Credit():
            return counts_of_credit(item)
        case Standing():
            return counts_of_standing(item)
        case _:
            return {}


def difference(old: Counts, new: Counts) -> dict[tuple[str, str], int]:
    """What to add to the counters when an item changed from ``old`` to ``new``."""
    return {key: change for key in {*old, *new} if (change := new.get(key, 0) - old.get(key, 0))}
