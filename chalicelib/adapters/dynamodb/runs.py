"""Enrollments with their outcomes, in the ``engagement`` table."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from chalicelib.adapters.dynamodb import items, keys
from chalicelib.adapters.dynamodb.attributes import load_item
from chalicelib.adapters.dynamodb.items import MOVED
from chalicelib.adapters.dynamodb.lanes import Lanes
from chalicelib.adapters.dynamodb.table import IS_NEW, Table, is_own
from chalicelib.domain.errors import Conflict, Unavailable
from chalicelib.domain.journeys.outcomes import Outcome
from chalicelib.domain.journeys.run import Enrollment, Status, enrollment_id
from chalicelib.domain.time import to_text

IS_SAME_VERSION = "version = :version"
LATEST = 4
"""So many runs of one cart are looked at: no merge leaves more of them behind the open one."""
IS_MOVED = "attribute_exists(moved_to)"


class RunStore:
    """Enrollments in DynamoDB."""

    def __init__(self, table: Table, lanes: Lanes, new_claim: Callable[[], str] = lambda: secrets.token_hex(8)) -> None:
        """``new_claim`` makes the mark of a claim, another one each time."""
        self._table = table
        self._lanes = lanes
        self._new_claim = new_claim

    def create(self, enrollment: Enrollment) -> bool:
        """Store a new enrollment; False if this run exists already."""
        item = {
            **_key(enrollment),
            **self._timer(enrollment),
            "version": enrollment.version,
            "state": items.enrollment_state(enrollment),
            "outcomes": {name: items.outcome_value(outcome) for name, outcome in enrollment.outcomes.items()},
        }
        try:
            self._table.put(item, IS_NEW)
        except Conflict as conflict:
            return is_own(conflict, item)
        return True

    def save(self, before: Enrollment, after: Enrollment) -> Enrollment:
        """Store a changed enrollment over ``before`` in one write: its state and changed outcomes; delete removed ones.

        Outcomes that other processes added stay. Returns the enrollment with its new version; raises ``Conflict``.

        A claim has a mark of its own: of two processes that claim at once, each knows whether it was the one, even if
        the answer to its write was lost and botocore repeated it.
        """
        timer, claim = self._timer(after), self._new_claim() if after.status is Status.SENDING else None
        names = {"#state": "state"}
        values: dict[str, Any] = {
            ":state": items.enrollment_state(after),
            ":version": before.version,
            ":next": before.version + 1,
        }
        sets = ["#state = :state", "version = :next"]
        if claim:
            sets.append("claim = :claim")
            values[":claim"] = claim
        for index, (name, outcome) in enumerate(_changed(before, after)):
            sets.append(f"outcomes.#o{index} = :o{index}")
            names[f"#o{index}"] = name
            values[f":o{index}"] = items.outcome_value(outcome)
        removes = ([] if timer else ["lane", "due_at"]) + ([] if claim else ["claim"]) + ["postponed"]
        for index, name in enumerate(sorted(before.outcomes.keys() - after.outcomes.keys())):
            removes.append(f"outcomes.#r{index}")
            names[f"#r{index}"] = name
        if timer:
            sets += ["lane = :lane", "due_at = :due"]
            values |= {":lane": timer["lane"], ":due": timer["due_at"]}
        update = "SET " + ", ".join(sets) + (" REMOVE " + ", ".join(removes) if removes else "")
        try:
            self._table.update(_key(after), update, IS_SAME_VERSION, names, values)
        except Conflict as conflict:
            if not _is_own(conflict, values):
                raise
        return replace(after, version=before.version + 1)

    def add_outcome(self, customer: str, enrollment_id: str, *outcomes: Outcome) -> bool:
        """Add outcomes without changing the state; returns whether the run exists and the last outcome is new.

        If the outcomes before the last one are stored already, as expected, it needs only one call.
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
            {f":{name[1:]}": items.outcome_value(outcome) for name, outcome in zip(news, added, strict=True)},
        )

    def change_outcome(self, run: Enrollment, old: Outcome, new: Outcome | None) -> None:
        """Replace a stored outcome, or remove it, without changing the state.

        Raises ``Conflict`` if it is another by now.
        """
        condition, names = "attribute_not_exists(moved_to) AND outcomes.#o = :old", {"#o": old.id}
        values = {":old": items.outcome_value(old)}
        if new:
            values[":new"] = items.outcome_value(new)
        update = "SET outcomes.#o = :new" if new else "REMOVE outcomes.#o"
        self._table.update(_key(run), update, condition, names, values)

    def get(self, customer: str, enrollment_id: str) -> Enrollment | None:
        """One enrollment, read consistently."""
        item = self._table.get({"pk": keys.customer(customer), "sk": keys.enrollment(enrollment_id)})
        return items.enrollment_of(item) if item and MOVED not in item else None

    def wherever(self, customer: str, enrollment_id: str) -> Enrollment | None:
        """One enrollment, also if it was moved to another customer; None if it was erased."""
        key = {"pk": keys.customer(customer), "sk": keys.enrollment(enrollment_id)}
        while (item := self._table.get(key)) and "state" not in item:
            key["pk"] = keys.customer(item[MOVED])
        return items.enrollment_of(item) if item else None

    def beside(self, customer: str, enrollment_id: str) -> list[Enrollment]:
        """All runs of the customer who has this run, also if it was moved to another customer."""
        key = {"pk": keys.customer(customer), "sk": keys.enrollment(enrollment_id)}
        while (item := self._table.get(key)) and MOVED in item:
            key["pk"] = keys.customer(item[MOVED])
        stored = self._table.partition(key["pk"], keys.ENROLLMENT)
        return [items.enrollment_of(each) for each in stored if MOVED not in each]

    def latest(self, customer: str, journey: str, subject: str) -> Enrollment | None:
        """The customer's open run of a journey about this subject, else the latest, read consistently.

        After a merge the open one may be an earlier one: of two it is that which got further.
        """
        prefix = keys.enrollment(enrollment_id(journey, subject))
        stored = self._table.last(keys.customer(customer), prefix, LATEST)
        runs = [items.enrollment_of(item) for item in stored if MOVED not in item]
        return next((run for run in runs if run.status is not Status.ENDED), runs[0] if runs else None)

    def hand_over(self, run: Enrollment, into: str) -> None:
        """Begin to move a run to another customer; raises ``Conflict`` if it changed.

        It stays in the due index until it has ``arrived``, so that a move that was interrupted is found there.
        """
        values = {":into": into, ":version": run.version, ":next": run.version + 1}
        try:
            self._table.update(_key(run), "SET moved_to = :into, version = :next", IS_SAME_VERSION, {}, values)
        except Conflict as conflict:
            item = load_item(conflict.item)
            if (item.get(MOVED), item.get("version")) != (into, run.version + 1):
                raise

    def leaving(self, customer: str) -> list[Enrollment]:
        """The runs whose move to another customer is not confirmed."""
        stored = self._table.partition(keys.customer(customer), keys.ENROLLMENT)
        return [items.enrollment_of(item) for item in stored if MOVED in item and "state" in item]

    def arrived(self, run: Enrollment, into: str) -> None:
        """Confirm that a run was moved; the customer who has it now stays recorded here."""
        names = {"#state": "state"} | {f"#t{index}": items.total(each) for index, each in enumerate(run.ordered)}
        removes = ", ".join([*names, "outcomes", "lane", "due_at", "claim", "credited"])
        self._table.update(_key(run), f"SET moved_to = :into REMOVE {removes}", IS_MOVED, names, {":into": into})

    def _timer(self, enrollment: Enrollment) -> dict[str, str]:
        """The attributes that put an enrollment into the due index while it has a due time."""
        if enrollment.due_at is None:
            return {}
        return {"lane": self._lanes.of(enrollment.customer), "due_at": to_text(enrollment.due_at)}


def _key(enrollment: Enrollment) -> dict[str, str]:
    return {"pk": keys.customer(enrollment.customer), "sk": keys.enrollment(enrollment.id)}


def _is_own(conflict: Conflict, values: Mapping[str, Any]) -> bool:
    """Whether the stored run is the one that was to be saved: the answer to that write was lost."""
    item = load_item(conflict.item)
    wanted = (values[":next"], values[":state"], values.get(":claim"), values.get(":due"))
    found = (item.get("version"), item.get("state"), item.get("claim"), item.get("due_at"))
    return wanted == found


def _changed(before: Enrollment, after: Enrollment) -> list[tuple[str, Outcome]]:
    """The outcomes that are new or others: a run that goes on and ends again at once has another exit."""
    return [(name, outcome) for name, outcome in after.outcomes.items() if before.outcomes.get(name) != outcome]
