"""What a due run does next, on the given facts: send a message, or be stored in a new state."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.domain.channel import Channel
from chalicelib.domain.facts.facts import Facts
from chalicelib.domain.facts.launch import Launch, LaunchAnnounced
from chalicelib.domain.journeys.attribution import about
from chalicelib.domain.journeys.contacts import Contacts
from chalicelib.domain.journeys.corrections import reopened
from chalicelib.domain.journeys.eligibility import Allowed, Suppressed, Verdict, judge
from chalicelib.domain.journeys.engine import Deliver, Exit, Sleep, advance, rest
from chalicelib.domain.journeys.journey import Journey, Message, Send
from chalicelib.domain.journeys.policy import Policy
from chalicelib.domain.journeys.run import Enrollment
from chalicelib.domain.journeys.settlement import judged
from chalicelib.domain.journeys.situation import Situation
from chalicelib.services.circuits import Gate
from chalicelib.services.ports import FactStore, SuppressionStore


@dataclass(frozen=True, slots=True)
class Shared:
    """What the decisions of one batch share: suppression by address hash, paused journeys, launches by id, and whether
    the batch may go on.
    """

    suppressed: Mapping[str, bool]
    paused: frozenset[str]
    launches: Mapping[str, Launch]
    gate: Gate


@dataclass(frozen=True)
class Decide:
    """Decides about waiting runs."""

    facts: FactStore
    suppressions: SuppressionStore
    policy: Policy
    clock: Callable[[], datetime]
    address_hash: Callable[[str], str]

    def __call__(
        self, journey: Journey, situation: Situation, shared: Shared
    ) -> tuple[Situation, Message | Enrollment]:
        """The situation at the run's next step, and the message to send there, or the run to store."""
        ahead, decision = advance(journey, situation)
        at_message = replace(situation, enrollment=ahead)
        match decision:
            case Deliver(Send() as send):
                verdict = self._verdict(journey, send, at_message, shared)
                return at_message, send if isinstance(verdict, Allowed) else judged(journey, at_message, verdict)
            case Deliver(notice):
                if situation.facts.customer.erased:  # the team is told nothing more of them
                    return at_message, judged(journey, at_message, Suppressed("erased"), to_team=True)
                return at_message, notice
            case Sleep() | Exit():
                return at_message, rest(journey, situation)

    def situation(self, run: Enrollment, facts: Facts, contacts: Contacts, shared: Shared) -> Situation:
        """The run's situation now."""
        return Situation(run, about(facts, run, shared.launches), self.clock(), self.policy, contacts)

    def after_failure(self, journey: Journey, run: Enrollment) -> Enrollment:
        """A run that has just failed, or taken up again: an answer may have come while it was being sent."""
        facts = self.facts.of(run.customer)
        return reopened(journey, Situation(run, facts, self.clock(), self.policy))

    def launches(self, runs: Iterable[Enrollment]) -> Mapping[str, Launch]:
        """The launches that these runs are about, by id."""
        wanted = {run.subject for run in runs if run.trigger == LaunchAnnounced.__name__}
        return self.facts.launches(sorted(wanted)) if wanted else {}

    def suppressed(self, known: Iterable[Facts]) -> Mapping[str, bool]:
        """By the hash of each customer's address: whether it is suppressed now."""
        addresses = [address for facts in known if (address := facts.customer.address(Channel.EMAIL))]
        hashes = list(map(self.address_hash, addresses))
        suppressed = self.suppressions.suppressed(hashes) if hashes else frozenset()
        return {address: address in suppressed for address in hashes}

    def _verdict(self, journey: Journey, send: Send, situation: Situation, shared: Shared) -> Verdict:
        address = situation.facts.customer.address(send.channel)
        return judge(
            journey,
            send,
            situation,
            suppressed_address=address is not None and self._is_suppressed(address, shared),
            paused=journey.key in shared.paused,
        )

    def _is_suppressed(self, address: str, shared: Shared) -> bool:
        hashed = self.address_hash(address)
        known = shared.suppressed.get(hashed)
        return bool(self.suppressions.suppressed([hashed])) if known is None else known
