"""Stores, queue and mailer in memory; ``tests/contract`` holds the stores to what the real ones do."""

import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

import workflows
from chalicelib.adapters.dynamodb import items, keys
from chalicelib.adapters.dynamodb.counters import DEAD_LETTERS_KEPT
from chalicelib.adapters.identity import Identity
from chalicelib.domain.errors import Ambiguous, Conflict
from chalicelib.domain.facts.cart import Cart
from chalicelib.domain.facts.customer import Customer, Merged
from chalicelib.domain.facts.fact import Fact
from chalicelib.domain.facts.facts import Facts, facts_of
from chalicelib.domain.facts.inbound import Known, Name, Person, is_of
from chalicelib.domain.facts.launch import Launch
from chalicelib.domain.facts.order import Order
from chalicelib.domain.facts.versions import is_partial
from chalicelib.domain.figures.counters import Counts
from chalicelib.domain.journeys.contacts import Contacts
from chalicelib.domain.journeys.due import DueBatch, DueKey
from chalicelib.domain.journeys.engagement import Engagement, Suppression
from chalicelib.domain.journeys.outcomes import Outcome
from chalicelib.domain.journeys.policy import Policy
from chalicelib.domain.journeys.run import Enrollment
from chalicelib.domain.messages.mail import Mail
from chalicelib.domain.standing.standing import Standing
from chalicelib.domain.time import NEVER, to_text
from chalicelib.services.audience import Audience
from chalicelib.sources.registry import id_sources

SECRET = b"\x3c" * 32


@dataclass
class Coupon:
    """A code as it is remembered."""

    customer: str
    percent: int
    expires_at: datetime
    order_id: str | None = None


class FakeCommerce:
    """Facts, aliases and coupons."""

    def __init__(self) -> None:
        self.identity = Identity(SECRET)
        self.stored: dict[tuple[str, str], Fact] = {}
        self.versions: dict[tuple[str, str], str] = {}
        self.past: set[tuple[str, str]] = set()
        self.launched: dict[str, Launch] = {}
        self.aliases: dict[Name, Known] = {}
        self.links: dict[Name, set[Name]] = {}
        self.deliveries: dict[tuple[str, str], datetime] = {}
        self.coupons: dict[str, Coupon] = {}

    def known(self, names: Iterable[Name]) -> dict[Name, Known]:
        return {name: self.aliases[name] for name in names if name in self.aliases}

    def remember(self, name: Name, known: Known) -> Known:
        return self.aliases.setdefault(name, known)

    def point(self, visit: Name, customer: str, at: datetime) -> bool:
        if visit in self.aliases and (self.aliases[visit].since, self.aliases[visit].customer) >= (at, customer):
            return False
        self.aliases[visit] = Known(customer, at)
        return True

    def merge(self, customer: str, into: Known, at: datetime) -> None:
        self.put_once(customer, Merged(into.customer, into.since, at))

    def merged(self, customer: str) -> Known | None:
        fact = self.stored.get((customer, keys.MERGED))
        return Known(fact.into, fact.since) if isinstance(fact, Merged) else None

    def copy(self, customer: str, into: Known) -> list[tuple[str, str]]:
        self._move(customer, into.customer, lambda fact: not isinstance(fact, Merged))
        return []

    def leave(self, customer: str, into: Known, copied: Iterable[tuple[str, str]]) -> None:
        return

    def forget(self, codes: Iterable[str]) -> None:
        for code in codes:
            self.revoke(code)

    def names_of(self, customer: str) -> list[Name]:
        return [name for name, known in self.aliases.items() if known.customer == customer]

    def merged_among(self, customers: Iterable[str]) -> frozenset[str]:
        return frozenset(customer for customer in customers if self.merged(customer))

    def find(self, text: str) -> str | None:
        people = [Person("", email=text), *(Person(source, id=text) for source in id_sources())]
        people += [
            Person(source, id=text.removeprefix(f"{source}:")) for source in id_sources() if f"{source}:" in text
        ]
        names = [name for person in people for name in self.identity.names(person).own]
        found = {self._last(self.aliases[name].customer) for name in names if name in self.aliases}
        if len(found) > 1:
            raise Ambiguous(text, sorted(found))
        found |= {self._last(customer) for customer, _ in self.stored if customer == text}
        return next(iter(found), None)

    def _last(self, customer: str) -> str:
        known = self.merged(customer)
        return self._last(known.customer) if known else customer

    def put(self, customer: str, fact: Fact, at: datetime | None = None, *, past: bool = False) -> bool:
        item = _item(customer, fact)
        known = self.stored.get(item)
        if isinstance(fact, Customer):
            fact = replace(fact, key=customer)
        if is_partial(fact) or (known and is_partial(known)):
            joined = items.joined(known, fact) if known else fact
            self._keep(customer, joined, joined.at)
            return joined != known
        if item in self.versions and self.versions[item] >= items.fact_content(fact, at)["version"]:
            return False
        self._keep(customer, fact, at or fact.at)
        if past:
            self.past.add(item)
        return True

    def keep(self, visits: Iterable[Name], fact: Fact, until: datetime) -> bool:
        first, *others = visits
        for other in others:
            self.links.setdefault(other, set()).add(first)
        return self.put(keys.visitor(first[1]), fact)

    def take_over(self, visit: Name, customer: str) -> None:
        self._move(keys.visitor(visit[1]), customer, lambda fact: True)
        for other in self.links.pop(visit, ()):
            self.take_over(other, customer)

    def updated_at(self, customer: str, visitor: str) -> datetime | None:
        mine = [fact for (whose, _), fact in self.stored.items() if whose == customer and is_of(fact, visitor)]
        return max((fact.at for fact in mine if isinstance(fact, Cart | Order)), default=None)

    def hand_over(self, customer: str, into: str, visitor: str) -> None:
        self._move(customer, into, lambda fact: is_of(fact, visitor))

    def _move(self, whose: str, customer: str, is_meant: Callable[[Fact], bool]) -> None:
        for (holder, sk), fact in list(self.stored.items()):
            if holder == whose and is_meant(fact):
                self.put(customer, fact)
                del self.stored[holder, sk], self.versions[holder, sk]

    def is_delivered(self, source: str, delivery_id: str) -> bool:
        return (source, delivery_id) in self.deliveries

    def record(self, source: str, delivery_id: str, until: datetime) -> None:
        self.deliveries[source, delivery_id] = until

    def put_once(self, customer: str, fact: Fact) -> bool:
        if _item(customer, fact) in self.versions:
            return False
        self._keep(customer, fact, fact.at)
        return True

    def glance(self, runs: Iterable[Enrollment]) -> dict[str, Facts]:
        seen = {}
        for run in runs:
            mine = [
                self.stored.get((run.customer, sk))
                for sk in ("CUSTOMER", f"CART#{run.subject}", f"ORDER#{run.subject}")
            ]
            seen[run.customer] = facts_of(Customer(run.customer, NEVER), [fact for fact in mine if fact])
        return seen

    def of(self, customer: str) -> Facts:
        if known := self.merged(customer):
            return self.of(known.customer)
        mine = [fact for (whose, _), fact in sorted(self.stored.items()) if whose == customer]
        return facts_of(Customer(customer, NEVER), mine)

    def launches(self, ids: Iterable[str]) -> dict[str, Launch]:
        return {launch_id: self.launched[launch_id] for launch_id in ids if launch_id in self.launched}

    def issue(self, code: str, customer: str, percent: int, expires_at: datetime) -> None:
        known = self.coupons.get(code)
        if known is None or known.order_id is None:
            self.coupons[code] = Coupon(customer, percent, expires_at)

    def redeem(self, code: str, order_id: str) -> bool:
        coupon = self.coupons.get(code)
        if coupon is None or coupon.order_id not in (None, order_id):
            return False
        coupon.order_id = order_id
        return True

    def revoke(self, code: str) -> None:
        self.coupons.pop(code, None)

    def _keep(self, customer: str, fact: Fact, at: datetime) -> None:
        self.versions[_item(customer, fact)] = items.fact_content(fact, at)["version"]
        if isinstance(fact, Launch):
            self.launched[fact.id] = fact
        else:
            self.stored[customer, items.fact_sk(fact)] = fact


def _item(customer: str, fact: Fact) -> tuple[str, str]:
    return ("launch", fact.id) if isinstance(fact, Launch) else (customer, items.fact_sk(fact))


class FakeEngagement:
    """Enrollments, standings, memberships, contact histories, suppressions, pauses."""

    def __init__(self, lanes: int = 4) -> None:
        self.lanes = lanes
        self.enrollments: dict[tuple[str, str], Enrollment] = {}
        self.moving: list[Enrollment] = []
        self.standings: dict[str, Standing] = {}
        self.memberships: dict[str, set[str]] = {}
        self.contacts: dict[str, Contacts] = {}
        self.suppressions: dict[str, tuple[str, datetime]] = {}
        self.paused: set[str] = set()

    def create(self, enrollment: Enrollment) -> bool:
        key = enrollment.customer, enrollment.id
        if key in self.enrollments:
            return False
        self.enrollments[key] = enrollment
        return True

    def save(self, before: Enrollment, after: Enrollment) -> Enrollment:
        key = after.customer, after.id
        stored = self.enrollments.get(key)
        if stored is None or stored.version != before.version:
            raise Conflict(after.id)
        added = {name: outcome for name, outcome in after.outcomes.items() if name not in before.outcomes}
        saved = replace(after, version=before.version + 1)
        gone = before.outcomes.keys() - after.outcomes.keys()
        kept = {name: outcome for name, outcome in stored.outcomes.items() if name not in gone}
        self.enrollments[key] = replace(saved, outcomes={**kept, **added})
        return saved

    def add_outcome(self, customer: str, enrollment_id: str, *outcomes: Outcome) -> bool:
        is_new = False
        for outcome in outcomes:
            stored = self.enrollments.get((customer, enrollment_id))
            is_new = stored is not None and outcome.id not in stored.outcomes
            if stored and is_new:
                self.enrollments[customer, enrollment_id] = stored.with_outcome(outcome)
        return is_new

    def of(self, customer: str) -> Engagement:
        runs = tuple(run for (whose, _), run in sorted(self.enrollments.items()) if whose == customer)
        segments = frozenset(name for name, members in self.memberships.items() if customer in members)
        return Engagement(self.standings.get(customer), segments, self.contacts.get(customer, Contacts()), runs)

    def get(self, customer: str, enrollment_id: str) -> Enrollment | None:
        return self.enrollments.get((customer, enrollment_id))

    def put(
        self, customer: str, standing: Standing, join: Iterable[str], leave: Iterable[str], over: Standing | None = None
    ) -> None:
        if over is not None and self.standings.get(customer) != over:
            raise Conflict("ConditionalCheckFailedException")
        for segment in join:
            self.memberships.setdefault(segment, set()).add(customer)
        for segment in leave:
            self.memberships.get(segment, set()).discard(customer)
        self.standings[customer] = standing

    def hand_over(self, run: Enrollment, into: str) -> None:
        self.moving.append(self.enrollments.pop((run.customer, run.id)))

    def leaving(self, customer: str) -> list[Enrollment]:
        return [run for run in self.moving if run.customer == customer]

    def arrived(self, run: Enrollment) -> None:
        self.moving.remove(run)

    def erase(self, customer: str, keep: Callable[[str, Counts], None]) -> None:
        self.enrollments = {key: run for key, run in self.enrollments.items() if key[0] != customer}
        self.standings.pop(customer, None)

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
        return DueBatch(tuple(runs), contacts, frozenset(self.paused & set(journeys)))

    def put_all(self, contacts: Mapping[str, Contacts]) -> None:
        self.contacts.update(contacts)

    def suppressed(self, address_hashes: Iterable[str]) -> frozenset[str]:
        return frozenset(self.suppressions.keys() & set(address_hashes))

    def suppress(self, address_hash: str, reason: str, at: datetime) -> None:
        self.suppressions.setdefault(address_hash, (reason, at))

    def forget(self, digests: Iterable[str], at: datetime) -> None:
        self.suppressions.update(dict.fromkeys(digests, ("erased", at)))

    def erased(self, digests: Iterable[str]) -> frozenset[str]:
        return frozenset(each for each in digests if self.suppressions.get(each, ("",))[0] == "erased")

    def set(self, journey: str, paused: bool) -> None:
        (self.paused.add if paused else self.paused.discard)(journey)

    def everything(self) -> Iterator[tuple[str, Enrollment | Standing | Suppression]]:
        yield from [(digest, Suppression(*why)) for digest, why in self.suppressions.items()]
        yield from [(run.customer, run) for run in self.enrollments.values()]
        yield from list(self.standings.items())

    def lane_of(self, customer: str) -> str:
        return f"L{zlib.crc32(customer.encode()) % self.lanes}"


COMMERCE = {"facts", "names", "moves", "visitors", "deliveries", "coupons", "commerce", "store"}
ENGAGEMENT = {"engagement", "runs", "standings", "due", "contacts", "suppressions"}
T = TypeVar("T")


def in_memory(service: Callable[..., T], commerce: object, engagement: object = None, **others: Any) -> T:
    """A service on stores in memory: each port that it names gets the store that stands for it."""
    names = {field.name for field in fields(service)} - others.keys()  # type: ignore[arg-type]
    facts, decisions = dict.fromkeys(names & COMMERCE, commerce), dict.fromkeys(names & ENGAGEMENT, engagement)
    return service(**facts, **decisions, **others)


def an_audience(facts: object, runs: object, queue: object, clock: Callable[[], datetime]) -> Audience:
    """The service that enrolls a launch's segment, in the journeys of the project."""
    current, policy = workflows.current(), Policy()
    return in_memory(Audience, facts, runs, queue=queue, journeys=current, policy=policy, clock=clock)


def _place(run: Enrollment) -> tuple[str, str]:
    return keys.customer(run.customer), keys.enrollment(run.id)


@dataclass
class Shard:
    """One shard's counters of one period."""

    counts: dict[str, int]
    last: str
    changed_at: str


class FakeCounters:
    """Counters by period and shard."""

    def __init__(self) -> None:
        self.shards: dict[tuple[str, str], Shard] = {}
        self.folded: dict[str, dict[str, int]] = {}
        self.erased: dict[str, Counts] = {}

    def apply(self, period: str, shard: str, counts: Mapping[str, int], first: str, last: str, now: str) -> bool:
        known = self.shards.get((period, shard), Shard({}, "", now))
        if known.last >= first:
            return False
        self.shards[period, shard] = Shard(_sum(known.counts, counts), last, now)
        return True

    def last_sequence(self, period: str, shard: str) -> str:
        known = self.shards.get((period, shard))
        return known.last if known else ""

    def read(self) -> dict[str, dict[str, int]]:
        totals = {period: dict(counts) for period, counts in self.folded.items()}
        for (period, _), shard in self.shards.items():
            totals[period] = _sum(totals.get(period, {}), shard.counts)
        return totals

    def keep(self, item: str, counts: Counts) -> None:
        self.erased[item] = counts

    def kept(self) -> Counts:
        total: Counter[tuple[str, str]] = Counter()
        for counts in self.erased.values():
            total.update(counts)
        return total

    def closed_shards(self, unchanged_since: datetime) -> Iterable[tuple[str, str, str]]:
        longer = {True: DEAD_LETTERS_KEPT, False: timedelta(0)}
        return [
            (*key, shard.last)
            for key, shard in self.shards.items()
            if shard.changed_at < to_text(unchanged_since - longer[key[1].startswith(keys.REDRIVEN)])
        ]

    def fold(self, period: str, shard: str, last: str) -> bool:
        known = self.shards.get((period, shard))
        if known is None or known.last != last:
            return False
        del self.shards[period, shard]
        self.folded[period] = _sum(self.folded.get(period, {}), known.counts)
        return True


def _sum(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    return {name: one.get(name, 0) + other.get(name, 0) for name in {**one, **other}}


@dataclass(frozen=True)
class Message:
    """A message on a queue."""

    body: Mapping[str, Any]
    group: str | None = None
    deduplication: str | None = None


@dataclass
class FakeQueue:
    """A queue whose messages stay until a test takes them; one id is taken in once, as within five minutes."""

    messages: list[Message] = field(default_factory=list)
    errors: list[Exception] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)

    def put(self, body: Mapping[str, Any], group: str | None = None, deduplication: str | None = None) -> None:
        if self.errors:
            raise self.errors.pop(0)
        if deduplication in self.ids:
            return
        if deduplication:
            self.ids.add(deduplication)
        self.messages.append(Message(body, group, deduplication))

    def depth(self) -> int:
        return len(self.messages)

    @property
    def bodies(self) -> list[Mapping[str, Any]]:
        """What waits, in order."""
        return [message.body for message in self.messages]


@dataclass
class FakeMailer:
    """Keeps what was ``sent``; raises its ``errors`` first, one a call."""

    sent: list[Mail] = field(default_factory=list)
    errors: list[Exception] = field(default_factory=list)
    calls: int = 0

    def send(self, mail: Mail) -> str:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        self.sent.append(mail)
        return f"message-{len(self.sent)}"
