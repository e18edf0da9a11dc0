"""A page of enrollments is due: decide on fresh facts, claim, look once more, send, settle.

    batch get ─ glance ──► claim ─ facts ─ judge ─► compose ─► send ─► settle
                  │                          └────► save                      (it was not to be sent after all)
                  └──────► facts ─ decide ─► save                             (nothing to send)

A glance at a page's profiles and subjects, all in one call, only tells what will probably be sent; what is, and why
something is not, is judged on all the facts, read consistently, after the claim where there is one.
A crash after the claim leaves the run ``sending``; its lease brings it back here, where it is settled by the mail
service's own events, or after ``unknown_after`` as the journey says. Contact histories are stored when the page is
done; until then the page's message stays on the queue and blocks its lane, so caps hold through a crash too.
"""

import json
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

from chalicelib.domain.errors import Conflict, SendRejected, SendThrottled, SendUnknown, Unavailable
from chalicelib.domain.facts.events import LaunchAnnounced
from chalicelib.domain.facts.known import Facts
from chalicelib.domain.facts.launch import Launch
from chalicelib.domain.journeys.attribution import about
from chalicelib.domain.journeys.contacts import Contact, Contacts, FirstMessage
from chalicelib.domain.journeys.due import DueBatch
from chalicelib.domain.journeys.eligibility import Allowed, Verdict, judge
from chalicelib.domain.journeys.engine import Deliver, Exit, Sleep, advance, rest
from chalicelib.domain.journeys.journey import Journey, Message, Send
from chalicelib.domain.journeys.outcomes import Kind
from chalicelib.domain.journeys.policy import Policy
from chalicelib.domain.journeys.run import Enrollment, Status
from chalicelib.domain.journeys.settlement import called_off, claimed, judged, parked, recovered, refused, sent
from chalicelib.domain.journeys.situation import Situation
from chalicelib.domain.messages.mail import Mail
from chalicelib.services.compose import Composer
from chalicelib.services.measures import Measure, Tell, tell_nobody

log = logging.getLogger("rekindle.dispatch")
T = TypeVar("T")

WATCHED = {Kind.FAILED: Measure.FAILED_ENROLLMENTS, Kind.ABANDONED: Measure.UNKNOWN_SENDS}
KEEP_RUNS = timedelta(days=366)


class FactStore(Protocol):
    """Where facts are read, and coupons remembered."""

    def glance(self, runs: Iterable[Enrollment]) -> Mapping[str, Facts]: ...
    def facts(self, customer: str) -> Facts: ...
    def launches(self, ids: Iterable[str]) -> Mapping[str, Launch]: ...
    def issue_coupon(self, code: str, customer: str, percent: int, expires_at: datetime) -> None: ...
    def forget_coupon(self, code: str) -> None: ...


class RunStore(Protocol):
    """Where enrollments and contact histories live; ``save`` raises ``Conflict`` when the version moved on."""

    def page(self, due: Sequence[tuple[str, str]], journeys: Iterable[str]) -> DueBatch: ...
    def save(self, before: Enrollment, after: Enrollment) -> Enrollment: ...
    def put_contacts(self, contacts: Mapping[str, Contacts]) -> None: ...
    def suppressed(self, address_hashes: Iterable[str]) -> frozenset[str]: ...
    def erased(self, digests: Iterable[str]) -> frozenset[str]: ...


class Mailer(Protocol):
    """Sends one mail, once; raises ``SendThrottled``, ``SendRejected`` or ``SendUnknown``."""

    def send(self, mail: Mail) -> str: ...


@dataclass(frozen=True, slots=True)
class _Here:
    """What one page's decisions share."""

    suppressed: Mapping[str, bool]
    paused: frozenset[str]
    launches: Mapping[str, Launch]


@dataclass(frozen=True)
class Dispatch:
    """Handles the FIFO queue's pages. ``workers``: how many customers at a time.

    ``move`` brings a run to the customer whom its own was merged into.
    """

    facts: FactStore
    runs: RunStore
    mailer: Mailer
    composer: Composer
    journeys: Mapping[tuple[str, int], Journey]
    policy: Policy
    clock: Callable[[], datetime]
    address_hash: Callable[[str], str]
    move: Callable[[Enrollment, str], None]
    workers: int = 1
    tell: Tell = tell_nobody

    def __call__(self, event: Mapping[str, Any], has_time: Callable[[], bool] = lambda: True) -> dict[str, Any]:
        """Handle an SQS event of pages; ``has_time`` tells whether another customer may be begun."""
        for record in event["Records"]:
            self.page([(pk, sk) for pk, sk in json.loads(record["body"])["keys"]], has_time)
        return {}

    def page(self, due: Sequence[tuple[str, str]], has_time: Callable[[], bool] = lambda: True) -> None:
        """Handle the enrollments with these keys, as far as they are still due."""
        page = self.runs.page(due, {journey.key for journey in self.journeys.values()})
        by_customer: dict[str, list[Enrollment]] = {}
        for run in sorted(page.enrollments, key=self._turn):
            by_customer.setdefault(run.customer, []).append(run)
        glances = self.facts.glance(page.enrollments)
        here = _Here(self._suppressed(glances.values()), page.paused, self._launches(page.enrollments))

        def one(customer: str) -> Contacts:
            contacts = _remembering(page.contacts.get(customer, Contacts()), by_customer[customer], self.journeys)
            if not has_time():
                return contacts
            return self._customer(by_customer[customer], glances.get(customer), contacts, here)

        histories = dict(zip(by_customer, self._each(one, by_customer), strict=True))
        longest = max((cap.window for cap in self.policy.caps), default=timedelta(0))
        changed = {
            customer: kept
            for customer, history in histories.items()
            if (kept := history.pruned(self.clock(), longest, KEEP_RUNS)) != page.contacts.get(customer, Contacts())
        }
        if changed:
            self.runs.put_contacts(changed)

    def _suppressed(self, known: Iterable[Facts]) -> Mapping[str, bool]:
        """Of the hashes of these addresses, which are never written to."""
        hashes = [self.address_hash(facts.customer.email) for facts in known if facts.customer.email]
        suppressed = self.runs.suppressed(hashes) if hashes else frozenset()
        return {address: address in suppressed for address in hashes}

    def _each(self, function: Callable[[str], T], things: Iterable[str]) -> list[T]:
        if self.workers == 1:
            return [function(thing) for thing in things]
        with ThreadPoolExecutor(self.workers) as pool:
            return list(pool.map(function, things))

    def _turn(self, run: Enrollment) -> tuple[int, str]:
        journey = self.journeys.get((run.journey, run.journey_version))
        return -journey.priority if journey else 0, run.id

    def _launches(self, runs: Iterable[Enrollment]) -> Mapping[str, Launch]:
        wanted = {run.subject for run in runs if run.trigger == LaunchAnnounced.__name__}
        return self.facts.launches(sorted(wanted)) if wanted else {}

    def _customer(self, runs: Iterable[Enrollment], glance: Facts | None, contacts: Contacts, here: _Here) -> Contacts:
        for run in runs:
            now = self.clock()
            if run.due_at is None or run.due_at > now:
                continue
            try:
                contacts = self._run(run, glance, contacts, here)
            except Conflict:
                log.info("changed meanwhile", extra=_names(run))
            except Unavailable:
                raise
            except Exception as error:
                log.exception("parked", extra={**_names(run), "error": type(error).__name__})
                self._park(run, now, type(error).__name__)
        return contacts

    def _park(self, run: Enrollment, now: datetime, reason: str) -> None:
        """Put a run that cannot be handled aside, so that it never blocks its lane."""
        try:
            aside = parked(run, now, self.policy, reason)
            self.runs.save(run, aside)
        except Conflict:
            return
        if Kind.FAILED in aside.outcomes:
            self.tell(Measure.FAILED_ENROLLMENTS, 1)
            log.error("failed for good", extra={**_names(run), **_commands(run), "error": reason})

    def _run(self, run: Enrollment, glance: Facts | None, contacts: Contacts, here: _Here) -> Contacts:
        journey = self.journeys[run.journey, run.journey_version]
        if glance and run.status is Status.WAITING:
            ahead, decided = self._decide(journey, self._situation(run, glance, contacts, here), here)
            if isinstance(decided, Send):
                return self._send(run, journey, decided, ahead, here)
        facts = self.facts.facts(run.customer)
        if facts.customer.key != run.customer:
            self.move(run, facts.customer.key)
            return contacts
        situation = self._situation(run, facts, contacts, here)
        if run.status is Status.SENDING:
            return self._settle(run, recovered(journey, situation), contacts, journey)
        ahead, decided = self._decide(journey, situation, here)
        if isinstance(decided, Enrollment):
            return self._settle(run, decided, contacts, journey)
        return self._send(run, journey, decided, ahead, here)

    def _situation(self, run: Enrollment, facts: Facts, contacts: Contacts, here: _Here) -> Situation:
        return Situation(run, about(facts, run, here.launches), self.clock(), self.policy, contacts)

    def _decide(self, journey: Journey, situation: Situation, here: _Here) -> tuple[Situation, Message | Enrollment]:
        """What a waiting run does next: the message to send, at its step; or the run as it is to be stored."""
        ahead, decision = advance(journey, situation)
        at_message = replace(situation, enrollment=ahead)
        match decision:
            case Deliver(Send() as send):
                verdict = self._verdict(journey, send, at_message, here)
                return at_message, send if isinstance(verdict, Allowed) else judged(journey, at_message, verdict)
            case Deliver(notice):
                return at_message, notice
            case Sleep() | Exit():
                return at_message, rest(journey, situation)

    def _settle(self, before: Enrollment, after: Enrollment, contacts: Contacts, journey: Journey) -> Contacts:
        self.runs.save(before, after)
        for outcome in after.outcomes.keys() - before.outcomes.keys():
            if measure := WATCHED.get(after.outcomes[outcome].kind):
                self.tell(measure, 1)
        if Kind.FAILED in after.outcomes and Kind.FAILED not in before.outcomes:
            reason = after.outcomes[Kind.FAILED].reason
            log.error("failed for good", extra={**_names(before), **_commands(before), "error": reason})
        return _remembering(contacts, [after], {(journey.key, journey.version): journey})

    def _verdict(self, journey: Journey, send: Send, situation: Situation, here: _Here) -> Verdict:
        email = situation.facts.customer.email
        return judge(
            journey,
            send,
            situation,
            suppressed_address=email is not None and self._is_suppressed(email, here),
            paused=journey.key in here.paused,
        )

    def _is_suppressed(self, email: str, here: _Here) -> bool:
        address = self.address_hash(email)
        known = here.suppressed.get(address)
        return bool(self.runs.suppressed([address])) if known is None else known

    def _send(self, run: Enrollment, journey: Journey, message: Message, ahead: Situation, here: _Here) -> Contacts:
        now = self.clock()
        to_customer = isinstance(message, Send)
        claim = self.runs.save(run, claimed(ahead.enrollment, now, self.policy.lease, to_customer=to_customer))
        held = replace(ahead, enrollment=claim, now=now)

        def not_sent(reason: str, *, for_now: bool = False) -> Contacts:
            back = refused(called_off(claim), self.clock(), self.policy, reason, for_now=for_now)
            return self._settle(claim, back, ahead.contacts, journey)

        try:
            if to_customer:
                facts = self.facts.facts(run.customer)
                if facts.customer.key != run.customer:
                    self.move(self.runs.save(claim, replace(called_off(claim), due_at=now)), facts.customer.key)
                    return ahead.contacts
                held = replace(held, facts=about(facts, run, self._launches([run])))
                if changed := self._changed(journey, held, run, here):
                    return self._settle(claim, changed, ahead.contacts, journey)
            mail, offer = self.composer.mail(journey, message, held)
            if offer:
                self.facts.issue_coupon(offer.code, run.customer, offer.percent, offer.expires_at)
                if self.runs.erased([run.customer]):  # meanwhile, by one that did not know of this code
                    self.facts.forget_coupon(offer.code)
                    return not_sent("erased")
        except Conflict:
            raise
        except Unavailable as error:
            return not_sent(str(error), for_now=True)
        except Exception as error:
            log.exception("parked", extra={**_names(claim), "error": type(error).__name__})
            return not_sent(type(error).__name__)
        if claim.due_at is None or self.clock() >= claim.due_at:
            return not_sent("too_slow")
        contacts = _remembering(ahead.contacts, [claim], {(journey.key, journey.version): journey})
        try:
            self.mailer.send(mail)
        except SendRejected as error:
            log.warning("refused", extra={**_names(claim), "error": str(error)})
            return not_sent(str(error), for_now=isinstance(error, SendThrottled))
        except Exception as error:  # whatever broke, it may have been sent
            log.warning("unknown", extra={**_names(claim), "error": type(error).__name__, "detail": _detail(error)})
            return contacts
        self.runs.save(claim, sent(journey, held))
        return contacts

    def _changed(self, journey: Journey, held: Situation, run: Enrollment, here: _Here) -> Enrollment | None:
        """The run as it is without this message, if the facts after the claim are against it, else None.

        It comes out as if ``run`` had never been claimed.
        """
        waiting = replace(held, enrollment=replace(run, version=held.enrollment.version))
        ahead, decided = self._decide(journey, waiting, here)
        if isinstance(decided, Send) and ahead.enrollment.step == held.enrollment.step:
            return None
        return decided if isinstance(decided, Enrollment) else rest(journey, waiting)


def _remembering(
    contacts: Contacts, runs: Iterable[Enrollment], journeys: Mapping[tuple[str, int], Journey]
) -> Contacts:
    """The contact history with all that these enrollments themselves tell of messages sent, claimed or withheld."""
    for run in runs:
        journey = journeys.get((run.journey, run.journey_version))
        if journey is None:
            continue
        notices = {step.name for step in journey.messages if not isinstance(step, Send)}
        for outcome in run.outcomes.values():
            if outcome.kind is Kind.SENT and outcome.step not in notices:
                contacts = contacts.with_contact(Contact(outcome.id.partition("#")[2], outcome.at, journey.purpose))
        if run.status is Status.SENDING and run.claimed_at and run.step not in notices:
            contacts = contacts.with_contact(Contact(run.send_id, run.claimed_at, journey.purpose))
        if run.first_allowed_at:
            contacts = contacts.with_run(FirstMessage(journey.key, run.occurrence, run.first_allowed_at))
    return contacts


def _detail(error: Exception) -> str:
    """What an error of ours says; of others only the kind is safe to log."""
    return str(error) if isinstance(error, SendUnknown) else ""


def _names(run: Enrollment) -> dict[str, str | None]:
    """What a log line may say of a run: no address, no name."""
    return {"customer": run.customer, "enrollment": run.id, "journey": run.journey, "send_id": run.send_id}


def _commands(run: Enrollment) -> dict[str, str]:
    """What an operator types who reads that a run has failed."""
    return {"show": f"rekindle show {run.customer}", "retry": f"rekindle retry {run.customer} '{run.id}'"}
