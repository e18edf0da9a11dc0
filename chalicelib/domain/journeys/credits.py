"""What an order brought to the runs before it: a credit is an order's value for one run, an item of its own.

So a run stays small however many orders its customer places while its goal is measured, and a refund finds the credits
of its order.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.domain.journeys.experiment import Arm
from chalicelib.domain.journeys.outcomes import Kind, Outcome
from chalicelib.domain.journeys.run import Enrollment
from chalicelib.domain.money import Money


@dataclass(frozen=True, slots=True)
class Credit:
    """One order's value for one run.

    ``order`` is the order's id, ``at`` when it was placed, ``value`` what it brings by now; ``is_ordered``: the run's
    goal was being measured then; ``is_attributed``: the run's mail led to it. ``enrollment`` is the run's id; journey,
    arm, variants and zone are the run's, so that a credit can be counted alone.
    """

    order: str
    at: datetime
    value: Money
    enrollment: str
    journey: str
    journey_version: int
    arm: Arm = Arm.TREATED
    variants: Mapping[str, str] = field(default_factory=dict)
    zone: str | None = None
    is_ordered: bool = False
    is_attributed: bool = False

    @property
    def ordered(self) -> Money | None:
        """What it adds to the total of its run; None if the run's goal was not being measured."""
        return self.value if self.is_ordered else None

    @property
    def outcomes(self) -> Mapping[str, Outcome]:
        """The outcomes of its run that it stands for, by id."""
        kinds = {Kind.ORDERED: self.is_ordered, Kind.ATTRIBUTED: self.is_attributed}
        made = (Outcome(f"{kind}#{self.order}", kind, self.at, value=self.value, about=self.order)
                for kind, holds in kinds.items() if holds)  # fmt: skip
        return {outcome.id: outcome for outcome in made}


def credit_of(
    run: Enrollment, order: str, at: datetime, value: Money, *, is_ordered: bool, is_attributed: bool
) -> Credit:
    """What the order with this id, placed ``at``, brings to a run."""
    return Credit(
        order=order,
        at=at,
        value=value,
        enrollment=run.id,
        journey=run.journey,
        journey_version=run.journey_version,
        arm=run.arm,
        variants=run.variants,
        zone=run.zone,
        is_ordered=is_ordered,
        is_attributed=is_attributed,
    )


def change_of_total(old: Money | None, new: Money | None) -> dict[str, int]:
    """What is added to a run's totals by currency when one of its orders is worth ``new`` and was worth ``old``."""
    change: dict[str, int] = {}
    for value, sign in ((new, 1), (old, -1)):
        if value:
            change[value.currency] = change.get(value.currency, 0) + sign * value.amount
    return {currency: amount for currency, amount in change.items() if amount}
