"""The outcomes of an enrollment, one record per event; every figure of a journey is a count of these."""

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from chalicelib.domain.money import Money


class Kind(StrEnum):
    """The kinds of outcomes."""

    ENROLLED = "enrolled"
    SENT = "sent"
    WITHHELD = "withheld"
    SUPPRESSED = "suppressed"
    DEFERRED = "deferred"
    DELIVERED = "delivered"
    OPENED = "opened"
    CLICKED = "clicked"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    UNSUBSCRIBED = "unsubscribed"
    ANSWERED = "answered"
    CONVERTED = "converted"
    ATTRIBUTED = "attributed"
    ORDERED = "ordered"
    EXITED = "exited"
    FAILED = "failed"
    ABANDONED = "abandoned"


SENDS = frozenset({Kind.SENT, Kind.ABANDONED})
"""The outcomes of a message that was sent, or may have been: one that was given up as unknown."""
PERMANENT = "Permanent"
"""The reason of a bounce after which the address gets no mail again; any other may pass."""
MAYBE_REPLY = "#temporary"
"""The end of the id of a bounce that is an automatic reply (out of office) if its mail was delivered."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One outcome. ``id`` makes it idempotent: an enrollment stores each id once, however often it is reported.

    ``reason`` is a code that people can read (``frequency_cap``); orders have a ``value``, answers a ``score``;
    ``about`` names the order or the link, and of a delivery the address, as a mark that tells nothing of it;
    ``whose`` begins the key of the other customer at the address whose order it is;
    ``automated`` marks opens and clicks of scanners, which are not counted;
    ``to_team`` marks the outcomes of a notice to the shop's team, which are in no rate of mails to customers.
    """

    id: str
    kind: Kind
    at: datetime
    step: str | None = None
    reason: str | None = None
    value: Money | None = None
    score: int | None = None
    about: str | None = None
    whose: str | None = None
    automated: bool = False
    to_team: bool = False


def proof_of(outcomes: Mapping[str, Outcome], send_id: str) -> Outcome | None:
    """The outcome among a run's that this message was sent, if it is known."""
    return outcomes.get(f"{Kind.SENT}#{send_id}")


def counted(outcomes: Mapping[str, Outcome]) -> Iterator[Outcome]:
    """Those of a run's outcomes (by id) that figures count.

    Whoever clicked a mail has opened it, also if no open was reported: the click counts as one, too. Not counted are
    those of scanners, not automatic replies, one bounce of a mail, and no send that was given up as unknown and is
    known by now. A report may come late, so this is decided on all outcomes together and not stored: figures are the
    same in every order of reports.
    """
    for outcome in outcomes.values():
        is_again = outcome.id.endswith(MAYBE_REPLY) and outcome.id.removesuffix(MAYBE_REPLY) in outcomes
        if not (outcome.automated or is_again or is_reply(outcome, outcomes) or is_known_by_now(outcome, outcomes)):
            yield outcome
            if outcome.kind is Kind.CLICKED and _open_of(outcome) not in outcomes:
                yield replace(outcome, id=_open_of(outcome), kind=Kind.OPENED)


def _open_of(click: Outcome) -> str:
    """The id of a person's open of the clicked mail: each mail has one click and one open."""
    return click.id.replace(Kind.CLICKED, Kind.OPENED, 1)


def is_known_by_now(outcome: Outcome, outcomes: Container[str]) -> bool:
    """Whether it gave up a send that was reported after all. ``outcomes``: the ids of its run's."""
    sent = outcome.id.replace(Kind.ABANDONED, Kind.SENT, 1)
    return outcome.kind is Kind.ABANDONED and sent in outcomes


def is_reply(outcome: Outcome, outcomes: Container[str]) -> bool:
    """Whether a bounce is only an automatic reply: its mail was delivered. ``outcomes``: the ids of its run's."""
    delivery = outcome.id.removesuffix(MAYBE_REPLY).replace(Kind.BOUNCED, Kind.DELIVERED, 1)
    return outcome.id.endswith(MAYBE_REPLY) and delivery in outcomes
