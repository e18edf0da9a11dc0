"""Each night: reviews, the recount, folding, sends that nobody settled."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

import workflows
from chalicelib.domain.facts.facts import Facts
from chalicelib.domain.journeys.outcomes import Kind
from chalicelib.domain.journeys.policy import Policy
from chalicelib.domain.journeys.run import Status
from chalicelib.domain.standing.segments import segments_of
from chalicelib.domain.standing.standing import Tier, standing_of
from tests.builders import START, a_cart, a_customer, a_launch, an_enrollment, an_order, outcomes_of, utc
from tests.fakes import FakeCommerce
from tests.naming import FOUR
from tests.services.night import Night, with_outcomes

pytestmark = pytest.mark.journeys(*FOUR)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def test_closed_shards_are_folded_after_two_days_and_no_sum_changes() -> None:
    night = Night()
    night.runs.create(with_outcomes())
    night.count()
    before = night.counters.read()

    folded = []
    for hours in (47, 49, 49):
        night.now = START + hours * HOUR
        folded.append(night()["folded"])

    assert folded == [0, 2, 0]
    assert night.counters.read() == before


def test_a_tier_that_time_alone_ends_is_reviewed() -> None:
    night = Night()
    order = an_order(at=START - 364 * DAY, total=60_000)
    standing = standing_of([order], Policy().thresholds, START)
    night.facts.put("ann", order)
    night.runs.put("ann", standing, sorted(segments_of(standing)), [])
    night.now = START + 2 * DAY

    answer = [night()["reviewed"], night()["reviewed"]]

    known = night.runs.of("ann")
    assert known.standing is not None
    assert (standing.tier, known.standing.tier) == (Tier.GOLD, Tier.BRONZE)
    assert known.segments == segments_of(known.standing)
    assert answer[0] == 1


def test_a_review_never_puts_back_a_standing_that_an_order_has_changed_meanwhile() -> None:
    first, second = an_order("o1", START - 364 * DAY, 60_000), an_order("o2", START + 2 * DAY)
    night = Night(now=START + 2 * DAY)
    old, new = (standing_of(orders, Policy().thresholds, START + 2 * DAY) for orders in ([first], [first, second]))
    early = standing_of([first], Policy().thresholds, START)

    def ordered() -> None:
        night.facts.put("ann", second)
        night.runs.put("ann", new, sorted(segments_of(new)), [])

    night.facts = Meanwhile("ann", ordered)
    night.facts.put("ann", first)
    night.runs.put("ann", early, sorted(segments_of(early)), [])
    assert old != new

    night()

    assert night.runs.standings["ann"] == new
    assert night.runs.of("ann").segments == segments_of(new)


class Meanwhile(FakeCommerce):
    """Right after the customer's facts were read, an order comes and is handled."""

    def __init__(self, customer: str, happens: Any) -> None:
        super().__init__()
        self.customer, self.happens = customer, happens

    def of(self, customer: str, known: Facts | None = None) -> Facts:
        found = super().of(customer, known)
        self.happens()
        return found


def test_a_send_that_nobody_settled_is_settled() -> None:
    night = Night(now=START + 8 * HOUR)
    journey = workflows.versions()["abandoned_cart", 1]
    claimed = {"step": "reminder", "status": Status.SENDING, "claimed_at": START, "first_allowed_at": START}
    run = an_enrollment(journey, **claimed)
    night.runs.create(run)
    night.facts.put("ann", a_cart(run.subject))

    assert night()["settled"] == 1

    after = night.runs.enrollments["ann", run.id]
    assert outcomes_of(after, Kind.ABANDONED) == [(Kind.ABANDONED, "reminder", "unknown_send")]
    assert after.status is Status.WAITING


@pytest.mark.parametrize(
    "change", [{"claimed_at": START + 2 * HOUR}, {"status": Status.WAITING, "claimed_at": None}]
)  # fmt: skip
def test_a_send_that_is_still_in_time_or_none_at_all_is_left_alone(change: dict[str, object]) -> None:
    night = Night(now=START + 8 * HOUR)
    claimed = {"step": "reminder", "status": Status.SENDING, "claimed_at": START}
    run = an_enrollment(workflows.versions()["abandoned_cart", 1], **(claimed | change))
    night.runs.create(run)

    assert night()["settled"] == 0

    assert night.runs.enrollments["ann", run.id] == run


def test_a_member_whose_invitation_is_settled_at_night_still_gets_the_last_call() -> None:
    launch = a_launch()
    journey = workflows.versions()["early_access", 1]
    night = Night(now=START + 8 * HOUR)
    night.facts.put("ann", a_customer())
    night.facts.put("ann", an_order("o0", START - 20 * DAY, 30_000))
    night.facts.put("", launch)
    run = an_enrollment(
        journey, occurrence="spring", subject="spring", step="invitation", status=Status.SENDING, claimed_at=START,
        first_allowed_at=START,
    )  # fmt: skip
    night.runs.create(run)

    night()

    after = night.runs.enrollments["ann", run.id]
    assert (after.step, after.due_at) == ("nearly_open", launch.opens_at - 6 * HOUR)


def test_a_run_of_a_retired_version_stops_no_night() -> None:
    night = Night(now=START + 8 * HOUR)
    night.runs.create(replace(an_enrollment(journey_version=9), status=Status.SENDING, claimed_at=START))

    assert night()["settled"] == 0


class Damaged(FakeCommerce):
    """One customer's facts cannot be read."""

    def of(self, customer: str, known: Facts | None = None) -> Facts:
        if customer == "bob":
            raise ValueError("stored Order: expected `int`")
        return super().of(customer, known)


def test_a_customer_who_cannot_be_read_keeps_no_other_from_the_review() -> None:
    order = an_order("o1", START - 364 * DAY, 60_000)
    night = Night(facts=Damaged(), now=START + 2 * DAY)
    stored = standing_of([order], Policy().thresholds, START)
    for customer in ("bob", "ann"):
        night.facts.put(customer, order)
        night.runs.put(customer, stored, sorted(segments_of(stored)), [])

    answer = night()

    assert answer["reviewed"] == 1
    assert night.runs.standings["ann"] == standing_of([order], Policy().thresholds, START + 2 * DAY)
    assert night.runs.standings["bob"] == stored


def test_after_a_change_of_the_shops_zone_everything_counts_in_its_days_and_a_message_on_its_way_is_left_alone() -> (
    None
):
    night = Night(policy=Policy(zone="Asia/Seoul"))
    sending = an_enrollment(status=Status.SENDING, claimed_at=night.now, occurrence="order-2")
    for run in (with_outcomes(), sending):
        night.runs.create(run)
    order = an_order(at=utc("2026-02-28 16:00"))
    night.facts.put("ann", order)
    night.runs.put("ann", standing_of([order], Policy().thresholds, START), [], [])

    night()
    once = dict(night.runs.enrollments)
    night()

    assert {run.occurrence: run.zone for run in once.values()} == {"order-1": "Asia/Seoul", "order-2": None}
    assert night.runs.enrollments == once
    assert (night.runs.standings["ann"].zone, list(night.runs.standings["ann"].months)) == ("Asia/Seoul", ["2026-03"])
