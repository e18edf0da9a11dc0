"""A customer with ten thousand of what only grows: no item grows with it, and everything goes on."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

import app
from chalicelib.adapters.dynamodb import credits, items, keys
from chalicelib.domain.facts.inbound import Known
from chalicelib.domain.journeys.credits import Credit, credit_of
from chalicelib.domain.money import Money
from chalicelib.domain.time import to_text
from infra.bench.units import item_size
from tests.identity.breaking import broken_after
from tests.identity.given import differences
from tests.identity.given import items as all_items
from tests.journeys.shop import Open, Shop
from tests.naming import FOUR

pytestmark = pytest.mark.journeys(*FOUR)
MANY = 10_000
SOME = 300
TABLE_LIMIT = 400 * 1024


def ordered_often(shop: Shop) -> None:
    """Ann was reminded of a cart, and placed ten thousand orders of 5.00 since."""
    shop.customer("ann")
    shop.leaves_cart("ann")
    shop.after(days=1, minutes=1)
    (run,) = shop.runs("ann", "abandoned_cart")
    table = app.parts._engagement_table
    value = Money(500, "USD")
    given = [credit_of(run, f"old-{n}", shop.now, value, is_ordered=True, is_attributed=False) for n in range(MANY)]
    table.batch_put([credits._item(run.customer, credit) for credit in given])
    key = {"pk": keys.customer(run.customer), "sk": keys.enrollment(run.id)}
    table.update(key, "SET #t = :t", "attribute_exists(pk)", {"#t": items.total("USD")}, {":t": MANY * value.amount})


def largest(prefix: str) -> int:
    """The size in bytes of the largest item of the engagement table whose sort key begins with this."""
    return max(item_size(item) for item in all_items()["engagement"] if item["sk"]["S"].startswith(prefix))


def credit_of_order(shop: Shop, order: str) -> Credit:
    (found,) = app.parts.credits.of_order(shop.key("ann"), order)
    return found


def test_a_run_with_ten_thousand_orders_is_as_small_as_any_and_a_refund_still_finds_its_order(open_shop: Open) -> None:
    shop = open_shop()
    ordered_often(shop)
    before = largest("ENROLLMENT#abandoned_cart")

    order = shop.orders("ann", total=2000)
    shop.tells(
        {
            "type": "refund",
            "customer_id": "ann",
            "order_id": order,
            "id": "r1",
            "at": shop.now.isoformat(),
            "amount": 700,
        }
    )
    shop.tells(
        {
            "type": "refund",
            "customer_id": "ann",
            "order_id": order,
            "id": "r2",
            "at": shop.now.isoformat(),
            "amount": 300,
        }
    )

    (run,) = app.parts.engagement.of(shop.key("ann")).enrollments[:1]
    assert credit_of_order(shop, order).value == Money(1000, "USD")
    assert run.ordered == {"USD": MANY * 500 + 1000}
    assert largest("ENROLLMENT#abandoned_cart") - before < 1024 < TABLE_LIMIT
    assert largest(keys.CREDIT) < 1024
    assert differences(shop) == {}


def test_reading_a_customer_s_facts_reads_none_of_their_names(open_shop: Open) -> None:
    shop = open_shop()
    shop.customer("ann")
    key, table = shop.key("ann"), app.parts._commerce_table
    table.batch_put([keys.known_by(key, "visitor", f"{number:064}") for number in range(MANY)])

    assert len(app.parts.names.names_of(key)) >= MANY
    assert [item["sk"] for item in table.partition(keys.customer(key))] == [keys.PROFILE]


def with_many_names(shop: Shop, customer: str) -> str:
    """The customer's key, who is known by the names of a few hundred carts."""
    shop.customer(customer)
    key, table = shop.key(customer), app.parts._commerce_table
    names = [("visit", f"{number:064}") for number in range(SOME)]
    table.batch_put([keys.known_by(key, *name) for name in names])
    table.batch_put([{**keys.alias(*name), "customer": key, "since": to_text(shop.now)} for name in names])
    return key


@contextmanager
def counted(operation: str) -> Iterator[list[str]]:
    """The calls of this operation of DynamoDB that are made meanwhile."""
    calls: list[str] = []
    client = app.parts.aws.dynamodb

    def called(**_: Any) -> None:
        calls.append(operation)

    client.meta.events.register(f"before-call.dynamodb.{operation}", called)
    try:
        yield calls
    finally:
        client.meta.events.unregister(f"before-call.dynamodb.{operation}", called)


def test_a_merge_of_a_customer_with_many_names_goes_on_where_it_was_interrupted(open_shop: Open) -> None:
    shop = open_shop()
    shop.customer("bob")
    key, into = with_many_names(shop, "ann"), Known(shop.key("bob"), shop.now)
    own = len(app.parts.names.names_of(key)) - SOME

    with counted("UpdateItem") as redirected:
        assert broken_after(SOME // 2, lambda: app.parts.moves.copy(key, into))
        first = len(redirected)
        app.parts.moves.copy(key, into)

    assert 0 < first < SOME
    assert len(redirected) <= SOME + own
    assert {each.customer for each in app.parts.names.known(app.parts.names.names_of(key)).values()} == {into.customer}
    assert set(app.parts.names.names_of(into.customer)) >= set(app.parts.names.names_of(key))


def test_an_erasure_of_a_customer_with_many_names_goes_on_where_it_was_interrupted(open_shop: Open) -> None:
    shop = open_shop()
    key = with_many_names(shop, "ann")
    names = app.parts.names.names_of(key)

    with counted("DeleteItem") as deleted:
        assert broken_after(SOME // 2, lambda: app.parts.commerce.erase(key))
        first = len(deleted)
        app.parts.commerce.erase(key)

    assert 0 < first < SOME
    assert len(deleted) <= len(names)
    assert app.parts.names.known(names) == {}
    assert app.parts.commerce.items_of(key) == []
