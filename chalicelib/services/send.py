"""Send one message at most once: claim, read the facts again, compose, enter it in the contact history, send, settle.

A crash after the claim leaves the run ``sending``; its lease brings it back to ``dispatch``, where delivery reports
settle it, or, after ``unknown_after``, the journey's own rule.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.domain.channel import Channel
from chalicelib.domain.errors import Conflict, SendingStopped, SendRejected, SendThrottled, SendUnknown, Unavailable
from chalicelib.domain.facts.facts import Facts
from chalicelib.domain.journeys.attribution import about
from chalicelib.domain.journeys.contacts import Contacts
from chalicelib.domain.journeys.engine import rest
from chalicelib.domain.journeys.journey import Journey, Message, Send
from chalicelib.domain.journeys.policy import Policy
from chalicelib.domain.journeys.run import Enrollment, Status
from chalicelib.domain.journeys.settlement import called_off, claimed, refused, sent
from chalicelib.domain.journeys.situation import Situation
from chalicelib.services.carriers import Carrier, Outgoing
from chalicelib.services.circuits import Gate
from chalicelib.services.decide import Decide, Shared
from chalicelib.services.history import History
from chalicelib.services.ports import CouponStore, FactStore, RunStore, SuppressionStore
from chalicelib.services.settle import Settle, names

log = logging.getLogger("rekindle.dispatch")
TURNS = 8
SHORT = 16
"""Digits of an address's hash in a contact history."""


def wait_for_merge(facts: Facts) -> None:
    """Raise ``Unavailable`` while another customer is being merged into this one: their contact histories are apart."""
    if facts.merging:
        raise Unavailable("a customer who is being merged")


@dataclass(frozen=True, slots=True)
class _Claimed:
    """A message that this process alone may send: its run before and after the claim, and the situation then."""

    run: Enrollment
    claim: Enrollment
    journey: Journey
    message: Message
    situation: Situation


@dataclass(frozen=True)
class SendMessage:
    """Sends messages by their channel's carrier. ``move`` moves a run to the customer into whom its own was merged.

    ``code_of``: the coupon code of a run's current message, if it has one.
    """

    facts: FactStore
    runs: RunStore
    coupons: CouponStore
    suppressions: SuppressionStore
    carriers: Mapping[Channel, Carrier]
    decide: Decide
    settle: Settle
    history: History
    policy: Policy
    clock: Callable[[], datetime]
    move: Callable[[Enrollment, str], None]
    code_of: Callable[[Enrollment], str]

    def __call__(
        self, run: Enrollment, journey: Journey, message: Message, ahead: Situation, shared: Shared
    ) -> Contacts:
        """Send ``message``, the next one of ``run``, at the step in ``ahead``; returns the contact history after it."""
        now = self.clock()
        claim = self.runs.save(
            run, claimed(ahead.enrollment, now, self.policy.lease, to_customer=isinstance(message, Send))
        )
        held = _Claimed(run, claim, journey, message, replace(ahead, enrollment=claim, now=now))
        try:
            prepared = self._prepared(held, shared)
        except Conflict:
            raise
        except Unavailable as error:
            return self._not_sent(self._perhaps_entered(held), str(error), for_now=True)
        except Exception as error:
            log.exception("enrollment postponed", extra={**names(claim), "error": type(error).__name__})
            return self._not_sent(self._perhaps_entered(held), type(error).__name__)
        if isinstance(prepared, Contacts):
            return prepared
        held, outgoing = prepared
        if claim.due_at is None or self.clock() >= claim.due_at:
            return self._not_sent(held, "too_slow")
        return self._sent(held, outgoing, shared.gate)

    def _perhaps_entered(self, held: _Claimed) -> _Claimed:
        """With the message in the contact history, to be taken out of it: the error may have come after that."""
        contacts = self.history.entered(held.situation.contacts, held.claim)
        return replace(held, situation=replace(held.situation, contacts=contacts))

    def _prepared(self, held: _Claimed, shared: Shared) -> Contacts | tuple[_Claimed, Outgoing]:
        """The message, composed on the facts after the claim; or the contacts, if it must not be sent after all."""
        run, claim, contacts = held.run, held.claim, held.situation.contacts
        facts = self.facts.snapshot(run.customer)
        if facts.customer.key != run.customer:
            with self._unsent(held):
                released = self.runs.save(claim, replace(called_off(claim), due_at=held.situation.now))
            self.move(released, facts.customer.key)
            return contacts
        wait_for_merge(facts)
        situation = replace(held.situation, facts=about(facts, run, self.decide.launches([run])))
        held = replace(held, situation=situation)
        if isinstance(held.message, Send):
            shared = replace(shared, suppressed=self.decide.suppressed([facts]))
        if changed := self._changed(held, shared):
            return self._settled(held, changed)
        outgoing, offer = self.carriers[held.message.channel].compose(held.journey, held.message, held.situation)
        if offer:
            self.coupons.issue(offer.code, run.customer, offer.percent, offer.expires_at)
            if self.suppressions.erased([run.customer]):  # erased meanwhile, without deleting this code
                return self._not_sent(held, "erased")
        return self._entered(held, outgoing, shared) if isinstance(held.message, Send) else (held, outgoing)

    def _entered(self, held: _Claimed, outgoing: Outgoing, shared: Shared) -> Contacts | tuple[_Claimed, Outgoing]:
        """The message, once it is in the contact history; it is judged again if another one has entered meanwhile.

        The last thing before the send, so that a message that cannot be composed leaves no entry.
        """
        to = self._address_hash(held)
        for _ in range(TURNS):
            contacts, is_stored = self.history.reserve(held.run.customer, held.situation.contacts, [held.claim], to)
            held = replace(held, situation=replace(held.situation, contacts=contacts))
            if is_stored:
                return self._after_others(held, shared) or (held, outgoing)
            if changed := self._changed(held, shared):
                return self._settled(held, changed)
        raise Unavailable("a contact history that keeps changing")

    def _after_others(self, held: _Claimed, shared: Shared) -> Contacts | None:
        """The contacts, if messages to others who bear the address forbid this one; else None.

        Each enters its own message before it looks for those of the others, so that one of two sees the other. If both
        do, neither is sent now, and one of them is tried again before the other.
        """
        facts, to = held.situation.facts, self._address_hash(held)
        if not facts.at_address:
            return None
        known = [other for other in facts.at_address if other.customer.key in facts.bearers]
        for other in known:
            wait_for_merge(other)
        run = held.claim
        histories = self.history.of([each.customer.key for each in known])
        with suppress(Unavailable):  # of a stranger who cannot be read now, nothing is known
            strangers = [each.customer.key for each in facts.at_address if each not in known]
            histories = histories.united(self.history.of(strangers)) if strangers else histories
        theirs = histories.at(to, run.journey, run.occurrence)
        together = held.situation.contacts.united(theirs)
        changed = self._changed(replace(held, situation=replace(held.situation, contacts=together)), shared)
        if changed is None:
            return None
        now = self.clock()
        if being_sent := [each.send_id for each in theirs.contacts if each.at > now - self.policy.lease]:
            again = refused(called_off(run), now, self.policy, "address_busy", for_now=True)
            is_later = again.due_at and run.send_id > min(being_sent)
            changed = replace(again, due_at=again.due_at + self.policy.lease) if again.due_at and is_later else again
        return self._taken_back(held, changed)

    def _address_hash(self, held: _Claimed) -> str:
        """A short hash of the address that the message goes to."""
        return self.decide.address_hash(held.situation.facts.customer.address(held.message.channel) or "")[:SHORT]

    def _sent(self, held: _Claimed, outgoing: Outgoing, gate: Gate) -> Contacts:
        """The one attempt to send, and its settlement."""
        claim, journey, contacts = held.claim, held.journey, held.situation.contacts
        gate.attempted()
        try:
            self.carriers[held.message.channel].send(outgoing)
        except SendingStopped as error:
            return self._put_back(held, str(error), gate)
        except SendRejected as error:
            log.warning("send refused", extra={**names(claim), "error": str(error)})
            if not isinstance(error, SendThrottled):
                gate.refused_alone()
            return self._not_sent(held, str(error), for_now=isinstance(error, SendThrottled))
        except Exception as error:  # whatever the error, the message may have been sent
            detail = str(error) if isinstance(error, SendUnknown) else ""  # other errors' texts may be personal
            log.warning("send unknown", extra={**names(claim), "error": type(error).__name__, "detail": detail})
            return contacts
        self.runs.save(claim, sent(journey, held.situation))
        gate.accepted(held.message.channel)
        return contacts

    def _put_back(self, held: _Claimed, reason: str, gate: Gate) -> Contacts:
        """Store the run as if it had never been claimed, due as it was: the service refuses every message."""
        gate.is_shut = True  # at once, for those of the batch that others handle
        try:
            self._revoke(held)
            with self._unsent(held):
                self.runs.save(held.claim, replace(held.run, version=held.claim.version))
            self.settle.not_sent(held.claim, held.run)
            return self.history.take_back(held.run.customer, held.situation.contacts, held.claim)
        finally:  # last, so that a process that dies before leaves the run as it was and not as an unknown send
            gate.refused(held.message.channel, reason)

    def _not_sent(self, held: _Claimed, reason: str, *, for_now: bool = False) -> Contacts:
        """Release the claim: nothing was sent; ``for_now``: the refusal is temporary."""
        after = refused(called_off(held.claim), self.clock(), self.policy, reason, for_now=for_now)
        contacts = self._taken_back(held, after)
        if after.status is Status.ENDED:
            self.settle.reopen(replace(after, version=held.claim.version + 1), held.journey, self.decide.after_failure)
        return contacts

    def _taken_back(self, held: _Claimed, after: Enrollment) -> Contacts:
        """Store the run without its message, which leaves the contact history, too."""
        return self.history.take_back(held.run.customer, self._settled(held, after), held.claim)

    def _settled(self, held: _Claimed, after: Enrollment) -> Contacts:
        """Store the claimed run, of which nothing was sent."""
        self._revoke(held)
        with self._unsent(held):
            self.settle(held.claim, after)
        return self.history.add(held.run.customer, held.situation.contacts, [after])

    def _revoke(self, held: _Claimed) -> None:
        """Remove the message's code, which nobody has got: an erasure finds only those of messages that were sent."""
        if isinstance(held.message, Send) and held.message.offer:
            with suppress(Unavailable):  # then it stays with the run, which issues it again
                self.coupons.revoke(self.code_of(held.claim))

    @contextmanager
    def _unsent(self, held: _Claimed) -> Iterator[None]:
        """Inside, a claimed run is stored of which nothing was sent; if it moved meanwhile, its claim ends there."""
        try:
            yield
        except Conflict:
            into = self.facts.of(held.run.customer).customer.key
            if into != held.run.customer:
                with suppress(Conflict):  # it is on its way, or it went on from there
                    self.move(held.claim, into)
                beside = self.runs.beside(held.run.customer, held.claim.id)
                moved = next((run for run in beside if run.id == held.claim.id), None)
                if moved and (moved.status, moved.claimed_at) == (Status.SENDING, held.claim.claimed_at):
                    self.runs.save(moved, replace(called_off(moved), due_at=self.clock()))
            raise

    def _changed(self, held: _Claimed, shared: Shared) -> Enrollment | None:
        """The run as if never claimed, without this message, if the facts after the claim forbid it; else None."""
        waiting = replace(held.situation, enrollment=replace(held.run, version=held.claim.version))
        ahead, decided = self.decide(held.journey, waiting, shared)
        if isinstance(decided, Enrollment):
            return decided
        return None if ahead.enrollment.step == held.claim.step else rest(held.journey, waiting)
