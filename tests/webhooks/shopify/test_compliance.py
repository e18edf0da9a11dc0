"""The topics that Shopify requires: a customer is forgotten, asks for their data, or the shop has left."""

from typing import Any

import pytest

import app
from chalicelib.domain.errors import Unavailable
from chalicelib.services.identify import Identify
from tests.naming import FOUR
from tests.webhooks.conftest import Log
from tests.webhooks.given import Hooks, payload, shopify
from tests.webhooks.shopify.given import MINA, MINAS_ID, ORDER, order, tell

pytestmark = pytest.mark.journeys(*FOUR)


def test_a_redacted_customer_is_forgotten_and_not_brought_back(hooks: Hooks) -> None:
    order(hooks)
    tell(hooks, "customers/redact", "customers_redact")
    assert app.parts.names.find(MINA) is None
    assert app.parts.names.find(MINAS_ID) is None

    order(hooks, "orders/updated", updated_at="2026-03-09T00:00:00Z")

    assert app.parts.names.find(MINA) is None


def test_a_request_for_data_tells_the_operator_what_answers_it(hooks: Hooks, log: Log) -> None:
    order(hooks)
    for _ in range(2):
        hooks.take(shopify("customers/data_request", payload("shopify", "customers_data_request"), event="once"))

    (line,) = log()
    key = app.parts.names.find(MINA)
    assert (line["customer"], line["show"]) == (key, f"rekindle export {key}")


def test_a_request_for_data_that_could_not_be_looked_up_is_logged_when_it_comes_again(
    hooks: Hooks, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    order(hooks)
    request = shopify("customers/data_request", payload("shopify", "customers_data_request"), event="once")
    with monkeypatch.context() as patch:
        patch.setattr(Identify, "known", unavailable)
        refused = hooks.take(request)

    answers = [hooks.take(request) for _ in range(2)]

    assert [each.status for each in (refused, *answers)] == [503, 200, 200]
    (line,) = log()
    assert line["show"] == f"rekindle export {app.parts.names.find(MINA)}"


def unavailable(*_: object) -> None:
    raise Unavailable("ThrottlingException")


def test_a_request_for_data_of_somebody_unknown_makes_nobody_known(hooks: Hooks, log: Log) -> None:
    tell(hooks, "customers/data_request", "customers_data_request")

    assert app.parts.names.find(MINA) is None
    assert "show" not in log()[0] or log()[0]["show"] is None


@pytest.mark.parametrize("topic", ["customers/redact", "customers/data_request"])
@pytest.mark.parametrize("customer", [None, {}, {"id": None, "email": None}])
def test_a_compliance_topic_about_nobody_tells_nothing(hooks: Hooks, topic: str, customer: Any) -> None:
    order(hooks)

    orders: dict[str, Any] = {"orders_to_redact": []} if topic == "customers/redact" else {"orders_requested": []}

    answer = hooks.take(shopify(topic, {"shop_id": 1, "shop_domain": "x", "customer": customer, **orders}))

    assert (answer.status, answer.json()["stored"]) == (200, 0)
    assert set(hooks.known(MINA).orders) == {ORDER}


def test_a_shop_that_left_is_not_wiped_by_itself(hooks: Hooks, log: Log) -> None:
    order(hooks)
    tell(hooks, "shop/redact", "shop_redact")

    assert set(hooks.known(MINA).orders) == {ORDER}
    assert "operator" in log()[0]["message"]
