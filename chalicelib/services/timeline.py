"""A customer's timeline in plain words: what happened, which mails were sent, and why others were not."""

import re
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from chalicelib.domain.facts.answer import Answer
from chalicelib.domain.facts.cart import Cart
from chalicelib.domain.facts.consent import Unsubscription
from chalicelib.domain.facts.fact import Event
from chalicelib.domain.facts.facts import Facts
from chalicelib.domain.facts.order import Order
from chalicelib.domain.journeys.credits import Credit
from chalicelib.domain.journeys.engagement import AddressStatus, Engagement
from chalicelib.domain.journeys.outcomes import Kind, Outcome, is_reply
from chalicelib.domain.money import Money

FACT = "fact"

_REASONS = {
    "erased": "the customer's data was erased",
    "no_address": "no e-mail address is known",
    "suppressed_address": "the address must not get mails: it is suppressed",
    "bounce": "it does not exist (a permanent bounce)",
    "complaint": "its owner reported a mail as spam",
    "soft_bounces": "three mails came back within 30 days, with none delivered between",
    "imported": "it was on an imported list",
    "no_consent": "the customer has not agreed to such mails",
    "unsubscribed": "the customer unsubscribed from such mails",
    "exited": "the journey's exit had already happened",
    "not_in_segment": "the customer is not in the launch's segment",
    "paused": "the journey is paused",
    "frequency_cap": "the customer has recently had as many marketing mails as the shop allows",
    "quiet_hours": "it was in the quiet hours of the customer's time zone",
    "re_entry": "an earlier run of this journey was too recent",
    "just_bought": "the customer had just bought everything in the cart",
    "too_late": "it was too late for this mail",
    "completed": "every step was done",
    "order_placed": "an order was placed",
    "order_cancelled": "the order was cancelled",
    "order_refunded": "the whole order was refunded",
    "cart_emptied": "the cart was emptied",
    "changed_hands": "the cart or order belongs to another customer",
    "merged": "two customers turned out to be one, and the cart's other run continues",
    "launch_withdrawn": "the launch was withdrawn",
    "launch_ended": "the launch was over",
    "survey_answered": "the survey was answered",
    "unknown_send": "it is unknown whether the mail was sent, so it was not sent again",
    "too_slow": "sending took too long",
    "retried": "it had failed, and the team retried it",
    "Permanent": "the address does not exist",
    "Transient": "the mailbox temporarily could not accept it",
    "Undetermined": "the mailbox gave no reason",
    "MailboxFull": "the mailbox was full",
    "MessageTooLarge": "the mail was too large for the mailbox",
    "ContentRejected": "the mailbox refused the mail's content",
    "AttachmentRejected": "the mailbox refused the mail's attachment",
    "not_is_answered": "the survey was not answered",
    "not_is_detractor": "no bad answer was given",
    "not_is_open_case": "no case of the customer is open",
    "not_is_taken_back": "the customer did not change a bad answer for a better one",
    "not_is_case_over": "the case lasted until the answer was final",
    "not_awaits_answer": "the survey was not sent, or was answered, or the customer's case is still open",
    "not_is_worth_an_offer": "offers are only for profitable customers",
    "not_has_no_open_case": "the customer's case is still open",
    "not_has_long_early_access": "the tier has less than 48 hours of early access, or the launch was open to all",
    "not_is_early_member": "the customer's tier has no early access, or the launch was open to all",
}
_KINDS = {
    Kind.ENROLLED: "Entered the journey",
    Kind.SENT: "Mail sent",
    Kind.WITHHELD: "Mail withheld: this customer is in the holdout, which is measured but gets no messages",
    Kind.SUPPRESSED: "No mail",
    Kind.DEFERRED: "Mail deferred",
    Kind.DELIVERED: "Mail delivered",
    Kind.OPENED: "Mail opened",
    Kind.CLICKED: "Link clicked",
    Kind.BOUNCED: "Mail bounced",
    Kind.COMPLAINED: "Reported the mail as spam",
    Kind.UNSUBSCRIBED: "Unsubscribed through the mail",
    Kind.ANSWERED: "Answered the survey",
    Kind.CONVERTED: "Reached the journey's goal",
    Kind.ATTRIBUTED: "Order credited to this journey's mail",
    Kind.ORDERED: "Order while the journey's goal was measured",
    Kind.EXITED: "Left the journey",
    Kind.FAILED: "Failed",
    Kind.ABANDONED: "Given up",
}
_RANK = {kind: rank for rank, kind in enumerate(Kind)}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the timeline. ``at`` is aware UTC; ``kind`` is ``fact`` or the outcome's; a fact has no journey."""

    at: datetime
    text: str
    journey: str | None = None
    step: str | None = None
    kind: str = FACT


def timeline(
    facts: Facts,
    engagement: Engagement,
    address: AddressStatus = AddressStatus(),  # noqa: B008 - frozen
    credits: Iterable[Credit] = (),
) -> list[Entry]:
    """All known events of one customer and their address, oldest first; at the same time, facts before outcomes.

    ``credits``: what the customer's orders brought to their runs.
    """
    entries = [
        *_facts(facts),
        *_address(address),
        *(entry for run in engagement.enrollments for entry in _outcomes(run.journey, run.outcomes)),
        *(entry for credit in credits for entry in _outcomes(credit.journey, credit.outcomes)),
    ]
    return sorted(entries, key=lambda entry: (entry.at, _rank(entry), entry.journey or ""))


def explain(outcome: Outcome, outcomes: Container[str] = ()) -> str:
    """One outcome in plain words, with its reason; ``outcomes``: the ids of all outcomes of its run."""
    if is_reply(outcome, outcomes):
        return "Automatic reply, such as an out-of-office notice (not counted as a bounce)"
    parts = [f"Notice to the team: {_KINDS[outcome.kind].lower()}" if outcome.to_team else _KINDS[outcome.kind]]
    if outcome.reason:
        parts.append(f": {reason_in_words(outcome.reason)}")
    if outcome.score is not None:
        parts.append(f" with {outcome.score} of 10")
    if outcome.value:
        parts.append(f" ({outcome.value})")
    if outcome.automated:
        parts.append(" (by a scanner, not counted)")
    return "".join(parts)


def reason_in_words(reason: str) -> str:
    """A reason in plain words; an unknown reason is returned as it is, without underscores."""
    if reason in _REASONS:
        return _REASONS[reason]
    words = reason.replace("_", " ")
    return f"condition not met: {words.removeprefix('not ')}" if reason.startswith("not_") else words


def _outcomes(journey: str, outcomes: Mapping[str, Outcome]) -> Iterator[Entry]:
    for outcome in outcomes.values():
        yield Entry(outcome.at, explain(outcome, outcomes), journey, outcome.step, str(outcome.kind))


def _address(address: AddressStatus) -> Iterator[Entry]:
    if lifting := address.lifting:
        yield Entry(lifting.since, f"Address suppressed: {reason_in_words(lifting.reason)}")
        yield Entry(lifting.at, f"Suppression of the address lifted: {lifting.why}")
    if suppression := address.suppression:
        yield Entry(suppression.at, f"Address suppressed: {reason_in_words(suppression.reason)}")


def _facts(facts: Facts) -> Iterator[Entry]:
    customer = facts.customer
    for purpose, consent in customer.consents.items():
        given = "Agreed to" if consent.given else "Refused"
        unknown = ", at an unknown time" if consent.given and consent.undated else ""
        yield Entry(consent.at, f"{given} {purpose} mails (reported by {consent.source}{unknown})")
    if customer.erased:
        yield Entry(customer.at, "Erased")
    for thing in facts.things():
        match thing:
            case Cart():
                yield _cart(thing)
            case Order():
                yield from _order(thing)
            case Answer():
                yield _answer(thing)
            case Unsubscription():
                yield Entry(thing.at, f"Unsubscribed from {thing.purpose} mails")
            case _:
                yield from (Entry(event.at, _in_words(event)) for event in thing.events())


def _in_words(event: Event) -> str:
    """A kind of event that has no words of its own here: by its name, ``ParcelLost`` as "Parcel lost"."""
    words = re.sub(r"(?<!^)(?=[A-Z])", " ", type(event).__name__)
    return f"{words.capitalize()}: {event.key}"


def _cart(cart: Cart) -> Entry:
    lines = len(cart.lines)
    holds = f"{lines} line{'s' if lines > 1 else ''}, {cart.total}" if lines else "empty"
    return Entry(cart.activity if lines else cart.at, f"Cart {cart.id} last changed: {holds}")


def _order(order: Order) -> Iterator[Entry]:
    yield Entry(order.placed_at, f"Order {order.id} placed: {order.total}")
    if order.fulfilled_at:
        yield Entry(order.fulfilled_at, f"Order {order.id} fulfilled")
    if order.cancelled_at:
        yield Entry(order.cancelled_at, f"Order {order.id} cancelled")
    if order.refunded:
        yield Entry(order.at, f"Order {order.id} refunded: {Money(order.refunded, order.total.currency)}")


def _answer(answer: Answer) -> Entry:
    comment = f": “{answer.comment}”" if answer.comment else ""
    former = f", changed from {answer.former}" if answer.former is not None else ""
    scored = f"Scored {answer.score} of 10 about order {answer.order_id}{former}{comment}"
    if answer.case_closed_at:
        return Entry(answer.case_closed_at, f"{scored}; the team closed the case")
    return Entry(answer.at, f"{scored}{'; a case is open' if answer.has_open_case else ''}")


def _rank(entry: Entry) -> int:
    return -1 if entry.kind == FACT else _RANK[Kind(entry.kind)]
