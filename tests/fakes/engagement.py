"""A store of runs, standings and suppressions in memory; ``tests/contract`` holds it to what the real one does."""

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import reduce

from chalicelib.adapters.dynamodb import keys
from chalicelib.domain.errors import Conflict
from chalicelib.domain.facts.launch import Announcement, Launch
from chalicelib.domain.figures.breaker import Pause, Resumed
from chalicelib.domain.figures.counters import Counts, counts_of_enrollment, counts_of_standing
from chalicelib.domain.journeys.contacts import Contacts
from chalicelib.domain.journeys.credits import Credit
from chalicelib.domain.journeys.due import DueBatch, DueKey, lane_of
from chalicelib.domain.journeys.engagement import ERASED, SOFT_BOUNCES, AddressStatus, Engagement, Lifting, Suppression
from chalicelib.domain.journeys.outcomes import Outcome
from chalicelib.domain.journeys.run import Enrollment, Status, enrollment_id
from chalicelib.domain.messages.attempts import Attempts
from chalicelib.domain.standing.standing import Standing
from chalicelib.domain.time import to_text
from tests.fakes.circuits import FakeCircuits


class FakeEngagement:
    """Enrollments, standings, memberships, contact histories, suppressions, pauses."""

    def __init__(self, lanes: int = 4) -> None:
        self.lanes = lanes
        self.enrollments: dict[tuple[str, str], Enrollment] = {}
        self.moving: list[Enrollment] = []
        self.standings: dict[str, Standing] = {}
        self.memberships: dict[str, set[str]] = {}
        self.announcements: dict[str, tuple[Launch, Announcement]] = {}
        self.contacts: dict[str, Contacts] = {}
        self.suppressions: dict[str, tuple[str, datetime]] = {}
        self.liftings: dict[str, Lifting] = {}
        self.attempts: dict[str, tuple[Attempts, int]] = {}
        self.pauses: dict[str, Pause] = {}
        self.resumed: dict[str, Resumed] = {}
        self.credits: dict[tuple[str, str, str], Credit] = {}
        self.circuits = FakeCircuits()

    def create(self, enrollment: Enrollment) -> bool:
        key = enrollment.customer, enrollment.id
        if key in self.enrollments:
            return False
        self.enrollments[key] = enrollment
        return True

    def wherever(self, customer: str, enrollment_id: str) -> Enrollment | None:
        runs = (run for (_, own_id), run in self.enrollments.items() if own_id == enrollment_id)
        return next((run for run in runs if customer in (run.customer, run.known_as)), None)

    def save(self, before: Enrollment, after: Enrollment) -> Enrollment:
        key = after.customer, after.id
        stored = self.enrollments.get(key)
        if stored is None or stored.version != before.version:
            raise Conflict(after.id)
        added = {name: outcome for name, outcome in after.outcomes.items() if before.outcomes.get(name) != outcome}
        saved = dataclasses.replace(after, version=before.version + 1)
        gone = before.outcomes.keys() - after.outcomes.keys()
        kept = {name: outcome for name, outcome in stored.outcomes.items() if name not in gone}
        self.enrollments[key] = dataclasses.replace(saved, outcomes={**kept, **added}, ordered=stored.ordered)
        return saved

    def add_outcome(self, customer: str, enrollment_id: str, *outcomes: Outcome) -> bool:
        is_new = False
        for outcome in outcomes:
            stored = self.enrollments.get((customer, enrollment_id))
            is_new = stored is not None and outcome.id not in stored.outcomes
            if stored and is_new:
                self.enrollments[customer, enrollment_id] = stored.with_outcome(outcome)
        return is_new

    def change_outcome(self, run: Enrollment, old: Outcome, new: Outcome | None) -> None:
        stored = self.enrollments.get((run.customer, run.id))
        if stored is None or stored.outcomes.get(old.id) != old:
            raise Conflict(run.id)
        others = {name: outcome for name, outcome in stored.outcomes.items() if name != old.id}
        changed = {**others, old.id: new} if new else others
        self.enrollments[run.customer, run.id] = dataclasses.replace(stored, outcomes=changed)

    def of(self, customer: str) -> Engagement:
        runs = tuple(run for (whose, _), run in sorted(self.enrollments.items()) if whose == customer)
        segments = frozenset(name for name, members in self.memberships.items() if customer in members)
        return Engagement(self.standings.get(customer), segments, self.contacts.get(customer, Contacts()), runs)

    def get(self, customer: str, enrollment_id: str) -> Enrollment | None:
        return self.enrollments.get((customer, enrollment_id))

    def latest(self, customer: str, journey: str, subject: str) -> Enrollment | None:
        first = enrollment_id(journey, subject)
        ids = [run_id for whose, run_id in self.enrollments if whose == customer and run_id.startswith(first)]
        runs = [self.enrollments[customer, run_id] for run_id in sorted(ids, reverse=True)]
        return next((run for run in runs if run.status is not Status.ENDED), runs[0] if runs else None)

    def put(
        self, customer: str, standing: Standing, join: Iterable[str], leave: Iterable[str], over: Standing | None = None
    ) -> None:
        if over is not None and self.standings.get(customer) != over:
            raise Conflict("ConditionalCheckFailedException")
        self.join(customer, join)
        for segment in leave:
            self.memberships.get(segment, set()).discard(customer)
        self.standings[customer] = standing

    def beside(self, customer: str, enrollment_id: str) -> list[Enrollment]:
        return list(self.of(customer).enrollments)

    def hand_over(self, run: Enrollment, into: str) -> None:
        self.moving.append(self.enrollments.pop((run.customer, run.id)))

    def leaving(self, customer: str) -> list[Enrollment]:
        return [run for run in self.moving if run.customer == customer]

    def arrived(self, run: Enrollment, into: str) -> None:
        self.moving.remove(run)

    def erase(self, customer: str, keep: Callable[[str, Counts], None]) -> None:
        self.credits = {key: credit for key, credit in self.credits.items() if key[0] != customer}
        for key, run in [(key, run) for key, run in self.enrollments.items() if key[0] == customer]:
            keep(str(key), counts_of_enrollment(run))
            if self.enrollments.get(key) != run:
                raise Conflict(run.id)
            del self.enrollments[key]
        if standing := self.standings.get(customer):
            keep(customer, counts_of_standing(standing))
            if self.standings.pop(customer) != standing:
                raise Conflict(customer)

    def join(self, customer: str, segments: Iterable[str]) -> None:
        for segment in segments:
            self.memberships.setdefault(segment, set()).add(customer)

    def announce(self, launch: Launch, now: datetime) -> None:
        before, known = self.announcements.get(launch.id, (launch, Announcement(launch.at, now)))
        noticed_at = known.noticed_at if before.at == launch.at else now
        self.announcements[launch.id] = launch, Announcement(min(known.announced_at, launch.at), noticed_at)

    def announced(self, now: datetime) -> Mapping[str, str]:
        return {each.id: each.segment for each, _ in self.announcements.values() if each.ends_at > now}

    def announcement(self, launch_id: str) -> Announcement | None:
        return self.announcements[launch_id][1] if launch_id in self.announcements else None

    def members(self, segment: str, start: str | None, limit: int) -> tuple[list[str], str | None]:
        after = sorted(member for member in self.memberships.get(segment, set()) if start is None or member > start)
        return after[:limit], after[limit - 1] if len(after) > limit else None

    def due(self, lane: str, now: datetime, limit: int) -> list[DueKey]:
        found = [
            DueKey(keys.customer(run.customer), keys.enrollment(run.id), to_text(run.due_at))
            for run in self.enrollments.values()
            if run.due_at is not None and run.due_at <= now and self.lane_of(run.customer) == lane
        ]
        return sorted(found, key=lambda key: (key.due_at, key.pk, key.sk))[:limit]

    def upcoming(self, until: datetime) -> Iterator[DueKey]:
        for number in range(self.lanes):
            yield from self.due(f"L{number}", until, len(self.enrollments))

    def next_due(self, after: datetime) -> datetime | None:
        return min((run.due_at for run in self.enrollments.values() if run.due_at and run.due_at > after), default=None)

    def batch(self, due: Sequence[tuple[str, str]], journeys: Iterable[str]) -> DueBatch:
        wanted = set(due)
        runs = [run for run in self.enrollments.values() if _place(run) in wanted]
        customers = {keys.customer_of(pk) for pk, _ in due}
        contacts = {customer: kept for customer, kept in self.contacts.items() if customer in customers}
        paused = frozenset(self.pauses.keys() & set(journeys))
        return DueBatch(tuple(runs), (), contacts, paused, circuits=self.circuits.all())

    def postpone(self, key: DueKey, until: datetime) -> None:
        raise AssertionError("in memory everything can be read")

    def together(self, customers: Iterable[str]) -> Contacts:
        return reduce(Contacts.united, (self.contacts.get(each, Contacts()) for each in customers), Contacts())

    def replace(self, customer: str, history: Contacts, over: Contacts) -> Contacts | None:
        stored = self.contacts.get(customer, Contacts())
        if stored not in (over, history):
            return stored
        self.contacts[customer] = history
        return None

    def suppressed(self, address_hashes: Iterable[str]) -> frozenset[str]:
        return frozenset(self.suppressions.keys() & set(address_hashes))

    def status(self, address_hash: str) -> AddressStatus:
        held = self.suppressions.get(address_hash)
        return AddressStatus(Suppression(*held) if held else None, self.liftings.get(address_hash))

    def suppress(self, address_hash: str, reason: str, at: datetime, *, is_dated: bool = True) -> bool:
        held, lifting = self.suppressions.get(address_hash), self.liftings.get(address_hash)
        if lifting and (not is_dated or lifting.at >= at):
            return False
        if held and held[0] != SOFT_BOUNCES and (held[0] == ERASED or held[1] <= at):
            return False
        self.suppressions[address_hash] = reason, at
        return True

    def suppress_softly(self, address_hash: str, at: datetime) -> bool:
        held, lifting = self.suppressions.get(address_hash), self.liftings.get(address_hash)
        if (held and held[0] != SOFT_BOUNCES) or (lifting and lifting.at >= at):
            return False
        self.suppressions[address_hash] = SOFT_BOUNCES, at
        return True

    def withdraw_softly(self, address_hash: str) -> None:
        if self.suppressions.get(address_hash, ("",))[0] == SOFT_BOUNCES:
            del self.suppressions[address_hash]

    def lift(self, address_hash: str, lifting: Lifting) -> None:
        if self.suppressions.get(address_hash) != (lifting.reason, lifting.since):
            raise Conflict("ConditionalCheckFailedException")
        del self.suppressions[address_hash]
        self.liftings[address_hash] = lifting

    def forget(self, digests: Iterable[str], at: datetime) -> None:
        for digest in digests:
            self.suppressions[digest] = ERASED, at
            self.liftings.pop(digest, None)

    def attempts_of(self, address_hash: str) -> tuple[Attempts, int]:
        return self.attempts.get(address_hash, (Attempts(), 0))

    def bouncing(self, address_hashes: Iterable[str]) -> frozenset[str]:
        return frozenset(self.attempts.keys() & set(address_hashes))

    def put_attempts(self, address_hash: str, attempts: Attempts, version: int) -> None:
        if self.attempts_of(address_hash)[1] != version:
            raise Conflict("ConditionalCheckFailedException")
        self.attempts[address_hash] = attempts, version + 1

    def forget_attempts(self, address_hashes: Iterable[str]) -> None:
        for each in address_hashes:
            self.attempts.pop(each, None)

    def erased(self, digests: Iterable[str]) -> frozenset[str]:
        return frozenset(each for each in digests if self.suppressions.get(each, ("",))[0] == "erased")

    def stop(self, journey: str, pause: Pause) -> bool:
        return self.pauses.setdefault(journey, pause) is pause

    def resume(self, journey: str, resumed: Resumed) -> None:
        self.resumed[journey] = resumed
        self.pauses.pop(journey, None)

    def state(self, journey: str) -> tuple[Pause | None, Resumed | None]:
        return self.pauses.get(journey), self.resumed.get(journey)

    def of_journeys(self, journeys: Iterable[str]) -> dict[str, Pause]:
        return {journey: self.pauses[journey] for journey in journeys if journey in self.pauses}

    def everything(self) -> Iterator[tuple[str, Enrollment | Credit | Standing | Suppression]]:
        yield from [(digest, Suppression(*why)) for digest, why in self.suppressions.items()]
        yield from [(run.customer, run) for run in self.enrollments.values()]
        yield from [(customer, credit) for (customer, _, _), credit in self.credits.items()]
        yield from list(self.standings.items())

    def lane_of(self, customer: str) -> str:
        return lane_of(customer, self.lanes)


def _place(run: Enrollment) -> tuple[str, str]:
    return keys.customer(run.customer), keys.enrollment(run.id)
