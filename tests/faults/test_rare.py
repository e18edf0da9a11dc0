"""What hardly ever happens, on the whole machine: items that somebody damaged, and an index that lost an entry."""

import json
from collections.abc import Mapping
from typing import Any

import boto3
import pytest

import app
from chalicelib.domain.journeys.outcomes import Kind
from chalicelib.domain.journeys.run import Status
from tests.faults.dying import dies_after_a_mail
from tests.faults.given import DAY, HOUR, Shop, a_shop, kinds
from tests.naming import FOUR

pytestmark = pytest.mark.journeys(*FOUR)


def change(shop: Shop, customer: str, expression: str, **more: Any) -> None:
    """Change a customer's run behind the engine's back."""
    run = shop.run("abandoned_cart", customer)
    item = {"pk": {"S": f"CUSTOMER#{run.customer}"}, "sk": {"S": f"ENROLLMENT#{run.id}"}}
    table = shop.machine.stack.tables["EngagementTable"]
    boto3.client("dynamodb").update_item(TableName=table, Key=item, UpdateExpression=expression, **more)


def counted() -> Mapping[str, int]:
    found: Mapping[str, int] = app.parts.kpis().journeys()["abandoned_cart"]
    return found


def test_a_damaged_run_is_kept_for_an_operator_and_the_others_are_counted() -> None:
    with a_shop() as shop:
        shop.tell(shop.customer("c1"), shop.cart("c1"))
        change(shop, "c1", "SET #s = :no REMOVE lane, due_at", ExpressionAttributeNames={"#s": "state"},
               ExpressionAttributeValues={":no": {"S": "{}"}})  # fmt: skip
        shop.tell(shop.customer("c2"), shop.cart("c2", "k2"))
        shop.machine.pump()

        (kept,) = shop.poison()
        assert json.loads(kept)["record"]["dynamodb"]["NewImage"]["state"] == {"S": "{}"}
        assert counted()["enrolled"] == 2
        assert shop.machine.failures == []


def test_a_claimed_run_that_the_index_lost_is_given_up_at_night(monkeypatch: pytest.MonkeyPatch) -> None:
    with a_shop(behaviour=None) as shop:
        dies_after_a_mail(monkeypatch)
        shop.tell(shop.customer(), shop.cart())
        shop.wait(DAY)
        assert shop.run("abandoned_cart").status is Status.SENDING
        change(shop, "c1", "REMOVE lane, due_at")

        shop.wait(HOUR)
        assert shop.run("abandoned_cart").status is Status.SENDING
        shop.wait(DAY)

        run = shop.run("abandoned_cart")
        assert (kinds(run)[Kind.SENT], kinds(run)[Kind.ABANDONED]) == (0, 1)
        assert run.status is Status.WAITING
        assert len(shop.mails()) == 1
