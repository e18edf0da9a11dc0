"""Whether a message may be sent to a customer now. One pure function checks every send; its result is an outcome.

The order matters: permanent reasons come before temporary ones, and the holdout is last, so a message is withheld
exactly when it would have been sent, and both arms have the same kind of people.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.domain.channel import Channel
from chalicelib.domain.facts.consent import UNSUBSCRIBE, Consent, Purpose
from chalicelib.domain.journeys.engine import exit_reason
from chalicelib.domain.journeys.experiment import Arm
from chalicelib.domain.journeys.journey import Journey, Send
from chalicelib.domain.journeys.outcomes import Kind
from chalicelib.domain.journeys.run import Enrollment
from chalicelib.domain.journeys.situation import Situation
from chalicelib.domain.standing.segments import segments_of
from chalicelib.domain.time import is_quiet, quiet_until

QUIET_HOURS = "quiet_hours"
PAUSE_CHECK = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Allowed:
    """Send it."""


@dataclass(frozen=True, slots=True)
class Withheld:
    """It would have been sent; this customer is in the holdout."""


@dataclass(frozen=True, slots=True)
class Suppressed:
    """It is not sent now, and never will be."""

    reason: str


@dataclass(frozen=True, slots=True)
class Deferred:
    """Not now: check again at ``until``."""

    until: datetime
    reason: str


Verdict = Allowed | Withheld | Suppressed | Deferred


def judge(
    journey: Journey, send: Send, situation: Situation, *, suppressed_address: bool = False, paused: bool = False
) -> Verdict:
    """Check one send on fresh facts.

    In this order: erased, (no address), suppressed address, consent for the purpose and the channel, exit fact, the
    launch's segment, journey paused, frequency cap across journeys, quiet hours in the recipient's zone, holdout.
    """
    customer, purpose = situation.facts.customer, journey.purpose
    if customer.erased:
        return Suppressed("erased")
    if not customer.address(send.channel):
        return Suppressed("no_address")
    if suppressed_address:
        return Suppressed("suppressed_address")
    if reason := _refusal(situation, purpose, send.channel):
        return Suppressed(reason)
    if exit_reason(journey, situation):
        return Suppressed("exited")
    if situation.facts.launch and situation.facts.launch.segment not in segments_of(situation.standing):
        return Suppressed("not_in_segment")
    if paused:
        return _deferred_or_dropped(send, situation, situation.now + PAUSE_CHECK, "paused")
    if purpose is Purpose.MARKETING and (free := _cap_frees_at(situation)):
        return _deferred_or_dropped(send, situation, free, "frequency_cap")
    if is_quiet(situation.now, situation.policy.quiet, situation.zone):
        return Deferred(quiet_until(situation.now, situation.policy.quiet, situation.zone), QUIET_HOURS)
    return Withheld() if situation.enrollment.arm is Arm.HOLDOUT else Allowed()


def _refusal(situation: Situation, purpose: Purpose, channel: Channel) -> str | None:
    """Marketing needs consent; a service message is allowed unless it was refused."""
    consent = situation.facts.consent(purpose)
    if consent is None:
        if purpose is Purpose.MARKETING:
            return "no_consent"
    elif not consent.given:
        return _in_words(consent)
    elif channel not in consent.channels and purpose is not Purpose.SERVICE:
        return "no_consent"
    return next(map(_in_words, situation.facts.refused_at_address(purpose)), None)


def _in_words(refusal: Consent) -> str:
    return "unsubscribed" if refusal.source == UNSUBSCRIBE else "no_consent"


def _cap_frees_at(situation: Situation) -> datetime | None:
    """When every frequency cap allows one more marketing mail; None if it does now."""
    now = situation.now
    sends = [
        contact.at
        for contact in situation.contacts.contacts
        if contact.purpose is Purpose.MARKETING and contact.send_id != situation.enrollment.send_id
    ]
    times = sorted([*sends, *_withheld_here(situation.enrollment)])
    frees = [
        recent[-cap.limit] + cap.window if cap.limit else now + cap.window
        for cap in situation.policy.caps
        if len(recent := [at for at in times if at > now - cap.window]) >= cap.limit
    ]
    return max(frees, default=None)


def _withheld_here(run: Enrollment) -> Iterator[datetime]:
    """The run's withheld messages: they count against the cap, as sent messages do in the treated arm."""
    return (outcome.at for outcome in run.outcomes.values() if outcome.kind is Kind.WITHHELD)


def _deferred_or_dropped(send: Send, situation: Situation, until: datetime, reason: str) -> Verdict:
    since = situation.enrollment.deferred_since or situation.now
    return Deferred(until, reason) if until <= since + send.capped.limit else Suppressed(reason)
