"""The rules by which a message may go now: each alone, and the order in which they are asked."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import pytest

from chalicelib.domain.facts.consent import Consent, Purpose
from chalicelib.domain.facts.customer import Customer
from chalicelib.domain.journeys.contacts import Contact, Contacts
from chalicelib.domain.journeys.eligibility import Allowed, Suppressed, Verdict, Withheld, judge
from chalicelib.domain.journeys.experiment import Arm
from chalicelib.domain.journeys.journey import MARKETING, days, hours
from chalicelib.domain.journeys.policy import Policy
from chalicelib.domain.journeys.situation import Situation
from tests.builders import START, a_customer, a_launch, an_enrollment, an_order, facts, utc
from tests.domain.eligibility.given import MESSAGE, a_journey, judged, mails


@dataclass(frozen=True)
class Case:
    """A send that may go; each rule's violation changes one thing of it."""

    customer: Customer = a_customer(zone="Asia/Seoul")  # noqa: RUF009 - frozen itself
    cancelled: bool = False
    suppressed: bool = False
    paused: bool = False
    contacts: tuple[Contact, ...] = ()
    at_night: bool = False
    arm: Arm = Arm.TREATED

    def judged(self) -> Verdict:
        """The verdict on it."""
        now = utc("2026-03-02 13:00") if self.at_night else utc("2026-03-02 03:00")
        order = an_order(at=START - days(2), cancelled_at=START - days(1) if self.cancelled else None)
        recent = tuple(replace(contact, at=now - hours(1)) for contact in self.contacts)
        run = an_enrollment(a_journey(), arm=self.arm, entered_at=order.placed_at)
        situation = Situation(run, facts(self.customer, order), now, Policy(), Contacts(recent))
        return judge(a_journey(), MESSAGE, situation, suppressed_address=self.suppressed, paused=self.paused)


@pytest.mark.parametrize(
    ("segment", "total", "verdict"),
    [("gold", 9_000_000, Allowed()), ("gold", 1_000, Suppressed("not_in_segment")), ("everyone", 1_000, Allowed())],
)
def test_a_launch_s_message_goes_to_who_is_in_its_segment_now(segment: str, total: int, verdict: Verdict) -> None:
    order = an_order(at=START - days(2), total=total)

    assert judged(facts(a_customer(), order, a_launch(segment=segment))) == verdict


def names(verdict: Verdict) -> str:
    """The verdict's reason, or what it is."""
    return getattr(verdict, "reason", type(verdict).__name__.lower())


def customer(**changes: Any) -> Callable[[Case], Case]:
    return lambda case: replace(case, customer=replace(case.customer, **changes))


REFUSED = {Purpose.MARKETING: Consent(False, START)}
RULES: list[tuple[str, Callable[[Case], Case]]] = [
    ("erased", customer(erased=True)),
    ("no_address", customer(email=None)),
    ("suppressed_address", lambda case: replace(case, suppressed=True)),
    ("no_consent", customer(consents=REFUSED)),
    ("exited", lambda case: replace(case, cancelled=True)),
    ("paused", lambda case: replace(case, paused=True)),
    ("frequency_cap", lambda case: replace(case, contacts=(Contact("other", START, MARKETING),))),
    ("quiet_hours", lambda case: replace(case, at_night=True)),
    ("withheld", lambda case: replace(case, arm=Arm.HOLDOUT)),
]


def test_a_send_that_no_rule_forbids_is_allowed() -> None:
    assert Case().judged() == Allowed()


@pytest.mark.parametrize(("reason", "violate"), RULES, ids=[name for name, _ in RULES])
def test_each_rule_alone_is_given_as_the_reason(reason: str, violate: Callable[[Case], Case]) -> None:
    assert names(violate(Case()).judged()) == reason


@pytest.mark.parametrize(
    ("earlier", "later"), list(pairwise(RULES)), ids=[f"{one[0]} before {two[0]}" for one, two in pairwise(RULES)]
)
def test_of_two_rules_the_earlier_one_is_the_reason(
    earlier: tuple[str, Callable[[Case], Case]], later: tuple[str, Callable[[Case], Case]]
) -> None:
    assert names(earlier[1](later[1](Case())).judged()) == earlier[0]


def test_when_everything_is_wrong_the_first_rule_is_the_reason_and_then_the_next() -> None:
    reasons = []
    for index in range(len(RULES)):
        case = Case()
        for _, violate in RULES[index:]:
            case = violate(case)
        reasons.append(names(case.judged()))

    assert reasons == [name for name, _ in RULES]


def test_the_holdout_is_withheld_exactly_where_it_would_have_been_sent() -> None:
    refused = facts(a_customer(consent=False))

    assert judged(arm=Arm.HOLDOUT) == Withheld()
    assert judged(arm=Arm.HOLDOUT, now=utc("2026-03-02 22:00")) == judged(now=utc("2026-03-02 22:00"))
    assert judged(arm=Arm.HOLDOUT, contacts=mails(hours(3))) == judged(contacts=mails(hours(3)))
    assert judged(refused, arm=Arm.HOLDOUT) == judged(refused)
