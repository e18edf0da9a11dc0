"""Faults 1, 2, 3, 13, 15 of FAULTS.md, and records that come again or in another order."""

import json
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import permutations
from typing import Any

import boto3
import pytest

import app
import workflows
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.facts.fact import Fact
from chalicelib.domain.facts.facts import Facts
from chalicelib.domain.journeys.outcomes import Kind, Outcome
from chalicelib.domain.journeys.policy import Policy
from chalicelib.domain.standing.standing import Standing
from chalicelib.services.enroll import Enroll
from infra.machine.ses_simulator import Reaction
from tests.builders import START, a_cart, an_answer, an_enrollment, an_order
from tests.fakes import FakeCommerce, FakeEngagement, FakeQueue, in_memory
from tests.faults.given import DAY, HOUR, Shop, a_shop, kinds
from tests.naming import FOUR

pytestmark = pytest.mark.journeys(*FOUR)


def a_week(shop: Shop) -> Shop:
    """Two carts are left; one mail is clicked and brings an order; the other customer stays silent."""
    shop.tell(shop.customer("c1"), shop.customer("c2"), shop.cart("c1"), shop.cart("c2", "k2"))
    shop.wait(DAY + HOUR)
    shop.tell(shop.order("c1", cart_id="k1", total=30_000))
    shop.wait(20 * DAY)
    return shop


def clicks(_mail: Any) -> list[Reaction]:
    """Everyone reads what they get half an hour later."""
    seconds = timedelta(seconds=1)
    return [
        (0 * seconds, "send", {}),
        (2 * seconds, "delivery", {}),
        (1800 * seconds, "open", {}),
        (1810 * seconds, "click", {}),
    ]


@pytest.fixture(scope="module")
def once() -> dict[str, Any]:
    """The week as it goes when everything comes once and in order."""
    with a_shop(behaviour=clicks) as shop:
        a_week(shop)
        return {"tables": shop.tables(), "mails": shop.mails()}


@pytest.mark.parametrize("function", ["enroll", "dispatch", "feedback", "rollup", "every"])
def test_1_what_comes_three_times_is_done_once(once: dict[str, Any], function: str) -> None:
    with a_shop(behaviour=clicks, redeliver=lambda name, _: 2 * (function in (name, "every"))) as shop:
        a_week(shop)

        assert shop.mails() == once["mails"]
        assert shop.tables() == once["tables"]
        assert shop.recount() == {}
        assert shop.machine.failures == []


def test_1_a_batch_that_comes_again_much_later_changes_nothing(once: dict[str, Any]) -> None:
    kept: list[dict[str, Any]] = []

    def keep(name: str, event: dict[str, Any]) -> int:
        if name == "enroll":
            kept.append(json.loads(json.dumps(event)))
        return 0

    with a_shop(behaviour=clicks, redeliver=keep) as shop:
        a_week(shop)
        for event in [*kept, *reversed(kept)]:
            shop.machine.invoke("enroll", event)
        shop.machine.pump()

        assert kept
        assert shop.mails() == once["mails"]
        assert shop.tables() == once["tables"]


@pytest.mark.parametrize("failures", [1, 3])
def test_2_a_record_that_fails_is_tried_again_at_once_and_later(
    once: dict[str, Any], failures: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with a_shop(behaviour=clicks) as shop:
        store, left = app.parts.facts, [failures]
        read = store.of

        def sometimes(customer: str) -> Facts:
            if left[0]:
                left[0] -= 1
                raise Unavailable("ThrottlingException")
            return read(customer)

        shop.tell(shop.customer("c1"), shop.customer("c2"), pump=False)
        shop.tell(shop.cart("c1"), shop.cart("c2", "k2"), pump=False)
        shop.wait(DAY + HOUR)
        monkeypatch.setattr(store, "of", sometimes)
        shop.tell(shop.order("c1", cart_id="k1", total=30_000))
        shop.wait(20 * DAY)

        assert left == [0]
        assert shop.mails() == once["mails"]
        assert shop.recount() == {}
        assert shop.poison() == []
        if failures == 1:
            assert shop.tables() == once["tables"]


def test_3_a_poison_record_is_kept_whole_and_the_shard_goes_on() -> None:
    with a_shop() as shop:
        item: dict[str, Any] = {
            "pk": {"S": "CUSTOMER#x"},
            "sk": {"S": "CART#k"},
            "at": {"S": "2026"},
            "fact": {"S": "?"},
        }
        shop.tell(shop.customer("c1"), pump=False)
        boto3.client("dynamodb").put_item(TableName=shop.machine.stack.tables["CommerceTable"], Item=item)
        shop.tell(shop.cart("c1"), pump=False)
        shop.machine.pump()

        assert shop.run("abandoned_cart").due_at == START + DAY
        (kept,) = shop.poison()
        assert json.loads(kept)["record"]["dynamodb"]["NewImage"] == item
        assert shop.machine.failures == []


def test_13_an_order_that_comes_before_its_cart_brings_no_reminder() -> None:
    with a_shop() as shop:
        order, cart = shop.order(cart_id="k1"), shop.cart(at=(START - HOUR).isoformat())
        shop.tell(shop.customer(), order, cart)
        shop.wait(10 * DAY)

        assert shop.mails() == []
        assert kinds(shop.run("abandoned_cart")) == {Kind.ENROLLED: 1, Kind.EXITED: 1}


def test_15_an_old_cart_told_after_the_newer_ones_brings_nothing_back() -> None:
    with a_shop() as shop:
        old = shop.cart()
        shop.tell(shop.customer(), old)
        shop.wait(HOUR)
        shop.tell(shop.cart(lines=0, total=0))
        before = shop.tables()

        shop.tell(old)

        assert shop.tables() == before
        shop.wait(5 * DAY)
        assert shop.mails() == []


@dataclass(frozen=True)
class Change:
    """A record of the stream: a customer's fact that was changed."""

    old: Fact | None
    new: Fact


CART = a_cart("k1", START)
EMPTIED = a_cart("k2", START + 2 * HOUR, lines=0)
FIRST, SECOND = an_order("o1", START + HOUR, cart_id="k1"), an_order("o2", START + 3 * HOUR)
CHANGES = [
    Change(None, CART),
    Change(None, FIRST),
    Change(None, a_cart("k2", START + HOUR)),
    Change(a_cart("k2", START + HOUR), EMPTIED),
    Change(None, SECOND),
    Change(None, an_answer("o0", START + 4 * HOUR)),
]


def handled(changes: list[Change]) -> FakeEngagement:
    """All facts are stored; then their records are handled in this order."""
    facts, runs = FakeCommerce(), FakeEngagement()
    for change in CHANGES:
        facts.put("ann", change.new)
    survey = an_enrollment(
        workflows.versions()["nps_survey", 1], occurrence="o0", subject="o0", step="answer", first_allowed_at=START,
        message_at=START, ran_at=START, entered_at=START - 14 * DAY, due_at=START + 5 * DAY,
    )  # fmt: skip
    runs.create(survey.with_outcome(Outcome("sent#1", Kind.SENT, START, step="survey")))
    now = START + 5 * HOUR
    enroll = in_memory(
        Enroll,
        facts,
        runs,
        audience=FakeQueue(),
        journeys=workflows.versions(),
        current=workflows.current(),
        policy=Policy(),
        clock=lambda: now,
        merge=print,
        erase=print,
    )
    for change in changes:
        enroll("ann", change.old, change.new)
    return runs


def state(runs: FakeEngagement) -> tuple[list[Any], Standing, frozenset[str]]:
    """Runs without their versions, the standing, the segments."""
    known = runs.of("ann")
    assert known.standing is not None
    return [replace(run, version=0) for run in known.enrollments], known.standing, known.segments


@pytest.mark.parametrize("times", [2, 3])
def test_records_that_come_again_at_once_or_all_together_leave_the_same_state(times: int) -> None:
    in_order = state(handled(CHANGES))

    assert state(handled([change for change in CHANGES for _ in range(times)])) == in_order
    assert state(handled(CHANGES * times)) == in_order
    assert state(handled([*CHANGES, *reversed(CHANGES)])) == in_order


def test_whatever_order_the_records_come_in_the_same_runs_go_on() -> None:
    """A cart that is over already is armed where its record comes last, and ends when it is due: no mail either way."""
    in_order = handled(CHANGES)
    going_on = {run.id for run in in_order.of("ann").enrollments if run.due_at}

    for order in permutations(CHANGES):
        if order.index(CHANGES[2]) > order.index(CHANGES[3]):
            continue  # of one item, the stream keeps the order
        runs = handled(list(order))

        assert runs.standings == in_order.standings, order
        assert runs.memberships == in_order.memberships, order
        assert {run.id for run in runs.of("ann").enrollments if run.due_at} - carts(runs) == going_on, order
        assert {run.id for run in runs.of("ann").enrollments} == set(map(run_id, in_order.enrollments)), order


def run_id(key: tuple[str, str]) -> str:
    return key[1]


def carts(runs: FakeEngagement) -> set[str]:
    return {run.id for run in runs.of("ann").enrollments if run.journey == "abandoned_cart"}
