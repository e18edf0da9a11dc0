"""The ``engagement`` table: standings, enrollments with their outcomes, contact histories, suppressions, pauses."""

import hashlib
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from chalicelib.adapters.dynamodb import items as records
from chalicelib.adapters.dynamodb import keys
from chalicelib.adapters.dynamodb.attributes import load_item
from chalicelib.adapters.dynamodb.table import Table
from chalicelib.domain.errors import Conflict, Unavailable
from chalicelib.domain.figures import counters as tally
from chalicelib.domain.journeys.contacts import Contacts
from chalicelib.domain.journeys.due import DueBatch, DueKey
from chalicelib.domain.journeys.engagement import ERASED, Engagement, Suppression
from chalicelib.domain.journeys.outcomes import Outcome
from chalicelib.domain.journeys.run import Enrollment
from chalicelib.domain.standing.standing import Standing
from chalicelib.domain.time import from_text, to_text

IS_SAME_VERSION = "version = :version"
MOVED = "moved_to"
DUE_KEYS = 5000
"""As many keys of the due index as one query answers with: they are about 1 MB."""


class EngagementStore:
    """Engagement in DynamoDB. ``lanes``: how many slices the customers are divided into."""

    def __init__(self, table: Table, lanes: int) -> None:
        self._table = table
        self._lanes = lanes

    def create(self, enrollment: Enrollment) -> bool:
        """Store a new enrollment; False when this run exists already."""
        try:
            self._table.put(self._item(enrollment), "attribute_not_exists(pk)")
        except Conflict:
            return False
        return True

    def save(self, before: Enrollment, after: Enrollment) -> Enrollment:
        """Store a changed enrollment over ``before``, its new outcomes and without those it has no more, in one write.

        Outcomes that others added meanwhile stay. Returns the enrollment at its new version; raises ``Conflict``.
        """
        timer = self._timer(after)
        names = {"#state": "state"}
        values: dict[str, Any] = {
            ":state": records.enrollment_state(after),
            ":version": before.version,
            ":next": before.version + 1,
        }
        sets = ["#state = :state", "version = :next"]
        for index, (name, outcome) in enumerate(_added(before, after)):
            sets.append(f"outcomes.#o{index} = :o{index}")
            names[f"#o{index}"] = name
            values[f":o{index}"] = records.outcome_value(outcome)
        removes = [] if timer else ["lane", "due_at"]
        for index, name in enumerate(sorted(before.outcomes.keys() - after.outcomes.keys())):
            removes.append(f"outcomes.#r{index}")
            names[f"#r{index}"] = name
        if timer:
            sets += ["lane = :lane", "due_at = :due"]
            values |= {":lane": timer["lane"], ":due": timer["due_at"]}
        update = "SET " + ", ".join(sets) + (" REMOVE " + ", ".join(removes) if removes else "")
        self._table.update(self._key(after), update, IS_SAME_VERSION, names, values)
        return replace(after, version=before.version + 1)

    def add_outcome(self, customer: str, enrollment_id: str, *outcomes: Outcome) -> bool:
        """Add outcomes without touching the state; tells whether the last of them is new, and there is such a run.

        Those before the last are expected to be there already: then it takes one call.
        """
        *known, last = outcomes
        added, expected = [last], known
        while True:
            try:
                self._add(customer, enrollment_id, added, expected)
                return last in added
            except Conflict as conflict:
                item = load_item(conflict.item)
            if MOVED in item and "state" in item:
                raise Unavailable("the run is being moved")
            if MOVED in item:
                return self.add_outcome(item[MOVED], enrollment_id, *outcomes)
            held = item.get("outcomes", {})
            added, expected = [outcome for outcome in outcomes if outcome.id not in held], []
            if not item or not added:
                return False

    def _add(self, customer: str, enrollment_id: str, added: Sequence[Outcome], expected: Sequence[Outcome]) -> None:
        names = {f"#o{index}": outcome.id for index, outcome in enumerate([*added, *expected])}
        news, olds = list(names)[: len(added)], list(names)[len(added) :]
        conditions = ["attribute_exists(pk)", "attribute_not_exists(moved_to)"]
        conditions += [f"attribute_not_exists(outcomes.{name})" for name in news]
        conditions += [f"attribute_exists(outcomes.{name})" for name in olds]
        self._table.update(
            {"pk": keys.customer(customer), "sk": keys.enrollment(enrollment_id)},
            "SET " + ", ".join(f"outcomes.{name} = :{name[1:]}" for name in news),
            " AND ".join(conditions),
            names,
            {f":{name[1:]}": records.outcome_value(outcome) for name, outcome in zip(news, added, strict=True)},
        )

    def hand_over(self, run: Enrollment, into: str) -> None:
        """Begin to move a run to another customer: it waits here no more; raises ``Conflict`` if it changed."""
        self._table.update(
            self._key(run),
            "SET moved_to = :into, version = :next REMOVE lane",
            IS_SAME_VERSION,
            {},
            {":into": into, ":version": run.version, ":next": run.version + 1},
        )

    def leaving(self, customer: str) -> list[Enrollment]:
        """The runs that were handed over, and of which nobody has yet said that they arrived."""
        items = self._table.partition(keys.customer(customer), keys.ENROLLMENT)
        return [records.enrollment_of(item) for item in items if MOVED in item and "state" in item]

    def arrived(self, run: Enrollment) -> None:
        """A run that was handed over is where it belongs: only where it went stays noted here."""
        self._table.update(
            self._key(run), "REMOVE #state, outcomes, due_at", "attribute_exists(moved_to)", {"#state": "state"}, {}
        )

    def customer(self, customer: str) -> Engagement:
        """Everything about one customer, read consistently in one query."""
        standing: Standing | None = None
        contacts, segments, runs = Contacts(), set[str](), list[Enrollment]()
        for item in self._table.partition(keys.customer(customer)):
            sk = item["sk"]
            if MOVED in item:
                continue
            if sk.startswith(keys.ENROLLMENT):
                runs.append(records.enrollment_of(item))
            elif sk.startswith(keys.MEMBER):
                segments.add(item["segment"])
            elif sk == keys.STANDING:
                standing = records.read(item["standing"], Standing)
            elif sk == keys.CONTACTS:
                contacts = records.read(item["contacts"], Contacts)
        return Engagement(standing, frozenset(segments), contacts, tuple(runs))

    def enrollment(self, customer: str, enrollment_id: str) -> Enrollment | None:
        """One enrollment, read consistently."""
        item = self._table.get({"pk": keys.customer(customer), "sk": keys.enrollment(enrollment_id)})
        return records.enrollment_of(item) if item and MOVED not in item else None

    def put_standing(
        self, customer: str, standing: Standing, join: Iterable[str], leave: Iterable[str], over: Standing | None = None
    ) -> None:
        """Store a standing and the memberships that changed; the standing last, so that a repeat finds the change.

        ``over``: only if this is the standing there now, and before the memberships; else raises ``Conflict``.
        """
        pk = keys.customer(customer)
        item = {"pk": pk, "sk": keys.STANDING, "standing": records.plain(standing)}
        if over is not None:
            self._table.put(item, "standing = :over", {":over": records.plain(over)})
        for segment in join:
            self._table.put({"pk": pk, "sk": keys.member(segment), "segment": segment})
        for segment in leave:
            self._table.delete({"pk": pk, "sk": keys.member(segment)})
        if over is None:
            self._table.put(item)

    def members(self, segment: str, start: str | None, limit: int) -> tuple[list[str], str | None]:
        """A page of the customers in a segment, and the last of them if there are more."""
        first = {"pk": keys.customer(start), "sk": keys.member(segment), "segment": segment} if start else None
        items, following = self._table.index_page(
            keys.SEGMENT_INDEX, "#segment = :segment", {":segment": segment}, limit, {"#segment": "segment"}, first
        )
        return [keys.customer_of(item["pk"]) for item in items], keys.customer_of(
            following["pk"]
        ) if following else None

    def due(self, lane: str, now: datetime, limit: int) -> list[DueKey]:
        """The keys of what is due in a lane at ``now``, oldest first."""
        items, _ = self._table.index_page(
            keys.DUE_INDEX, "lane = :lane AND due_at <= :now", {":lane": lane, ":now": to_text(now)}, limit
        )
        return [DueKey(item["pk"], item["sk"], item["due_at"]) for item in items]

    def upcoming(self, until: datetime) -> Iterator[DueKey]:
        """The keys of all that is due by ``until``: lane by lane, each lane's oldest first, read a page at a time."""
        for number in range(max(self._lanes, self._lanes_known())):
            values, start = {":lane": f"L{number}", ":until": to_text(until)}, None
            while True:
                items, start = self._table.index_page(
                    keys.DUE_INDEX, "lane = :lane AND due_at <= :until", values, DUE_KEYS, start=start
                )
                yield from (DueKey(item["pk"], item["sk"], item["due_at"]) for item in items)
                if start is None:
                    break

    def next_due(self, after: datetime) -> datetime | None:
        """When the first enrollment after that moment is due; None when none waits for longer."""
        times: list[str] = []
        for number in range(max(self._lanes, self._lanes_known())):
            values = {":lane": f"L{number}", ":after": to_text(after)}
            items, _ = self._table.index_page(keys.DUE_INDEX, "lane = :lane AND due_at > :after", values, 1)
            times += [item["due_at"] for item in items]
        return from_text(min(times)) if times else None

    def page(self, due: Sequence[tuple[str, str]], journeys: Iterable[str]) -> DueBatch:
        """A page's enrollments, their customers' contact histories, and which of ``journeys`` are paused."""
        wanted = [{"pk": pk, "sk": sk} for pk, sk in due]
        wanted += [{"pk": pk, "sk": keys.CONTACTS} for pk in dict.fromkeys(pk for pk, _ in due)]
        wanted += [keys.pause(journey) for journey in journeys]
        runs: list[Enrollment] = []
        contacts: dict[str, Contacts] = {}
        paused: set[str] = set()
        for item in self._table.batch_get(wanted):
            if item["sk"] == keys.CONTACTS:
                contacts[keys.customer_of(item["pk"])] = records.read(item["contacts"], Contacts)
            elif item["sk"] == "PAUSE":
                paused.add(item["pk"].removeprefix("JOURNEY#"))
            elif MOVED not in item:
                runs.append(records.enrollment_of(item))
        return DueBatch(tuple(runs), contacts, frozenset(paused))

    def put_contacts(self, contacts: Mapping[str, Contacts]) -> None:
        """Store contact histories, whole."""
        self._table.batch_put(
            [
                {"pk": keys.customer(customer), "sk": keys.CONTACTS, "contacts": records.plain(history)}
                for customer, history in contacts.items()
            ]
        )

    def suppressed(self, address_hashes: Iterable[str]) -> frozenset[str]:
        """Those of the addresses that must never be written to."""
        items = self._table.batch_get([keys.suppression(address) for address in address_hashes])
        return frozenset(item["pk"].removeprefix("ADDRESS#") for item in items)

    def suppress(self, address_hash: str, reason: str, at: datetime) -> None:
        """Never write to this address again; the first reason stays."""
        try:
            item = {**keys.suppression(address_hash), "reason": reason, "at": to_text(at)}
            self._table.put(item, "attribute_not_exists(pk)")
        except Conflict:
            return

    def forget(self, digests: Iterable[str], at: datetime) -> None:
        """Note the hashes of one who asked to be forgotten: never written to, and nothing of them stored again."""
        self._table.batch_put(
            [{**keys.suppression(digest), "reason": ERASED, "at": to_text(at)} for digest in dict.fromkeys(digests)]
        )

    def erased(self, digests: Iterable[str]) -> frozenset[str]:
        """Those of the hashes that are of people who asked to be forgotten."""
        items = self._table.batch_get([keys.suppression(digest) for digest in digests])
        return frozenset(item["pk"].removeprefix("ADDRESS#") for item in items if item["reason"] == ERASED)

    def items_of(self, customer: str) -> list[dict[str, Any]]:
        """Every item about a customer as it is stored."""
        return list(self._table.partition(keys.customer(customer)))

    def suppressions(self, digests: Iterable[str]) -> list[dict[str, Any]]:
        """The suppressions of these hashes, as they are stored."""
        return self._table.batch_get([keys.suppression(digest) for digest in digests])

    def erase(self, customer: str, keep: Callable[[str, tally.Counts], None]) -> None:
        """Remove all there is of a customer; ``keep`` is told first what each item had counted."""
        for item in self._table.partition(keys.customer(customer)):
            key = {"pk": item["pk"], "sk": item["sk"]}
            if item["sk"] == keys.STANDING:
                keep(_place(item), tally.of_standing(records.read(item["standing"], Standing)))
                self._table.delete_if(key, "standing = :standing", {":standing": item["standing"]})
            elif item["sk"].startswith(keys.ENROLLMENT) and MOVED not in item:
                keep(_place(item), tally.of_enrollment(records.enrollment_of(item)))
                self._table.delete_if(
                    key,
                    "version = :version AND size(outcomes) = :outcomes",
                    {":version": item["version"], ":outcomes": len(item["outcomes"])},
                )
            else:
                self._table.delete(key)

    def set_paused(self, journey: str, paused: bool) -> None:
        """Pause a journey, or go on with it."""
        if paused:
            self._table.put(keys.pause(journey))
        else:
            self._table.delete(keys.pause(journey))

    def everything(self) -> Iterator[tuple[str, Enrollment | Standing | Suppression]]:
        """Every enrollment and standing with its customer, every suppression with its hash; for the nightly recount."""
        for item in self._table.scan():
            if item["sk"].startswith(keys.ENROLLMENT) and MOVED not in item:
                yield keys.customer_of(item["pk"]), records.enrollment_of(item)
            elif item["sk"] == keys.STANDING:
                yield keys.customer_of(item["pk"]), records.read(item["standing"], Standing)
            elif item["sk"] == "SUPPRESSION":
                yield item["pk"].removeprefix("ADDRESS#"), Suppression(item["reason"], from_text(item["at"]))

    def lanes_in_use(self) -> int:
        """How many lanes there are or ever were: what waits in one that is no more is to be found all the same."""
        known = self._lanes_known()
        if known >= self._lanes:
            return known
        try:
            condition = "attribute_not_exists(most) OR most < :most"
            self._table.put({**keys.LANES, "most": self._lanes}, condition, {":most": self._lanes})
        except Conflict:
            return self.lanes_in_use()
        return self._lanes

    def _lanes_known(self) -> int:
        """How many lanes a sweep has ever looked into."""
        known = self._table.get(keys.LANES)
        return int(known["most"]) if known else 0

    def lane_of(self, customer: str) -> str:
        """The customer's lane: the unit of concurrency, so that one customer is never handled twice at a time."""
        return f"L{zlib.crc32(customer.encode()) % self._lanes}"

    def _item(self, enrollment: Enrollment) -> dict[str, Any]:
        return {
            **self._key(enrollment),
            **self._timer(enrollment),
            "version": enrollment.version,
            "state": records.enrollment_state(enrollment),
            "outcomes": {name: records.outcome_value(outcome) for name, outcome in enrollment.outcomes.items()},
        }

    @staticmethod
    def _key(enrollment: Enrollment) -> dict[str, str]:
        return {"pk": keys.customer(enrollment.customer), "sk": keys.enrollment(enrollment.id)}

    def _timer(self, enrollment: Enrollment) -> dict[str, str]:
        """What puts the enrollment in the due index, exactly while it waits."""
        if enrollment.due_at is None:
            return {}
        return {"lane": self.lane_of(enrollment.customer), "due_at": to_text(enrollment.due_at)}


def _place(item: Mapping[str, Any]) -> str:
    """Names an item, and tells nothing of whose it is."""
    return hashlib.sha256(f"{item['pk']}|{item['sk']}".encode()).hexdigest()[:32]


def _added(before: Enrollment, after: Enrollment) -> list[tuple[str, Outcome]]:
    return [(name, outcome) for name, outcome in after.outcomes.items() if name not in before.outcomes]
