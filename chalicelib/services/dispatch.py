"""A page of enrollments is due: decide on fresh facts, claim, look once more, send, settle.

    batch get ─ facts ─ decide ──► save                                   (nothing to send)
                          └──────► claim ─ facts ─ judge ─► send ─► settle
                                                     └────► save          (changed at the last moment)

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

from chalicelib.domain.attribution import about
from chalicelib.domain.customer import Facts, Launch
from chalicelib.domain.eligibility import Allowed, judge
from chalicelib.domain.enrollment import Deliver, Enrollment, Exit, Sleep, Status, advance, rest
from chalicelib.domain.errors import Conflict, SendRejected, SendThrottled, SendUnknown, Unavailable
from chalicelib.domain.events import LaunchAnnounced
from chalicelib.domain.journey import Journey, Message, Send
from chalicelib.domain.mail import Mail
from chalicelib.domain.outcomes import Kind
from chalicelib.domain.pages import Page
from chalicelib.domain.policy import Policy
from chalicelib.domain.settlement import called_off, claimed, judged, parked, recovered, refused, sent
from chalicelib.domain.situation import Contact, Contacts, Run, Situation
from chalicelib.services.compose import Composer
from chalicelib.services.measures import Measure, Tell, tell_nobody

log = logging.getLogger("rekindle.dispatch")
T = TypeVar("T")

WATCHED = {Kind.FAILED: Measure.FAILED_ENROLLMENTS, Kind.ABANDONED: Measure.UNKNOWN_SENDS}
KEEP_RUNS = timedelta(days=366)


class FactStore(Protocol):
    """Where facts are read, and coupons remembered."""

    def facts(self, customer: str) -> Facts: ...
    def launches(self, ids: Iterable[str]) -> Mapping[str, Launch]: ...
    def issue_coupon(self, code: str, customer: str, percent: int, expires_at: datetime) -> None: ...


class RunStore(Protocol):
    """Where enrollments and contact histories live; ``save`` raises ``Conflict`` when the version moved on."""

    def page(self, due: Sequence[tuple[str, str]], journeys: Iterable[str]) -> Page: ...
    def save(self, before: Enrollment, after: Enrollment) -> Enrollment: ...
    def put_contacts(self, contacts: Mapping[str, Contacts]) -> None: ...
    def suppressed(self, address_hashes: Iterable[str]) -> frozenset[str]: ...


class Mailer(Protocol):
    """Sends one mail, once; raises ``SendThrottled``, ``SendRejected`` or ``SendUnknown``."""

    def send(self, mail: Mail) -> str: ...


@dataclass(frozen=True, slots=True)
class _Here:
    """What one page's decisions share."""

    suppressed: frozenset[str]
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
        facts = dict(zip(by_customer, self._each(self._facts, by_customer), strict=True))
        addresses = [known.customer.email for known in facts.values() if known and known.customer.email]
        here = _Here(
            self.runs.suppressed(map(self.address_hash, addresses)) if addresses else frozenset(),
            page.paused,
            self._launches(page.enrollments),
        )

        def one(customer: str) -> Contacts:
            stored = page.contacts.get(customer, Contacts())
            contacts = _remembering(stored, by_customer[customer], self.journeys)
            known = facts[customer]
            if known is None or not has_time():
                return contacts
            return self._customer(by_customer[customer], known, contacts, here)

        for run in page.enrollments:
            if facts[run.customer] is None and run.due_at and run.due_at <= self.clock():
                self._park(run, self.clock(), "unreadable_facts")
        histories = dict(zip(by_customer, self._each(one, by_customer), strict=True))
        longest = max((cap.window for cap in self.policy.caps), default=timedelta(0))
        changed = {
            customer: kept
            for customer, history in histories.items()
            if (kept := history.pruned(self.clock(), longest, KEEP_RUNS)) != page.contacts.get(customer, Contacts())
        }
        if changed:
            self.runs.put_contacts(changed)

    def _facts(self, customer: str) -> Facts | None:
        """The customer's facts; None where they cannot be read: then the runs are put aside, and the page goes on."""
        try:
            return self.facts.facts(customer)
        except Unavailable:
            raise
        except Exception as error:
            log.exception("unreadable facts", extra={"customer": customer, "error": type(error).__name__})
            return None

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

    def _customer(self, runs: Iterable[Enrollment], facts: Facts, contacts: Contacts, here: _Here) -> Contacts:
        for run in runs:
            now = self.clock()
            if run.due_at is None or run.due_at > now:
                continue
            situation = Situation(run, about(facts, run, here.launches), now, self.policy, contacts)
            try:
                if facts.customer.key != run.customer:
                    self.move(run, facts.customer.key)
                    continue
                contacts = self._run(situation, here)
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
            log.error("failed for good", extra={**_names(run), "error": reason})

    def _run(self, situation: Situation, here: _Here) -> Contacts:
        run = situation.enrollment
        journey = self.journeys[run.journey, run.journey_version]
        if run.status is Status.SENDING:
            return self._settle(run, recovered(journey, situation), situation.contacts, journey)
        ahead, decision = advance(journey, situation)
        match decision:
            case Deliver(message):
                at_message = replace(situation, enrollment=ahead)
                if isinstance(message, Send):
                    verdict = self._verdict(journey, message, at_message, here)
                    if not isinstance(verdict, Allowed):
                        return self._settle(run, judged(journey, at_message, verdict), situation.contacts, journey)
                return self._send(run, journey, message, at_message, here)
            case Sleep() | Exit():
                return self._settle(run, rest(journey, situation), situation.contacts, journey)

    def _settle(self, before: Enrollment, after: Enrollment, contacts: Contacts, journey: Journey) -> Contacts:
        self.runs.save(before, after)
        for outcome in after.outcomes.keys() - before.outcomes.keys():
            if measure := WATCHED.get(after.outcomes[outcome].kind):
                self.tell(measure, 1)
        return _remembering(contacts, [after], {(journey.key, journey.version): journey})

    def _verdict(self, journey: Journey, send: Send, situation: Situation, here: _Here) -> Any:
        email = situation.facts.customer.email
        is_suppressed = email is not None and self.address_hash(email) in here.suppressed
        return judge(
            journey, send, situation, suppressed_address=is_suppressed, paused=journey.key in here.paused
        )  # fmt: skip

    def _send(self, run: Enrollment, journey: Journey, message: Message, situation: Situation, here: _Here) -> Contacts:
        mail, offer = self.composer.mail(journey, message, situation)
        if offer:
            self.facts.issue_coupon(offer.code, run.customer, offer.percent, offer.expires_at)
        now = self.clock()
        claim = self.runs.save(
            run, claimed(situation.enrollment, now, self.policy.lease, to_customer=isinstance(message, Send))
        )
        held = replace(situation, enrollment=claim, now=now)
        if isinstance(message, Send):
            try:
                changed = self._changed(journey, message, held, here)
            except Unavailable as error:
                changed = refused(claim, now, self.policy, str(error), for_now=True)
            if changed:
                return self._settle(claim, changed, situation.contacts, journey)
        if claim.due_at is None or self.clock() >= claim.due_at:
            return self._settle(
                claim, refused(claim, self.clock(), self.policy, "too_slow"), situation.contacts, journey
            )
        contacts = _remembering(situation.contacts, [claim], {(journey.key, journey.version): journey})
        try:
            self.mailer.send(mail)
        except SendRejected as error:
            for_now = isinstance(error, SendThrottled)
            log.warning("refused", extra={**_names(claim), "error": str(error)})
            return self._settle(
                claim, refused(claim, now, self.policy, str(error), for_now=for_now), situation.contacts, journey
            )  # fmt: skip
        except Exception as error:  # whatever broke, it may have been sent
            log.warning("unknown", extra={**_names(claim), "error": type(error).__name__, "detail": _detail(error)})
            return contacts
        self.runs.save(claim, sent(journey, held))
        return contacts

    def _changed(self, journey: Journey, send: Send, held: Situation, here: _Here) -> Enrollment | None:
        """The run without this message, if facts that were stored before the claim forbid it, else None."""
        run = held.enrollment
        facts = about(self.facts.facts(run.customer), run, self._launches([run]))
        fresh = replace(held, facts=facts)
        waiting = replace(fresh, enrollment=called_off(held.enrollment))
        ahead, decision = advance(journey, waiting)
        if not isinstance(decision, Deliver) or ahead.step != held.enrollment.step:
            return rest(journey, waiting)
        verdict = self._verdict(journey, send, fresh, here)
        return None if isinstance(verdict, Allowed) else judged(journey, fresh, verdict)


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
            contacts = contacts.with_run(Run(journey.key, run.occurrence, run.first_allowed_at))
    return contacts


def _detail(error: Exception) -> str:
    """What an error of ours says; of others only the kind is safe to log."""
    return str(error) if isinstance(error, SendUnknown) else ""


def _names(run: Enrollment) -> dict[str, str | None]:
    """What a log line may say of a run: no address, no name."""
    return {"customer": run.customer, "enrollment": run.id, "journey": run.journey, "send_id": run.send_id}
