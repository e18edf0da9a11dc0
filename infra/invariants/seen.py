"""What the invariants are judged by: everything that was called, everything that is stored now."""

import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from chalicelib.adapters.dynamodb import items, keys
from chalicelib.domain.journeys.engagement import ERASED, Suppression
from chalicelib.domain.journeys.run import Enrollment, Status
from chalicelib.wiring import Parts
from infra.interleaving.journal import Call, Journal, Write
from infra.machine.inbox import AcceptedMail

Item = dict[str, Any]
_OUTCOME = re.compile(r":o\d+")
"""The values of an update that are new outcomes."""


@dataclass(frozen=True)
class Seen:
    """``now`` is UTC; ``errors`` are logged lines; ``queues`` the URLs of the stack's, by logical name."""

    parts: Parts
    mails: Sequence[AcceptedMail]
    journal: Journal
    now: datetime
    errors: Sequence[str]
    queues: Mapping[str, str]

    @cached_property
    def sends(self) -> list[Call]:
        """The mails to customers that SES accepted."""
        calls = (call for call in self.journal.calls if call.operation == "SendEmail" and call.is_done)
        return [call for call in calls if "customer" in call.tags and "to" not in call.tags]

    def done(self) -> Iterable[tuple[Call, Write]]:
        """Every write that had an effect, in order."""
        return ((call, write) for call in self.journal.calls if call.is_done for write in call.writes)

    @cached_property
    def dead(self) -> int:
        """How many messages nobody could handle."""
        urls = [url for name, url in self.queues.items() if name.endswith(("DeadLetters", "PoisonQueue"))]
        ask = self.parts.aws.sqs.get_queue_attributes
        found = [ask(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])["Attributes"] for url in urls]
        return sum(int(each["ApproximateNumberOfMessages"]) for each in found)

    @cached_property
    def everything(self) -> list[tuple[str, object]]:
        """Every run, credit, standing and suppression, with whose it is."""
        return list(self.parts.engagement.everything())

    @cached_property
    def commerce(self) -> list[Item]:
        """All items of the table of facts."""
        return list(self.parts.table(self.parts.settings.commerce_table).scan())

    @cached_property
    def engagement(self) -> list[Item]:
        """All items of the table of decisions."""
        return list(self.parts.table(self.parts.settings.engagement_table).scan())

    @cached_property
    def merges(self) -> list[tuple[int, str, str]]:
        """The merges that were recorded: the number of the call, who was merged, and into whom.

        Those that a command recorded (an import) come after all calls: the calls of commands are not seen.
        """
        found = [
            (call.number, keys.customer_of(write.pk), json.loads(write.item["fact"])["into"])
            for call, write in self.done()
            if write.sk == keys.MERGED and write.item
        ]
        known = {one for _, one, _ in found}
        stored = [(keys.customer_of(item["pk"]), item) for item in self.commerce if item["sk"] == keys.MERGED]
        imported = [(sys.maxsize, one, json.loads(item["fact"])["into"]) for one, item in stored if one not in known]
        return found + imported

    @cached_property
    def erased(self) -> frozenset[str]:
        """The customers whose erasure was stored, with all who are the same person."""
        told = {keys.customer_of(write.pk) for _, write in self.done() if write.sk == "ERASURE" and write.item}
        known = {keys.customer_of(write.pk) for _, write in self.done() if keys.is_customer(write.pk)}
        told |= {  # by the team, with a command
            whose for whose, item in self.everything
            if isinstance(item, Suppression) and item.reason == ERASED and whose in known
        }  # fmt: skip
        return frozenset(each for customer in told for each in self.person(customer))

    def person(self, customer: str, before: int | None = None) -> frozenset[str]:
        """All keys of the person, by the merges that were recorded ``before`` this call (None: all)."""
        found = {customer}
        while (
            more := {
                each
                for number, one, other in self.merges
                if (before is None or number < before) and {one, other} & found
                for each in (one, other)
            }
            - found
        ):
            found |= more
        return frozenset(found)

    def address(self, call: Call) -> str:
        """The hash of the address that a mail was sent to."""
        return self.parts.identity.address_hash(call.to[0])

    def mail_of(self, call: Call) -> AcceptedMail | None:
        """The mail of a call."""
        return next((mail for mail in self.mails if mail.tags.get("send_id") == call.tags["send_id"]), None)


def run_of(call: Call) -> str:
    """The id of the run that a mail is from."""
    return f"{call.tags['journey']}#{call.tags['occurrence']}"


def fact_of(write: Write) -> Mapping[str, Any]:
    """The fact in a stored item."""
    found: Mapping[str, Any] = json.loads(write.item["fact"]) if write.item and "fact" in write.item else {}
    return found


def is_run(item: Mapping[str, Any]) -> bool:
    """Whether an item is a run that was not moved away."""
    return bool(item["sk"].startswith(keys.ENROLLMENT)) and "moved_to" not in item


def outcomes_of(write: Write) -> frozenset[str]:
    """The ids of the outcomes that a write adds to a run."""
    values = (write.values or {}).items()
    added = (json.loads(text)["id"] for name, text in values if _OUTCOME.fullmatch(name))
    return frozenset((write.item or {}).get("outcomes", ())) | frozenset(added)


def claimed(write: Write) -> Enrollment | None:
    """The state of a run that a write claims, without outcomes; None if it claims none."""
    state = (write.values or {}).get(":state")
    run = items.read(state, Enrollment) if state else None
    return run if run and run.status is Status.SENDING else None


def named(run: Enrollment) -> str:
    """A run in words."""
    return f"{run.journey} of {run.subject}"
