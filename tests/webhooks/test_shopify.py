"""What each of Shopify's topics tells, from payloads as Shopify documents them."""

from datetime import timedelta
from typing import Any

import pytest

import app
from chalicelib.domain.facts.cart import Cart, Line
from chalicelib.domain.facts.consent import Consent, Purpose
from chalicelib.domain.facts.inbound import Person
from chalicelib.domain.money import Money
from tests.builders import START, utc
from tests.naming import FOUR
from tests.webhooks.conftest import Log
from tests.webhooks.given import Hooks, payload, shopify

pytestmark = pytest.mark.journeys(*FOUR)
MINA, MINAS_ID = "mina@example.com", "603851970716743426"
CART, ORDER = "c1-7a2abe82733a34e84aa472d57fb5c3c1", "820982911946154508"
TEA = Line("788032119674292922", "First flush Darjeeling", 3, 1999)


def tell(hooks: Hooks, topic: str, name: str, **changes: Any) -> None:
    """One of the documented payloads arrives."""
    answer = hooks.take(shopify(topic, payload("shopify", name, **changes)))
    assert answer.status == 200, answer


def checkout(hooks: Hooks, **changes: Any) -> None:
    tell(hooks, "checkouts/update", "checkouts_update", **changes)


def order(hooks: Hooks, topic: str = "orders/create", **changes: Any) -> None:
    tell(hooks, topic, "orders_create", **changes)


def a_customer(**changes: Any) -> dict[str, Any]:
    found: dict[str, Any] = payload("shopify", "orders_create")["customer"]
    return found | changes


def test_a_cart_becomes_its_owner_s_when_the_checkout_names_them(hooks: Hooks) -> None:
    tell(hooks, "carts/update", "carts_update")
    assert app.parts.names.find(MINA) is None

    checkout(hooks, updated_at="2026-03-02T03:05:00-05:00")  # earlier than the cart's last change

    cart = hooks.known(MINA).carts[CART]
    assert cart == Cart(
        CART,
        utc("2026-03-02 08:10:00.123"),
        Money(5997, "USD"),
        (Line("788032119674292922", "First flush Darjeeling - 100 g", 3, 1999),),
    )


def test_a_checkout_is_the_cart_as_it_is_then(hooks: Hooks) -> None:
    tell(hooks, "carts/update", "carts_update")
    checkout(hooks)

    known = hooks.known(MINAS_ID)
    assert known.carts == {CART: Cart(CART, utc("2026-03-02 08:20"), Money(6497, "USD"), (TEA,))}
    assert (known.customer.email, known.customer.name) == (MINA, "Mina Han")
    assert (known.customer.language, known.customer.country) == ("ko", "KR")
    assert known.customer.consents == {}


def test_a_checkout_that_became_an_order_is_no_cart_but_tells_whose_its_cart_was(hooks: Hooks) -> None:
    tell(hooks, "carts/update", "carts_update")
    checkout(hooks, completed_at="2026-03-02T03:20:00-05:00")

    known = hooks.known(MINA)
    assert (known.carts[CART].at, known.carts[CART].total) == (utc("2026-03-02 08:10:00.123"), Money(5997, "USD"))


def test_a_checkout_without_a_cart_has_its_own_token(hooks: Hooks) -> None:
    checkout(hooks, cart_token=None)

    assert set(hooks.known(MINA).carts) == {"123123123"}


@pytest.mark.parametrize("topic", ["carts/create", "carts/update"])
def test_a_cart_without_lines_is_empty(hooks: Hooks, topic: str) -> None:
    checkout(hooks)
    tell(hooks, topic, "carts_update", line_items=[], updated_at="2026-03-02T09:00:00Z")

    assert hooks.known(MINA).carts[CART].lines == ()


def test_a_cart_without_currencies_has_lines_and_no_amounts(hooks: Hooks) -> None:
    old = [{"product_id": 7, "title": "Assam", "quantity": 2, "price": "10.00", "line_price": "20.00"}]
    checkout(hooks)
    tell(hooks, "carts/update", "carts_update", line_items=old, updated_at="2026-03-02T09:00:00Z")

    cart = hooks.known(MINA).carts[CART]
    assert (cart.lines, cart.total) == ((Line("7", "Assam", 2, 0),), Money(0, "XXX"))


def test_a_guest_is_known_by_the_address_they_typed(hooks: Hooks) -> None:
    checkout(hooks, customer=None)
    order(hooks, customer=None)

    known = hooks.known(MINA)
    assert (known.customer.email, set(known.carts), set(known.orders)) == (MINA, {CART}, {ORDER})


def test_a_guest_and_the_account_with_their_address_are_one(hooks: Hooks) -> None:
    checkout(hooks, customer=None)
    order(hooks)

    assert app.parts.names.find(MINA) == app.parts.names.find(MINAS_ID)
    assert set(hooks.known(MINA).carts) == {CART}


def test_an_order_ends_the_cart_it_came_of(hooks: Hooks) -> None:
    checkout(hooks)
    order(hooks)

    found = hooks.known(MINA).orders[ORDER]
    assert (found.cart_id, found.coupon, found.products) == (CART, "CART-7Q2M", ("788032119674292922",))
    assert (found.total, found.refunded, found.net) == (Money(5997, "USD"), 0, 5997)
    assert (found.placed_at, found.at) == (utc("2026-03-02 08:30"), utc("2026-03-02 08:30:05"))
    runs = app.parts.engagement.of(app.parts.names.find(MINA) or "").enrollments
    assert [run.due_at for run in runs if run.journey == "abandoned_cart"] == [None]


def test_an_imported_order_was_placed_when_it_was_processed(hooks: Hooks) -> None:
    order(hooks, processed_at="2024-01-01T00:00:00Z")

    assert hooks.known(MINA).orders[ORDER].placed_at == utc("2024-01-01 00:00")


@pytest.mark.parametrize("wrapped", [True, False])
@pytest.mark.parametrize(
    "topic", ["orders/create", "orders/paid", "orders/updated", "orders/cancelled", "orders/fulfilled"]
)
def test_every_topic_of_orders_tells_the_order_wrapped_or_not(hooks: Hooks, topic: str, wrapped: bool) -> None:
    body = payload("shopify", "orders_create")

    assert hooks.take(shopify(topic, {"order": body} if wrapped else body)).status == 200

    assert set(hooks.known(MINA).orders) == {ORDER}


def test_a_cancelled_order_brings_nothing(hooks: Hooks) -> None:
    order(hooks)
    order(hooks, "orders/cancelled", cancelled_at="2026-03-02T04:00:00-05:00", updated_at="2026-03-02T04:00:00-05:00")

    found = hooks.known(MINA).orders[ORDER]
    assert (found.cancelled_at, found.net) == (utc("2026-03-02 09:00"), 0)


def test_an_order_is_fulfilled_when_its_last_parcel_went_off(hooks: Hooks) -> None:
    parcels = [
        {"id": 1, "created_at": "2026-03-03T08:00:00Z", "status": "success"},
        {"id": 2, "created_at": "2026-03-04T08:00:00Z", "status": "success"},
        {"id": 3, "created_at": "2026-03-05T08:00:00Z", "status": "cancelled"},
    ]
    order(
        hooks, "orders/updated", fulfillments=parcels, fulfillment_status="partial", updated_at="2026-03-04T08:00:00Z"
    )
    assert hooks.known(MINA).orders[ORDER].fulfilled_at is None

    order(
        hooks,
        "orders/fulfilled",
        fulfillments=parcels,
        fulfillment_status="fulfilled",
        updated_at="2026-03-05T08:00:00Z",
    )

    assert hooks.known(MINA).orders[ORDER].fulfilled_at == utc("2026-03-04 08:00")


@pytest.mark.parametrize("first", ["orders/updated", "refunds/create"])
def test_a_refund_counts_once_whichever_topics_tell_it_and_in_whichever_order(hooks: Hooks, first: str) -> None:
    refund = payload("shopify", "refunds_create")
    order(hooks)
    for topic in (first, *({"orders/updated", "refunds/create"} - {first})):
        if topic == "refunds/create":
            tell(hooks, topic, "refunds_create")
        else:
            order(hooks, topic, refunds=[refund], updated_at="2026-03-05T15:16:00Z")

    assert hooks.known(MINA).orders[ORDER].refunded == 1832


def test_a_refund_before_its_order_waits_for_it(hooks: Hooks) -> None:
    tell(hooks, "refunds/create", "refunds_create")
    order(hooks)

    assert hooks.known(MINA).orders[ORDER].refunded == 1832


def test_two_refunds_add_up_and_never_beyond_the_total(hooks: Hooks) -> None:
    refund = payload("shopify", "refunds_create")
    paid = refund["transactions"][0]
    order(hooks)
    tell(hooks, "refunds/create", "refunds_create")
    tell(hooks, "refunds/create", "refunds_create", id=2, transactions=[paid | {"amount": "10.00"}])
    assert hooks.known(MINA).orders[ORDER].refunded == 2832

    tell(hooks, "refunds/create", "refunds_create", id=3, transactions=[paid | {"amount": "59.97"}])

    assert hooks.known(MINA).orders[ORDER].refunded == 5997


def test_only_what_was_really_paid_back_counts(hooks: Hooks) -> None:
    paid = payload("shopify", "refunds_create")["transactions"][0]
    others = [paid | {"status": "failure"}, paid | {"status": "pending"}, paid | {"kind": "void"}]
    order(hooks)
    tell(hooks, "refunds/create", "refunds_create", transactions=others)

    assert hooks.known(MINA).orders[ORDER].refunded == 0


@pytest.mark.parametrize("is_first", [True, False])
@pytest.mark.parametrize(
    ("before", "after", "refunded"),
    [("pending", "success", 1832), ("success", "failure", 0), ("pending", "failure", 0)],
)
def test_what_became_of_a_refund_holds_whichever_word_comes_first(
    hooks: Hooks, before: str, after: str, refunded: int, is_first: bool
) -> None:
    def refund(status: str) -> dict[str, Any]:
        body = payload("shopify", "refunds_create")
        return body | {"transactions": [body["transactions"][0] | {"status": status}]}

    deliveries = [
        shopify("refunds/create", refund(before)),
        shopify(
            "orders/updated",
            payload("shopify", "orders_create", refunds=[refund(after)], updated_at="2026-03-06T00:00:00Z"),
        ),
    ]
    order(hooks)
    for sent in deliveries if is_first else reversed(deliveries):
        assert hooks.take(sent).status == 200

    assert hooks.known(MINA).orders[ORDER].refunded == refunded


def test_a_refund_that_was_never_about_money_tells_nothing(hooks: Hooks) -> None:
    order(hooks)

    answer = hooks.take(shopify("refunds/create", payload("shopify", "refunds_create", transactions=[])))

    assert (answer.status, answer.json()["received"]) == (200, 0)


def a_set(shops: str, customers: str = "0") -> dict[str, Any]:
    """An amount in the shop's currency and in the customer's."""
    return {
        "shop_money": {"amount": shops, "currency_code": "USD"},
        "presentment_money": {"amount": customers, "currency_code": "JPY"},
    }


SHIPPING = {"subtotal_amount_set": a_set("5.00", "750")}
AS_ADJUSTED = {"kind": "shipping_refund", "amount_set": a_set("-5.00", "-750"), "tax_amount_set": a_set("-0.50", "-75")}
KEPT = {"kind": "refund_discrepancy", "amount_set": a_set("10.00", "1500"), "tax_amount_set": a_set("0.00")}
GIVEN_MORE = {"kind": "refund_discrepancy", "amount_set": a_set("-2.00", "-300"), "tax_amount_set": None}


@pytest.mark.parametrize(
    ("changes", "refunded"),
    [
        ({}, 1832),
        ({"refund_shipping_lines": [SHIPPING]}, 1832 + 500),
        ({"order_adjustments": [AS_ADJUSTED]}, 1832 + 550),
        ({"order_adjustments": [AS_ADJUSTED], "refund_shipping_lines": [SHIPPING]}, 1832 + 550),
        ({"order_adjustments": [KEPT]}, 1832 - 1000),
        ({"order_adjustments": [GIVEN_MORE], "refund_shipping_lines": [SHIPPING]}, 1832 + 200 + 500),
        ({"total_duties_set": a_set("1.00", "150")}, 1832 + 100),
        ({"refund_line_items": [], "refund_shipping_lines": [SHIPPING]}, 500),
        ({"refund_line_items": [], "order_adjustments": [GIVEN_MORE]}, 200),
        ({"refund_line_items": [], "order_adjustments": None, "refund_shipping_lines": None}, 0),
    ],
)
@pytest.mark.parametrize("topic", ["refunds/create", "orders/updated"])
def test_a_refund_in_another_currency_counts_as_the_shop_tells_it(
    hooks: Hooks, topic: str, changes: dict[str, Any], refunded: int
) -> None:
    paid = payload("shopify", "refunds_create")["transactions"][0] | {"amount": "1000", "currency": "JPY"}
    refund = payload("shopify", "refunds_create", transactions=[paid], **changes)
    order(hooks)
    if topic == "refunds/create":
        hooks.take(shopify(topic, refund))
    else:
        order(hooks, topic, refunds=[refund], updated_at="2026-03-06T00:00:00Z")

    assert hooks.answers[-1].status == 200
    assert hooks.known(MINA).orders[ORDER].refunded == refunded


def test_a_refund_in_the_shop_s_currency_is_what_was_paid(hooks: Hooks) -> None:
    order(hooks)
    tell(hooks, "refunds/create", "refunds_create", order_adjustments=[KEPT], refund_shipping_lines=[SHIPPING])

    assert hooks.known(MINA).orders[ORDER].refunded == 1832


def test_a_changed_address_keeps_the_history(hooks: Hooks) -> None:
    order(hooks)
    tell(hooks, "customers/update", "customers_update")
    order(hooks, "orders/fulfilled", updated_at="2026-03-09T00:00:00Z")  # which still tells the address of then

    known = hooks.known("mina.new@example.com")
    assert (known.customer.email, known.customer.country, set(known.orders)) == ("mina.new@example.com", "JP", {ORDER})
    assert app.parts.names.find(MINA) == app.parts.names.find("mina.new@example.com")


@pytest.mark.parametrize("topic", ["customers/create", "customers/update"])
def test_a_customer_s_consent_has_its_own_time(hooks: Hooks, topic: str) -> None:
    tell(hooks, topic, "customers_update")

    assert hooks.known(MINAS_ID).customer.consents == {
        Purpose.MARKETING: Consent(False, utc("2026-03-06 14:00"), "shopify")
    }


@pytest.mark.parametrize(
    ("state", "given"),
    [("subscribed", True), ("unsubscribed", False), ("redacted", False), ("not_subscribed", None), ("pending", None)],
)
def test_only_a_clear_word_is_a_consent(hooks: Hooks, state: str, given: bool | None) -> None:
    sent = {"state": state, "opt_in_level": None, "consent_updated_at": "2026-03-01T00:00:00Z"}
    tell(hooks, "customers/create", "customers_update", email_marketing_consent=sent)

    consent = hooks.known(MINAS_ID).customer.consents.get(Purpose.MARKETING)
    assert (consent.given if consent else None) is given


@pytest.mark.parametrize(
    ("accepts", "since", "given"),
    [(True, None, True), (False, "2026-03-01T00:00:00Z", False), (False, None, None), (None, None, None)],
)
def test_older_versions_tell_of_consent_too(
    hooks: Hooks, accepts: bool | None, since: str | None, given: bool | None
) -> None:
    older = {"accepts_marketing": accepts, "accepts_marketing_updated_at": since, "email_marketing_consent": None}
    tell(hooks, "customers/create", "customers_update", **older)

    consent = hooks.known(MINAS_ID).customer.consents.get(Purpose.MARKETING)
    assert (consent.given if consent else None) is given


def test_a_box_left_empty_takes_no_consent_back(hooks: Hooks) -> None:
    order(hooks, customer=None)
    order(hooks, id=2, buyer_accepts_marketing=False, customer=None, processed_at="2026-03-08T00:00:00Z")

    consent = hooks.known(MINA).customer.consents[Purpose.MARKETING]
    assert (consent.given, consent.at) == (True, utc("2026-03-02 08:30"))


def test_a_box_ticked_in_a_checkout_that_nobody_submitted_is_no_consent(hooks: Hooks) -> None:
    checkout(hooks, customer=None, buyer_accepts_marketing=True)
    checkout(hooks, customer=None, buyer_accepts_marketing=False, updated_at="2026-03-02T03:30:00-05:00")

    assert hooks.known(MINA).customer.consents == {}


@pytest.mark.parametrize(
    ("own", "given"),
    [
        ({"email_marketing_consent": {"state": "unsubscribed", "consent_updated_at": "2026-02-01T00:00:00Z"}}, False),
        ({"email_marketing_consent": {"state": "unsubscribed", "consent_updated_at": None}}, False),
        ({"email_marketing_consent": {"state": "subscribed", "consent_updated_at": "2026-02-01T00:00:00Z"}}, True),
        ({"email_marketing_consent": {"state": "pending", "consent_updated_at": "2026-03-02T08:30:00Z"}}, None),
        ({"email_marketing_consent": {"state": "not_subscribed", "consent_updated_at": None}}, True),
        ({"email_marketing_consent": None}, True),
        (
            {
                "email_marketing_consent": None,
                "accepts_marketing": False,
                "accepts_marketing_updated_at": "2026-02-01T00:00:00Z",
            },
            False,
        ),
    ],
)
def test_what_the_customer_s_own_data_say_of_mails_holds_and_not_the_order_s_box(
    hooks: Hooks, own: dict[str, Any], given: bool | None
) -> None:
    order(hooks, buyer_accepts_marketing=True, customer=a_customer(**own))

    consent = hooks.known(MINA).customer.consents.get(Purpose.MARKETING)
    assert (consent.given if consent else None) is given


@pytest.mark.parametrize("wrapped", [True, False])
def test_a_changed_consent_has_a_topic_of_its_own(hooks: Hooks, wrapped: bool) -> None:
    order(hooks)
    body = payload("shopify", "customers_email_marketing_consent_update")

    topic = "customers_email_marketing_consent/update"
    assert hooks.take(shopify(topic, {"customer": body} if wrapped else body)).status == 200

    assert hooks.known(MINA).customer.consents[Purpose.MARKETING] == Consent(False, utc("2026-03-03 17:00"), "shopify")


def test_a_consent_without_a_time_has_the_event_s_own(hooks: Hooks) -> None:
    body = payload("shopify", "customers_email_marketing_consent_update")
    body["email_marketing_consent"]["consent_updated_at"] = None
    order(hooks)
    hooks.take(shopify("customers_email_marketing_consent/update", body))

    consent = hooks.known(MINA).customer.consents[Purpose.MARKETING]
    assert (consent.given, consent.at) == (False, utc("2026-03-02 08:40:00.877"))


def test_a_consent_to_text_messages_is_none_to_mails(hooks: Hooks) -> None:
    tell(hooks, "customers/update", "customers_update")
    tell(hooks, "customers_marketing_consent/update", "customers_marketing_consent_update")

    assert hooks.known(MINAS_ID).customer.consents[Purpose.MARKETING].given is False


@pytest.mark.parametrize("wrapped", [True, False])
def test_a_deleted_customer_has_no_address_and_gets_no_mail_but_keeps_the_orders(hooks: Hooks, wrapped: bool) -> None:
    body = payload("shopify", "customers_delete")
    order(hooks)
    hooks.take(shopify("customers/delete", {"customer": body} if wrapped else body))

    known = hooks.known(MINAS_ID)
    assert (known.customer.email, known.customer.consents[Purpose.MARKETING].given) == (None, False)
    assert known.customer.reported_at("email") == utc("2026-03-02 08:40:00.877")
    assert set(known.orders) == {ORDER}


@pytest.mark.parametrize("header", ["", "yesterday", "9999-01-01T00:00:00Z", "0001-01-01T00:00:00Z"])
def test_a_deletion_without_a_good_time_happened_just_now(hooks: Hooks, header: str) -> None:
    sent = shopify("customers/delete", payload("shopify", "customers_delete"))

    assert hooks.take(sent.again(x_shopify_triggered_at=header)).status == 200

    assert hooks.known(MINAS_ID).customer.reported_at("email") == START


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


def test_a_request_for_data_of_somebody_unknown_makes_nobody_known(hooks: Hooks, log: Log) -> None:
    tell(hooks, "customers/data_request", "customers_data_request")

    assert app.parts.names.find(MINA) is None
    assert "show" not in log()[0] or log()[0]["show"] is None


@pytest.mark.parametrize("topic", ["customers/redact", "customers/data_request"])
@pytest.mark.parametrize("customer", [None, {}, {"id": None, "email": None}])
def test_a_compliance_topic_about_nobody_tells_nothing(hooks: Hooks, topic: str, customer: Any) -> None:
    order(hooks)

    answer = hooks.take(shopify(topic, {"shop_id": 1, "shop_domain": "x", "customer": customer}))

    assert (answer.status, answer.json()["stored"]) == (200, 0)
    assert set(hooks.known(MINA).orders) == {ORDER}


@pytest.mark.parametrize(
    ("topic", "name"),
    [
        ("orders/create", "orders_create"),
        ("customers/create", "customers_update"),
        ("carts/update", "carts_update"),
        ("customers/redact", "customers_redact"),
    ],
)
def test_a_test_notification_is_answered_and_nothing_of_it_stored(hooks: Hooks, topic: str, name: str) -> None:
    from tests.identity.given import items

    sample = shopify(topic, payload("shopify", name, customer={"id": None})).again(x_shopify_test="true")

    assert hooks.take(sample).json() == {"received": 0, "stored": 0}
    assert items()["commerce"] == []


def test_a_test_notification_is_signed_like_any_other(hooks: Hooks) -> None:
    sample = shopify("orders/create", payload("shopify", "orders_create"), secret="another")

    assert hooks.take(sample.again(x_shopify_test="true")).status == 401


def test_an_order_by_which_a_developer_tries_the_shop_is_kept(hooks: Hooks) -> None:
    order(hooks, test=True)

    assert set(hooks.known(MINA).orders) == {ORDER}


@pytest.mark.parametrize("customer", [None, {}, {"id": None, "email": "another@example.com"}])
def test_a_customer_without_an_id_is_none(hooks: Hooks, customer: Any) -> None:
    checkout(hooks, customer=customer)
    order(hooks, customer=customer)

    known = hooks.known(MINA)
    assert (set(known.carts), set(known.orders), known.customer.email) == ({CART}, {ORDER}, MINA)
    assert app.parts.names.find("another@example.com") is None


@pytest.mark.parametrize("token", ["", None])
def test_an_empty_token_is_none(hooks: Hooks, token: str | None) -> None:
    checkout(hooks, cart_token=token)
    order(hooks, cart_token=token, checkout_token="123123123")
    order(hooks, id=2, cart_token=token, checkout_token=token)

    known = hooks.known(MINA)
    assert set(known.carts) == {"123123123"}
    assert (known.orders[ORDER].cart_id, known.orders["2"].cart_id) == ("123123123", None)


def test_a_line_without_a_price_or_a_quantity_is_one_piece_of_an_unknown_price(hooks: Hooks) -> None:
    line = payload("shopify", "checkouts_update")["line_items"][0] | {"price": None, "quantity": None}
    checkout(hooks, line_items=[line])
    assert hooks.known(MINA).carts[CART].lines == (Line(TEA.product, TEA.name, 1, 0),)

    order(hooks, line_items=[line])
    tell(hooks, "carts/update", "carts_update", line_items=[line], updated_at="2026-03-02T09:00:00Z")

    assert hooks.known(MINA).orders[ORDER].products == (TEA.product,)
    assert hooks.known(MINA).carts[CART].lines == (Line(TEA.product, TEA.name, 1, 0),)


def test_a_shop_that_left_is_not_wiped_by_itself(hooks: Hooks, log: Log) -> None:
    order(hooks)
    tell(hooks, "shop/redact", "shop_redact")

    assert set(hooks.known(MINA).orders) == {ORDER}
    assert "operator" in log()[0]["message"]


def test_an_event_counts_once_however_often_and_by_whichever_webhook_it_is_sent(hooks: Hooks) -> None:
    first = shopify("orders/create", payload("shopify", "orders_create"), event="e-1")
    hooks.take(first)

    again = hooks.take(first.again(x_shopify_webhook_id="another"))
    other = hooks.take(first.again(x_shopify_topic="orders/paid"))

    assert (again.json(), other.json()["received"]) == ({"received": 2, "stored": 0}, 2)
    assert len(list(deliveries())) == 2


def test_without_an_event_s_id_the_webhook_s_is_taken_and_without_both_it_is_read_each_time(hooks: Hooks) -> None:
    sent = shopify("orders/create", payload("shopify", "orders_create")).again(x_shopify_event_id="")
    hooks.take(sent)
    hooks.take(sent)
    assert len(deliveries()) == 1

    assert hooks.take(sent.again(x_shopify_webhook_id="")).json() == {"received": 2, "stored": 0}
    assert len(deliveries()) == 1


def deliveries() -> list[Any]:
    """What is remembered of deliveries."""
    from tests.identity.given import items

    return [item for item in items()["commerce"] if item["pk"]["S"].startswith("DELIVERY#")]


@pytest.mark.parametrize("junk", ["", "no address", "x" * 300 + "@example.com", "a@b"])
def test_an_address_that_is_none_does_not_keep_an_order_out(hooks: Hooks, junk: str) -> None:
    order(hooks, email=junk, contact_email=None, customer=a_customer(email=junk, first_name="  ", last_name=None))

    known = hooks.known(MINAS_ID)
    assert (known.customer.email, known.customer.name, set(known.orders)) == (None, None, {ORDER})


@pytest.mark.parametrize(
    ("locale", "language"), [("ja", "ja"), ("pt-BR", "pt"), ("zh_Hant", "zh"), ("fil", None), ("", None), (None, None)]
)
def test_a_language_is_the_locale_s(hooks: Hooks, locale: str | None, language: str | None) -> None:
    order(hooks, customer_locale=locale)

    assert hooks.known(MINA).customer.language == language


def test_a_coupon_of_ours_is_redeemed_whatever_else_was_typed(hooks: Hooks) -> None:
    order(hooks, customer=a_customer())
    key = app.parts.names.find(MINA) or ""
    app.parts.coupons.issue("AB2CD3EF4G", key, 10, START + timedelta(days=1))

    codes = [{"code": "SPRING SALE"}, {"code": "WELCOME"}, {"code": "ab2cd3ef4g"}]
    order(hooks, "orders/updated", discount_codes=codes, updated_at="2026-03-05T00:00:00Z")

    assert app.parts.coupons.redeem("AB2CD3EF4G", ORDER)
    assert not app.parts.coupons.redeem("AB2CD3EF4G", "another order")


def test_a_very_long_cart_is_cut_and_not_refused(hooks: Hooks) -> None:
    line = payload("shopify", "checkouts_update")["line_items"][0] | {"title": "茶" * 300}
    checkout(hooks, line_items=[line | {"product_id": n} for n in range(900)])

    cart = hooks.known(MINA).carts[CART]
    assert (len(cart.lines), len(cart.lines[0].name), cart.total) == (300, 200, Money(6497, "USD"))


def test_a_person_s_names_are_theirs_alone_and_tokens_a_visitor_s(hooks: Hooks) -> None:
    order(hooks)

    names = app.parts.identity.names(Person("shopify", MINAS_ID, MINA, (CART, "123123123", f"order:{ORDER}")))
    key = app.parts.names.find(MINA)
    known = app.parts.names.known([*names.own, *names.visits])
    assert {each.customer for each in known.values()} == {key}
    assert len(known) == 5


@pytest.mark.parametrize(
    "line", [{"price": "33.333"}, {"price": "free"}, {"price": None}, {"quantity": -1}, {"quantity": "two"}]
)
def test_nothing_of_a_line_refuses_an_order(hooks: Hooks, line: dict[str, Any]) -> None:
    lines = [payload("shopify", "orders_create")["line_items"][0] | line]

    assert hooks.take(shopify("orders/create", payload("shopify", "orders_create", line_items=lines))).status == 200
    assert len(hooks.known(MINA).orders) == 1


def test_what_is_missing_altogether_refuses_nothing(hooks: Hooks) -> None:
    for topic, name in (("orders/create", "orders_create"), ("checkouts/update", "checkouts_update")):
        assert hooks.take(shopify(topic, payload("shopify", name, line_items=None))).status == 200
    refund = payload("shopify", "refunds_create", transactions=None, refund_line_items=None)
    assert hooks.take(shopify("refunds/create", refund)).status == 200


def test_an_order_that_was_given_to_another_customer_stays_theirs_however_late_the_old_version_is_sent_again(
    hooks: Hooks,
) -> None:
    first = payload("shopify", "orders_create", updated_at="2026-03-02T09:00:00Z")
    first["customer"] = first["customer"] | {"updated_at": "2026-03-02T09:59:00Z"}  # their profile changed since
    other = {"id": 77, "email": "kim@example.com", "updated_at": "2026-03-01T00:00:00Z"}
    moved = first | {"customer": other, "email": "kim@example.com", "updated_at": "2026-03-02T09:30:00Z"}
    for version in (first, moved, first):
        assert hooks.take(shopify("orders/updated", version)).status == 200

    assert len(hooks.known("kim@example.com").orders) == 1
    assert hooks.known(MINA).orders == {}
