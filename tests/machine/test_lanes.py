"""The number of lanes may be changed while enrollments wait: whatever lane they are in, they are found."""

from datetime import timedelta

import boto3
import pytest

import app
from chalicelib import wiring
from infra.machine.lambda_context import scheduled_event
from infra.messages.local import templates
from tests.builders import START
from tests.faults.given import Shop, a_shop

pytestmark = pytest.mark.journeys("abandoned_cart")
CUSTOMERS = [f"c{number}" for number in range(24)]


def deployed_with(shop: Shop, lanes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A deployment: every function starts anew with the new setting."""
    monkeypatch.setenv("LANES", str(lanes))
    app.parts = wiring.Parts(journeys=app.journeys, templates=templates, clock=shop.machine.clock.now)


def lanes_of_what_waits(shop: Shop) -> set[str]:
    items = boto3.client("dynamodb").scan(TableName=shop.machine.stack.tables["EngagementTable"])["Items"]
    return {item["lane"]["S"] for item in items if "lane" in item}


@pytest.mark.parametrize(("before", "after"), [(8, 2), (2, 8), (8, 1)])
def test_what_waits_in_another_lane_is_found_and_goes_on_in_its_new_one(
    before: int, after: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with a_shop(START, lanes=before) as shop:
        for customer in CUSTOMERS:
            shop.tell(shop.customer(customer), shop.cart(customer, f"k-{customer}"))
        shop.machine.invoke("sweep", scheduled_event(shop.now, "rate(1 minute)"))
        assert lanes_of_what_waits(shop) == {f"L{number}" for number in range(before)}

        deployed_with(shop, after, monkeypatch)
        shop.wait(timedelta(hours=25))

        reached = {run.customer for customer in CUSTOMERS for run in shop.runs(customer) if run.first_allowed_at}
        assert len(reached) == len(CUSTOMERS)
        assert lanes_of_what_waits(shop) == {f"L{number}" for number in range(after)}
        assert shop.machine.failures == []
