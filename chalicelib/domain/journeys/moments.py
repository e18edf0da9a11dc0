"""Named moments and predicates for journeys; each is a function of a ``Situation``."""

from collections.abc import Callable
from datetime import datetime, timedelta

from chalicelib.domain.facts.answer import Answer
from chalicelib.domain.facts.cart import CartChanged
from chalicelib.domain.facts.facts import Facts
from chalicelib.domain.facts.order import OrderCancelled, OrderPlaced, OrderRefunded
from chalicelib.domain.journeys.outcomes import Kind
from chalicelib.domain.journeys.situation import Situation
from chalicelib.domain.standing.standing import Quadrant

LONG_EARLY_ACCESS = timedelta(hours=48)
"""From here on a second mail before the opening is a day or more after the first one."""
CLOCKS = timedelta(seconds=5)
"""The clocks of two functions differ by less; nobody closes a case and opens it again in this time."""


def has_lines(event: CartChanged, facts: Facts) -> bool:
    """The cart is not empty."""
    return bool(event.cart.lines)


def early_time(situation: Situation) -> datetime | None:
    """When this member may buy: the public opening minus the head start of the member's tier."""
    launch = situation.facts.launch
    return launch.opens_at - launch.early_by.get(situation.standing.tier, timedelta(0)) if launch else None


def before_opening(before: timedelta) -> Callable[[Situation], datetime | None]:
    """This long before the launch's public opening."""

    def moment(situation: Situation) -> datetime | None:
        launch = situation.facts.launch
        return launch.opens_at - before if launch else None

    return moment


def launch_end(situation: Situation) -> datetime | None:
    """When the launch ends."""
    return situation.facts.launch.ends_at if situation.facts.launch else None


def is_early_member(situation: Situation) -> bool:
    """The member's tier has early access, and the public opening is in the future."""
    launch = situation.facts.launch
    return launch is not None and situation.standing.tier in launch.early_by and situation.now < launch.opens_at


def has_long_early_access(situation: Situation) -> bool:
    """The member's tier has 48 hours of early access or more, and the public opening is in the future."""
    launch = situation.facts.launch
    early = launch.early_by.get(situation.standing.tier, timedelta(0)) if launch else timedelta(0)
    return is_early_member(situation) and early >= LONG_EARLY_ACCESS


def of_the_launch(event: OrderPlaced, facts: Facts) -> bool:
    """The order contains one of the launch's products."""
    return facts.launch is not None and not set(event.order.products).isdisjoint(facts.launch.products)


def is_kept(event: OrderPlaced, facts: Facts) -> bool:
    """The order was neither cancelled nor wholly refunded."""
    return facts.orders.get(event.key, event.order).is_kept


def is_unanswered(event: OrderCancelled | OrderRefunded, facts: Facts) -> bool:
    """The survey about the order was not answered."""
    return event.key not in facts.answers


def answer_of(situation: Situation) -> Answer | None:
    """The answer to the survey about this run's order."""
    return situation.facts.answers.get(situation.enrollment.subject)


def has_no_open_case(situation: Situation) -> bool:
    """No detractor's case of this customer is open."""
    return not any(answer.has_open_case for answer in situation.facts.answers.values())


def awaits_answer(situation: Situation) -> bool:
    """This run has sent its survey, which is not answered, and no detractor's case is open."""
    return situation.enrollment.message_at is not None and not is_answered(situation) and has_no_open_case(situation)


def is_answered(situation: Situation) -> bool:
    """The survey about this run's order was answered."""
    return answer_of(situation) is not None


def is_detractor(situation: Situation) -> bool:
    """The answer was a score of 0 to 6."""
    answer = answer_of(situation)
    return answer is not None and answer.is_bad


def is_open_case(situation: Situation) -> bool:
    """The answer is a detractor's, and the team has not closed its case."""
    answer = answer_of(situation)
    return answer is not None and answer.has_open_case


def is_case_over(situation: Situation) -> bool:
    """The case that the team was told of was closed, or opened anew: it did not last until the answer is final."""
    answer = answer_of(situation)
    return answer is not None and (not answer.has_open_case or situation.now < answer.final_at)


def is_taken_back(situation: Situation) -> bool:
    """The customer changed a score of 0 to 6 for a better one, and the team was last told of a bad one.

    Told is what was sent, or may have been; the steps whose names end with ``_closed`` take back what was told.
    """
    answer, outcomes = answer_of(situation), situation.enrollment.outcomes.values()
    told = [each for each in outcomes if each.to_team and each.kind in (Kind.SENT, Kind.ABANDONED)]
    latest = max(told, key=lambda each: each.at, default=None)
    is_told = latest is not None and not (latest.step or "").endswith("_closed")
    return answer is not None and not answer.is_bad and is_told


def case_opening(situation: Situation) -> datetime | None:
    """At once if a case is open or nothing was answered; else when the answer is final."""
    answer = answer_of(situation)
    return None if answer is None or answer.has_open_case else answer.final_at


def case_closing(situation: Situation) -> datetime | None:
    """At once if the case that the step before told of is closed, or was opened anew; else when the answer is final."""
    answer = answer_of(situation)
    opened_at = answer.case_opened_at if answer else None
    told_at = situation.enrollment.ran_at + CLOCKS
    return None if opened_at is None or opened_at > told_at else answer_final(situation)


def answer_final(situation: Situation) -> datetime | None:
    """When the answer cannot be changed any more: 24 hours after the first one."""
    answer = answer_of(situation)
    return answer.final_at if answer else None


def is_worth_an_offer(situation: Situation) -> bool:
    """A true friend or a butterfly: a profitable customer."""
    return situation.standing.quadrant in (Quadrant.TRUE_FRIEND, Quadrant.BUTTERFLY)
