"""May this message go now? The order of the rules, and each rule at its edges."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from itertools import pairwise
from typing import Any

import pytest

from chalicelib.domain.facts.consent import Consent, Purpose, Unsubscription
from chalicelib.domain.facts.customer import Customer
from chalicelib.domain.facts.facts import Facts
from chalicelib.domain.journeys.contacts import Contact, Contacts
from chalicelib.domain.journeys.eligibility import (
    PAUSE_CHECK,
    Allowed,
    Deferred,
    Suppressed,
    Verdict,
    Withheld,
    judge,
)
from chalicelib.domain.journeys.experiment import Arm
from chalicelib.domain.journeys.journey import (
    MARKETING,
    SERVICE,
    SKIP,
    Defer,
    Journey,
    On,
    OrderCancelled,
    OrderPlaced,
    Send,
    days,
    hours,
)
from chalicelib.domain.journeys.policy import Cap, Policy
from chalicelib.domain.journeys.situation import Situation
from chalicelib.domain.time import QuietHours
from tests.builders import START, a_customer, a_situation, an_enrollment, an_order, facts, utc

MESSAGE = Send("message", "message", capped=Defer(hours(24)))
NOON = utc("2026-03-02 12:00")
MILLISECOND = timedelta(milliseconds=1)


def a_journey(purpose: Purpose = MARKETING) -> Journey:
    """A journey that a cancelled order ends."""
    return Journey(
        key="hello",
        version=1,
        purpose=purpose,
        enroll=On(OrderPlaced, key="order_id"),
        exit=On(OrderCancelled, key="order_id"),
        steps=(MESSAGE,),
    )


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


# Consent


def judged(
    known: Facts | None = None, now: datetime = NOON, purpose: Purpose = MARKETING, send: Send = MESSAGE,
    policy: Policy | None = None, contacts: tuple[Contact, ...] = (), paused: bool = False, **run: Any,
) -> Verdict:  # fmt: skip
    """The verdict on a send to Ann at noon."""
    journey = a_journey(purpose)
    situation = a_situation(an_enrollment(journey, **run), known, now, policy, Contacts(contacts))
    return judge(journey, send, situation, paused=paused)


@pytest.mark.parametrize(
    ("purpose", "consent", "verdict"),
    [
        (MARKETING, True, Allowed()),
        (MARKETING, False, Suppressed("no_consent")),
        (MARKETING, None, Suppressed("no_consent")),
        (SERVICE, True, Allowed()),
        (SERVICE, False, Allowed()),  # that was a no to advertising
        (SERVICE, None, Allowed()),
    ],
)
def test_advertising_needs_a_yes_and_service_only_the_absence_of_a_no(
    purpose: Purpose, consent: bool | None, verdict: Verdict
) -> None:
    assert judged(facts(a_customer(consent=consent)), purpose=purpose) == verdict


def test_a_no_to_service_is_a_no() -> None:
    refused = a_customer(consents={SERVICE: Consent(False, START)})

    assert judged(facts(refused), purpose=SERVICE) == Suppressed("no_consent")


@pytest.mark.parametrize(
    ("agreed", "refused", "verdict"),
    [
        (START, START + MILLISECOND, Suppressed("unsubscribed")),
        (START, START, Suppressed("unsubscribed")),  # in doubt, no
        (START, START - MILLISECOND, Allowed()),  # a new yes after the no
    ],
)
def test_of_a_yes_and_an_unsubscribe_the_later_holds(agreed: datetime, refused: datetime, verdict: Verdict) -> None:
    said_yes = a_customer(consents={MARKETING: Consent(True, agreed)})

    assert judged(facts(said_yes, Unsubscription(MARKETING, refused))) == verdict


def test_an_unsubscribe_from_advertising_leaves_service_alone_and_the_other_way_round() -> None:
    no_ads, no_service = (Unsubscription(purpose, START) for purpose in (MARKETING, SERVICE))

    assert judged(facts(no_ads), purpose=SERVICE) == Allowed()
    assert judged(facts(no_service), purpose=MARKETING) == Allowed()
    assert judged(facts(no_service), purpose=SERVICE) == Suppressed("unsubscribed")


# Frequency caps


def mails(*ago: timedelta, purpose: Purpose = MARKETING, now: datetime = NOON) -> tuple[Contact, ...]:
    """Mails that went so long ago."""
    return tuple(Contact(f"send-{number}", now - each, purpose) for number, each in enumerate(ago))


@pytest.mark.parametrize(
    ("ago", "verdict"),
    [
        ((hours(24),), Allowed()),
        ((hours(24) - MILLISECOND,), Deferred(NOON + MILLISECOND, "frequency_cap")),
        ((hours(1),), Deferred(NOON + hours(23), "frequency_cap")),
        ((timedelta(0),), Deferred(NOON + hours(24), "frequency_cap")),
        ((days(2), days(4), days(7)), Allowed()),
        ((days(2), days(4), days(7) - MILLISECOND), Deferred(NOON + MILLISECOND, "frequency_cap")),
        ((days(2), days(3), days(6), days(6) + hours(20)), Deferred(NOON + days(1), "frequency_cap")),
        ((hours(1), days(5), days(6) + hours(2)), Deferred(NOON + hours(23), "frequency_cap")),  # both caps: the later
        ((hours(2), days(5), days(6) + hours(1)), Deferred(NOON + hours(23), "frequency_cap")),
    ],
)
def test_one_marketing_mail_in_24_hours_and_three_in_7_days(ago: tuple[timedelta, ...], verdict: Verdict) -> None:
    assert judged(contacts=mails(*ago)) == verdict


def test_service_mails_are_neither_capped_nor_counted() -> None:
    assert judged(purpose=SERVICE, contacts=mails(hours(1))) == Allowed()
    assert judged(contacts=mails(hours(1), purpose=SERVICE)) == Allowed()


def test_its_own_claim_is_not_counted_but_another_steps_is() -> None:
    own = an_enrollment(a_journey()).send_id
    other = an_enrollment(a_journey(), step="before").send_id

    assert judged(contacts=(Contact(own, NOON, MARKETING),)) == Allowed()
    assert judged(contacts=(Contact(other, NOON, MARKETING),)) == Deferred(NOON + hours(24), "frequency_cap")


def test_over_the_cap_it_waits_to_the_limit_and_is_then_dropped() -> None:
    since = NOON - hours(20)

    at_the_limit = judged(contacts=mails(hours(20)), deferred_since=since)
    beyond_it = judged(contacts=mails(hours(20) - MILLISECOND), deferred_since=since)

    assert at_the_limit == Deferred(NOON + hours(4), "frequency_cap")
    assert beyond_it == Suppressed("frequency_cap")


def test_what_skips_is_dropped_at_once() -> None:
    assert judged(contacts=mails(hours(23)), send=replace(MESSAGE, capped=SKIP)) == Suppressed("frequency_cap")


def test_a_cap_of_none_lets_nothing_through() -> None:
    verdict = judged(policy=Policy(caps=(Cap(0, hours(12)),)))

    assert verdict == Deferred(NOON + hours(12), "frequency_cap")


def test_a_shop_without_caps_sends_as_often_as_it_likes() -> None:
    assert judged(policy=Policy(caps=()), contacts=mails(*[hours(1)] * 20)) == Allowed()


# A paused journey


def test_a_paused_journey_is_looked_at_again_until_the_limit() -> None:
    first = judged(paused=True)
    last = judged(paused=True, deferred_since=NOON - hours(24) + PAUSE_CHECK)
    dropped = judged(paused=True, deferred_since=NOON - hours(24) + PAUSE_CHECK - MILLISECOND)

    assert (first, last) == (Deferred(NOON + PAUSE_CHECK, "paused"),) * 2
    assert dropped == Suppressed("paused")


# Quiet hours


@pytest.mark.parametrize(
    ("zone", "now", "until"),
    [
        ("Asia/Seoul", "2026-03-02 11:59:59", None),  # 20:59:59
        ("Asia/Seoul", "2026-03-02 12:00", "2026-03-02 23:00"),
        ("Asia/Seoul", "2026-03-02 22:59:59", "2026-03-02 23:00"),
        ("Asia/Seoul", "2026-03-02 23:00", None),
        ("Asia/Tokyo", "2026-07-01 15:00", "2026-07-01 23:00"),  # no summer time
        ("America/New_York", "2026-01-15 12:59", "2026-01-15 13:00"),  # EST
        ("America/New_York", "2026-07-15 11:59", "2026-07-15 12:00"),  # EDT
        ("America/New_York", "2026-03-08 02:00", "2026-03-08 12:00"),  # the night of the gap ends at 08:00 EDT
        ("America/New_York", "2026-03-08 12:30", None),  # 08:30 EDT, which was 07:30 the day before
        ("America/New_York", "2026-11-01 01:30", "2026-11-01 13:00"),  # the night of the overlap is an hour longer
        ("America/New_York", "2026-11-01 12:30", "2026-11-01 13:00"),  # 07:30 EST, which was 08:30 the day before
        ("Australia/Lord_Howe", "2026-10-03 20:59", "2026-10-03 21:00"),  # +11:00 now, +10:30 before
        ("Australia/Lord_Howe", "2026-04-04 21:15", "2026-04-04 21:30"),  # +10:30 now, +11:00 before
        (None, "2026-03-02 13:00", None),  # the shop's zone: New York, 08:00
        (None, "2026-03-02 12:59", "2026-03-02 13:00"),
    ],
)
def test_at_night_it_waits_for_the_recipients_morning(zone: str | None, now: str, until: str | None) -> None:
    verdict = judged(facts(a_customer(zone=zone)), now=utc(now), policy=Policy(zone="America/New_York"))

    assert verdict == (Deferred(utc(until), "quiet_hours") if until else Allowed())


def test_quiet_hours_hold_for_service_too_and_for_what_skips_and_however_long_it_waited() -> None:
    night = utc("2026-03-02 22:00")
    morning = Deferred(utc("2026-03-03 08:00"), "quiet_hours")

    assert judged(now=night, purpose=SERVICE) == morning
    assert judged(now=night, send=replace(MESSAGE, capped=SKIP)) == morning
    assert judged(now=night, deferred_since=night - days(30)) == morning


def test_the_shop_sets_its_own_quiet_hours() -> None:
    siesta = Policy(quiet=QuietHours(time(12), time(15)))

    assert judged(policy=siesta) == Deferred(utc("2026-03-02 15:00"), "quiet_hours")
    assert judged(policy=siesta, now=utc("2026-03-02 23:00")) == Allowed()


# The holdout


def test_the_holdout_is_withheld_exactly_where_it_would_have_been_sent() -> None:
    refused = facts(a_customer(consent=False))

    assert judged(arm=Arm.HOLDOUT) == Withheld()
    assert judged(arm=Arm.HOLDOUT, now=utc("2026-03-02 22:00")) == judged(now=utc("2026-03-02 22:00"))
    assert judged(arm=Arm.HOLDOUT, contacts=mails(hours(3))) == judged(contacts=mails(hours(3)))
    assert judged(refused, arm=Arm.HOLDOUT) == judged(refused)
