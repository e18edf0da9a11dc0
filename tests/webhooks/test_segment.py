"""What Segment's messages tell, from those that its spec documents."""

import hmac
import json
from typing import Any

import pytest

import app
from chalicelib.domain.facts.cart import Cart, Line
from chalicelib.domain.facts.consent import Consent, Purpose
from chalicelib.domain.money import Money
from tests.builders import utc
from tests.naming import FOUR
from tests.webhooks.given import SECRETS, Hooks, Sent, body_of, payload, segment

pytestmark = pytest.mark.journeys(*FOUR)
AIKO, AIKOS_ID = "aiko@example.com", "97980cfea0067"
CART, ORDER = "d92jd29jd92jd29j92d92jd", "50314b8e9bcf000000000000"
LINES = (
    Line("507f1f77bcf86cd799439011", "Kyoto matcha", 1, 1900),
    Line("505bd76785ebb509fc183733", "Bamboo whisk", 2, 350),
)


def tell(hooks: Hooks, *messages: str | dict[str, Any]) -> None:
    """These messages arrive, by the names of their files or as they are, each alone."""
    for message in messages:
        answer = hooks.take(segment(payload("segment", message) if isinstance(message, str) else message))
        assert answer.status == 200, answer


def message(name: str, properties: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """One of the documented messages, with some other properties."""
    found = payload("segment", name, **changes)
    return found | ({"properties": found["properties"] | properties} if properties else {})


def test_identify_tells_a_profile_with_its_consent(hooks: Hooks) -> None:
    tell(hooks, "identify")

    customer = hooks.known(AIKO).customer
    assert (customer.email, customer.name, customer.language) == (AIKO, "Aiko Mori", "ja")
    assert (customer.country, customer.zone) == ("JP", "Asia/Tokyo")
    assert customer.consents == {Purpose.MARKETING: Consent(True, utc("2026-03-02 08:00:00.300"), "segment")}
    assert app.parts.names.find(AIKOS_ID) == app.parts.names.find(AIKO)


@pytest.mark.parametrize(
    ("preferences", "given"),
    [({"Email Marketing": False}, False), ({"email_marketing": True}, True),
     ({"Marketing": True, "EmailMarketing": False}, False), ({"Advertising": True, "Analytics": True}, None),
     ({}, None)],
)  # fmt: skip
def test_only_categories_about_mails_are_a_word_on_mails(
    hooks: Hooks, preferences: dict[str, bool], given: bool | None
) -> None:
    tell(hooks, message("identify", context={"consent": {"categoryPreferences": preferences}}))

    consent = hooks.known(AIKO).customer.consents.get(Purpose.MARKETING)
    assert (consent.given if consent else None) is given


def test_a_changed_preference_has_an_event_of_its_own(hooks: Hooks) -> None:
    changed = {
        "type": "track", "event": "Segment Consent Preference Updated", "userId": AIKOS_ID, "messageId": "m-1",
        "timestamp": "2026-03-03T00:00:00Z", "context": {"consent": {"categoryPreferences": {"Marketing": False}}},
    }  # fmt: skip
    tell(hooks, "identify", changed)

    assert hooks.known(AIKO).customer.consents[Purpose.MARKETING] == Consent(False, utc("2026-03-03 00:00"), "segment")


def test_what_identify_does_not_name_stays_as_it_is_known(hooks: Hooks) -> None:
    tell(hooks, "identify", message("identify", traits={"firstName": "Aiko", "lastName": "Sato"}, context=None,
                                    messageId="m-2", timestamp="2026-03-09T00:00:00Z"))  # fmt: skip

    customer = hooks.known(AIKO).customer
    assert (customer.name, customer.email, customer.country, customer.zone) == ("Aiko Sato", AIKO, "JP", "Asia/Tokyo")


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../etc/passwd", "", 3])
def test_a_zone_that_is_none_is_left_out_or_named(hooks: Hooks, zone: Any) -> None:
    answer = hooks.take(segment(message("identify", context={"timezone": zone})))

    assert answer.status == (400 if zone == 3 else 200)
    assert zone == 3 or hooks.known(AIKO).customer.zone is None


def test_a_visitor_s_cart_is_theirs_once_they_are_known(hooks: Hooks) -> None:
    tell(hooks, "cart_viewed")
    assert app.parts.names.find(AIKO) is None

    tell(hooks, "identify")

    assert hooks.known(AIKO).carts == {CART: Cart(CART, utc("2026-03-02 08:05"), Money(2600, "USD"), LINES)}


def test_a_checkout_is_the_cart_as_it_is_then(hooks: Hooks) -> None:
    tell(hooks, "identify", "cart_viewed", "checkout_started")

    assert hooks.known(AIKO).carts == {CART: Cart(CART, utc("2026-03-02 08:10"), Money(2810, "USD"), LINES)}


def one(event: str, at: str, **properties: Any) -> dict[str, Any]:
    """One product more, or less."""
    return message("product_added", properties, event=f"Product {event}", timestamp=at, messageId=f"{event} {at}")


def test_products_added_and_removed_one_by_one_are_a_cart(hooks: Hooks) -> None:
    whisk = {"product_id": "whisk", "name": "Bamboo whisk", "price": 3.5}
    tell(
        hooks,
        "identify",
        one("Added", "2026-03-02T08:20:00Z", currency="USD"),
        one("Added", "2026-03-02T08:21:00Z", currency="USD", quantity=3, **whisk),
        one("Removed", "2026-03-02T08:22:00Z", currency="USD", quantity=1, **whisk),
    )

    cart = hooks.known(AIKO).carts[CART]
    assert (cart.at, cart.total) == (utc("2026-03-02 08:22"), Money(1899 + 2 * 350, "USD"))
    assert cart.lines == (
        Line("507f1f77bcf86cd799439011", "Kyoto matcha", 1, 1899),
        Line("whisk", "Bamboo whisk", 2, 350),
    )


def test_a_change_before_the_whole_cart_was_sent_is_part_of_it(hooks: Hooks) -> None:
    later = one("Added", "2026-03-02T08:06:00Z", quantity=2)  # the cart was viewed at 08:05
    tell(hooks, "identify", later, "product_added", "cart_viewed")

    cart = hooks.known(AIKO).carts[CART]
    assert [(line.product, line.quantity) for line in cart.lines] == [(LINES[0].product, 3), (LINES[1].product, 2)]
    assert cart.total == Money(0, "XXX")  # the currency of the two is unknown


@pytest.mark.parametrize("letter", ["\u0001", "🍵", "茶", "a"])
def test_a_large_cart_that_changes_a_hundred_times_can_be_stored(hooks: Hooks, letter: str) -> None:
    name = letter * 200
    products = [{"product_id": f"{number}{name}"[:200], "name": name, "price": 1} for number in range(300)]
    tell(hooks, "identify", message("cart_viewed", {"products": products}))
    changes = [
        one("Added", f"2026-03-02T08:{20 + number // 60}:{number % 60:02}Z", product_id=f"n{number}{name}", name=name)
        | {"messageId": None}
        for number in range(110)
    ]

    assert hooks.take(segment(changes)).status == 200

    assert hooks.known(AIKO).carts[CART].at == utc("2026-03-02 08:21:49")


def test_whoever_takes_out_all_they_put_in_is_reminded_of_nothing(hooks: Hooks) -> None:
    tell(hooks, "identify", one("Added", "2026-03-02T08:20:00Z"))
    key = app.parts.names.find(AIKO) or ""
    assert [run.due_at for run in app.parts.engagement.of(key).enrollments] == [utc("2026-03-03 08:20")]

    tell(hooks, one("Removed", "2026-03-02T08:30:00Z"))

    assert hooks.known(AIKO).carts[CART].lines == ()
    assert [run.due_at for run in app.parts.engagement.of(key).enrollments] == [None]


@pytest.mark.parametrize(
    "properties", [{"cart_id": None}, {"cart_id": ""}, {"product_id": None, "sku": "", "name": None}]
)
def test_a_product_of_no_cart_and_a_cart_s_change_of_no_product_are_counted_as_unknown(
    hooks: Hooks, properties: dict[str, Any]
) -> None:
    assert hooks.take(segment(one("Added", "2026-03-02T08:20:00Z", **properties))).status == 202


@pytest.mark.parametrize("event", ["Product Added", "Product Removed"])
def test_with_all_products_it_tells_the_whole_cart(hooks: Hooks, event: str) -> None:
    products = message("cart_viewed")["properties"]["products"][:1]
    whole = message(
        "product_added", {"products": products, "currency": "USD"}, event=event, timestamp="2026-03-02T09:00:00Z"
    )
    tell(hooks, "identify", "cart_viewed", whole)

    assert hooks.known(AIKO).carts[CART].lines == LINES[:1]


def test_a_cart_without_products_is_empty(hooks: Hooks) -> None:
    tell(
        hooks,
        "identify",
        "cart_viewed",
        message("product_added", {"products": []}, event="Product Removed", messageId="m-9"),
    )
    assert hooks.known(AIKO).carts[CART].lines == LINES  # it was earlier

    tell(hooks, message("product_added", {"products": []}, event="Product Removed", timestamp="2026-03-02T09:00:00Z"))

    assert hooks.known(AIKO).carts[CART].lines == ()


def test_a_cart_without_a_currency_has_lines_and_no_amounts(hooks: Hooks) -> None:
    tell(hooks, "identify", message("cart_viewed", {"currency": None}))

    cart = hooks.known(AIKO).carts[CART]
    assert ([line.price for line in cart.lines], cart.total) == ([0, 0], Money(0, "XXX"))


def test_an_order_is_completed(hooks: Hooks) -> None:
    tell(hooks, "identify", "cart_viewed", "order_completed")

    order = hooks.known(AIKO).orders[ORDER]
    assert (order.total, order.placed_at, order.cart_id) == (Money(2810, "USD"), utc("2026-03-02 08:15"), CART)
    assert (order.products, order.coupon) == (tuple(line.product for line in LINES), "CART-7Q2M")


@pytest.mark.parametrize(
    ("amounts", "total"),
    [
        ({"total": 27.5, "value": 26, "revenue": 25}, 2750),
        ({"value": "26.00", "revenue": 25}, 2600),
        ({"revenue": 25.0}, 2500),
    ],
)
def test_an_order_s_total_is_the_most_complete_amount(hooks: Hooks, amounts: dict[str, Any], total: int) -> None:
    tell(hooks, "identify", message("order_completed", {"total": None, "revenue": None, **amounts}))

    assert hooks.known(AIKO).orders[ORDER].total == Money(total, "USD")


@pytest.mark.parametrize(
    ("text", "currency", "amount"),
    [("25.5", "USD", 2550), ("1.10", "USD", 110), ("2.55e1", "USD", 2550), ("0.29", "usd", 29), ("4350", "KRW", 4350),
     ("12345678901.23", "USD", 1234567890123), ('"19.99"', "USD", 1999), ("1.234", "BHD", 1234),
     ("4350.00", "JPY", 4350)],
)  # fmt: skip
def test_a_number_is_read_as_it_is_written(hooks: Hooks, text: str, currency: str, amount: int) -> None:
    written = json.dumps(message("order_completed", {"total": 7777777, "currency": currency, "products": []}))

    assert hooks.take(segment(written.replace("7777777", text).encode())).status == 200

    assert hooks.known(AIKOS_ID).orders[ORDER].total == Money(amount, currency.upper())


@pytest.mark.parametrize("first", ["order_completed", "order_refunded"])
def test_a_refund_counts_whichever_comes_first(hooks: Hooks, first: str) -> None:
    tell(hooks, "identify", first, *({"order_completed", "order_refunded"} - {first}))

    assert hooks.known(AIKO).orders[ORDER].refunded == 350


def test_two_refunds_add_up_and_one_sent_twice_counts_once(hooks: Hooks) -> None:
    tell(hooks, "order_completed", "order_refunded", "order_refunded", message("order_refunded", messageId="another"))

    assert hooks.known(AIKOS_ID).orders[ORDER].refunded == 700


def test_a_refund_without_an_amount_is_of_all(hooks: Hooks) -> None:
    tell(hooks, "order_completed", message("order_refunded", {"total": None, "currency": None}))

    assert hooks.known(AIKOS_ID).orders[ORDER].net == 0


@pytest.mark.parametrize("first", ["order_completed", "order_cancelled"])
def test_a_cancelled_order_brings_nothing_whichever_comes_first(hooks: Hooks, first: str) -> None:
    tell(hooks, first, *({"order_completed", "order_cancelled"} - {first}))

    order = hooks.known(AIKOS_ID).orders[ORDER]
    assert (order.cancelled_at, order.net) == (utc("2026-03-05 08:00"), 0)


def test_a_cancelled_order_is_left_out_of_the_standing_at_once(hooks: Hooks) -> None:
    tell(hooks, "order_completed")
    key = app.parts.names.find(AIKOS_ID) or ""
    before = app.parts.engagement.of(key).standing

    tell(hooks, "order_cancelled")

    after = app.parts.engagement.of(key).standing
    assert (before and before.orders, after and after.orders) == (1, 0)


def test_what_is_done_to_an_order_need_not_say_whose_it_is(hooks: Hooks) -> None:
    tell(hooks, "order_completed", message("order_cancelled", userId=None))

    assert hooks.known(AIKOS_ID).orders[ORDER].net == 0


def test_an_updated_order_changes_nothing(hooks: Hooks) -> None:
    tell(hooks, "order_completed")
    before = hooks.known(AIKOS_ID)

    tell(hooks, message("order_completed", {"total": 1}, event="Order Updated", timestamp="2026-03-07T00:00:00Z"))

    assert hooks.known(AIKOS_ID) == before


def test_a_guest_is_known_by_the_address_in_the_context(hooks: Hooks) -> None:
    guest = {"traits": {"email": "guest@example.com"}}
    tell(hooks, message("order_completed", userId=None, anonymousId=None, context=guest))

    known = hooks.known("guest@example.com")
    assert (known.customer.email, set(known.orders)) == ("guest@example.com", {ORDER})


def test_a_batch_tells_all_and_is_known_again(hooks: Hooks) -> None:
    batch = [payload("segment", name) for name in ("order_refunded", "order_completed", "cart_viewed", "identify")]

    first, second = (hooks.take(segment({"batch": batch, "sentAt": sent})).json() for sent in ("1", "2"))

    assert (first["received"], first["stored"], second["stored"]) == (4, 4, 0)
    known = hooks.known(AIKO)
    assert (set(known.carts), known.orders[ORDER].refunded) == ({CART}, 350)


def test_a_list_is_a_batch_too(hooks: Hooks) -> None:
    assert (
        hooks.take(segment([payload("segment", "identify"), payload("segment", "cart_viewed")])).json()["stored"] == 2
    )


@pytest.mark.parametrize("kind", ["page", "screen", "group", "alias"])
def test_what_tells_nothing_is_a_200(hooks: Hooks, kind: str) -> None:
    assert hooks.take(segment({"type": kind, "properties": ["anything"]})).json() == {"received": 0, "stored": 0}


def test_a_page_that_is_loaded_again_tells_no_second_order_and_undoes_no_cancellation(hooks: Hooks) -> None:
    again = message("order_completed", messageId="reloaded", timestamp="2026-03-09T08:15:00Z")
    tell(hooks, "order_completed", "order_cancelled", again)

    order = hooks.known(AIKOS_ID).orders[ORDER]
    assert (order.placed_at, order.net) == (utc("2026-03-02 08:15"), 0)


@pytest.mark.parametrize(
    ("order_id", "known_as"),
    [(12345, "12345"), ("#1001", "%231001"), (" 7 ", "7"), ("주문 1", "%EC%A3%BC%EB%AC%B8%201")],
)
def test_a_shop_s_own_ids_are_taken_as_they_are(hooks: Hooks, order_id: object, known_as: str) -> None:
    tell(hooks, message("order_completed", {"order_id": order_id}), message("order_refunded", {"order_id": order_id}))

    orders = hooks.known(AIKOS_ID).orders
    assert (set(orders), orders[known_as].refunded) == ({known_as}, 350)


def test_a_very_long_id_is_shortened_and_stays_the_same_one(hooks: Hooks) -> None:
    tell(hooks, message("order_completed", {"order_id": "x" * 900}, messageId="m" * 900))
    tell(hooks, message("order_cancelled", {"order_id": "x" * 900}))

    (order,) = hooks.known(AIKOS_ID).orders.values()
    assert (len(order.id), order.net) == (64, 0)


@pytest.mark.parametrize(("total", "minor"), [(59.980000000000004, 5998), (0.1 + 0.2, 30), (1.1 * 3, 330)])
def test_what_a_browser_s_sum_leaves_over_is_no_amount(hooks: Hooks, total: float, minor: int) -> None:
    tell(hooks, message("order_completed", {"total": total}))

    assert hooks.known(AIKOS_ID).orders[ORDER].total == Money(minor, "USD")


@pytest.mark.parametrize("price", ["", None, "free", -1, 3.14159, {"amount": 3}, "NaN", "Infinity"])
def test_a_line_s_price_that_is_none_refuses_no_order(hooks: Hooks, price: object) -> None:
    products = [{"product_id": "", "sku": "two words", "name": None, "price": price, "quantity": None}]
    tell(hooks, message("order_completed", {"products": products}), message("cart_viewed", {"products": products}))

    known = hooks.known(AIKOS_ID)
    assert known.orders[ORDER].products == ("two words",)


@pytest.mark.parametrize("changes", [{"products": None}, {"coupon": None}, {"cart_id": ""}, {"checkout_id": 7}])
def test_what_is_left_empty_refuses_no_order(hooks: Hooks, changes: dict[str, Any]) -> None:
    tell(hooks, message("order_completed", changes, context={"traits": {"address": "1 Example Street"}}))

    assert set(hooks.known(AIKOS_ID).orders) == {ORDER}


def signed(header: str, content: Any, over: Any) -> Sent:
    """A request whose signature is over something."""
    signature = hmac.digest(SECRETS["segment"].encode(), body_of(over), "sha1").hex()
    return Sent("segment", {"content-type": "application/json", header: signature}, body_of(content))


def test_a_batch_is_signed_whole_by_the_newer_header(hooks: Hooks) -> None:
    batch = [payload("segment", name) for name in ("identify", "order_completed")]

    assert hooks.take(signed("X-Segment-Signature", batch, batch)).status == 200


@pytest.mark.parametrize("header", ["X-Signature", "X-Segment-Signature"])
def test_a_signature_of_a_batch_s_first_message_says_nothing_of_the_others(hooks: Hooks, header: str) -> None:
    batch = [payload("segment", name) for name in ("identify", "order_completed")]

    assert hooks.take(signed(header, batch, batch[0])).status == 401


def test_a_browser_alone_is_not_forgotten(hooks: Hooks) -> None:
    tell(hooks, "identify", "order_completed", message("delete", userId=None, anonymousId="507f191e810c19729de860ea"))

    assert app.parts.names.find(AIKO)


def test_a_request_for_deletion_is_an_erasure(hooks: Hooks) -> None:
    tell(hooks, "identify", "order_completed", "delete")

    assert app.parts.names.find(AIKO) is None
    assert app.parts.names.find(AIKOS_ID) is None
