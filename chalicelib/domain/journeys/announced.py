"""Which messages an announced launch leads to, for each tier: the journeys are run ahead for a member of each."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from chalicelib.domain.channel import Channel
from chalicelib.domain.facts.consent import Consent, Purpose
from chalicelib.domain.facts.customer import ADDRESSES, Customer
from chalicelib.domain.facts.facts import Facts
from chalicelib.domain.facts.launch import Launch, LaunchAnnounced
from chalicelib.domain.facts.order import Order
from chalicelib.domain.journeys.contacts import Contact, Contacts
from chalicelib.domain.journeys.eligibility import Allowed, judge
from chalicelib.domain.journeys.engine import Deliver, advance, enroll, rest
from chalicelib.domain.journeys.experiment import Arm
from chalicelib.domain.journeys.journey import Journey, Send
from chalicelib.domain.journeys.policy import Policy
from chalicelib.domain.journeys.settlement import judged, sent
from chalicelib.domain.journeys.situation import Situation
from chalicelib.domain.money import Money
from chalicelib.domain.standing.standing import Tier
from chalicelib.domain.standing.thresholds import Thresholds

OF_TIERS = frozenset({"loyal", *map(str, Tier)})
"""The segments that a tier is wholly in, or not at all."""
MOST_TURNS = 1000
"""A run has a few turns; a journey that needs more is described up to here."""


def messages_by_tier(
    launch: Launch, journeys: Iterable[Journey], now: datetime, policy: Policy
) -> Mapping[str, list[str]]:
    """By tier: the names of the messages that its members get of this launch, in the order of their times.

    It is true of a member in the shop's own time zone who agreed to mails, gets no others, and orders nothing: caps and
    quiet hours count. Tiers without a message are left out, as all are of a launch that was withdrawn or is over.
    """
    found: dict[str, list[str]] = {}
    starting = [journey for journey in journeys if journey.enroll.event is LaunchAnnounced]
    for tier in Tier:
        member = _member(tier, launch, min(now, launch.at), policy.thresholds)
        times = sorted(each for journey in starting for each in _messages(journey, member, now, policy))
        if times:
            found[str(tier)] = [name for _, name in times]
    return found


def _member(tier: Tier, launch: Launch, before: datetime, thresholds: Thresholds) -> Facts:
    """A member of a tier, by one order the day before, and of the launch's segment if that has members of any tier."""
    channels = tuple(Channel)
    consents = {purpose: Consent(True, before, channels=channels) for purpose in Purpose}
    addresses = dict.fromkeys((own for own, _ in ADDRESSES.values()), "member")
    customer = replace(Customer("", before, consents=consents), **addresses)  # type: ignore[arg-type]
    bar = {Tier.GOLD: thresholds.gold, Tier.SILVER: thresholds.silver}.get(tier, dict.fromkeys(thresholds.silver, 1))
    total = next((Money(amount, code) for code, amount in bar.items()), None)
    order = Order("", before - timedelta(days=1), total, before) if total else None
    if launch.segment not in OF_TIERS:
        launch = replace(launch, segment="everyone")
    return Facts(customer, orders={"": order} if order else {}, launch=launch)


def _messages(journey: Journey, member: Facts, now: datetime, policy: Policy) -> Iterator[tuple[datetime, str]]:
    """The times and names of the messages of one run."""
    events = member.launch.events() if member.launch else iter(())
    run = next((run for event in events if (run := enroll(journey, event, "", member, now, policy))), None)
    contacts, turns = Contacts(), 0
    while run is not None and run.due_at is not None and turns < MOST_TURNS:
        now, turns = max(now, run.due_at), turns + 1
        situation = Situation(replace(run, arm=Arm.TREATED), member, now, policy, contacts)
        ahead, decision = advance(journey, situation)
        here = replace(situation, enrollment=ahead)
        if not isinstance(decision, Deliver):
            run = rest(journey, situation)
            continue
        if isinstance(decision.message, Send):
            verdict = judge(journey, decision.message, here)
            if not isinstance(verdict, Allowed):
                run = judged(journey, here, verdict)
                continue
            yield now, decision.message.name
            contacts = contacts.with_contact(Contact(ahead.send_id, now, journey.purpose))
        run = sent(journey, here)
