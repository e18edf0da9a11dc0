"""Orders, and carts: an unpaid order is treated as a cart, since WooCommerce has no webhook for carts."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from msgspec import UNSET

from chalicelib.domain.errors import InvalidFact
from chalicelib.domain.facts.cart import Cart
from chalicelib.domain.facts.inbound import InboundFact, Person, order_name
from chalicelib.domain.facts.order import Cancellation, Order
from chalicelib.sources.reading import amounts, carts, profiles, texts
from chalicelib.sources.reading.repairs import repaired
from chalicelib.sources.webhook import WebhookItem, WebhookRequest
from chalicelib.sources.woocommerce import SOURCE
from chalicelib.sources.woocommerce.bodies import DeletedBody, OrderBody
from chalicelib.sources.woocommerce.values import lines, refunded, time_of

DRAFTS = frozenset(("auto-draft", "draft"))
"""The statuses of what is being typed in by the shop's staff: until it is paid it is no order."""
QUOTE = re.compile("quote|ywraq")
"""In the statuses that plug-ins give to requests for a quotation: until it is paid such a request is no order."""
CARTS = frozenset(("checkout-draft", "pending", "failed"))
"""The statuses of a cart as long as nothing was paid: after a failed payment the customer may try again."""
CANCELLED = frozenset(("cancelled", "failed", "trash"))
TOUCHED = frozenset(("checkout-draft",))
"""The statuses in which each change is the customer's. Later on an order is also saved by the shop, so its cart was
left when the order was created."""
BY_CUSTOMERS = frozenset(("", "checkout", "store-api"))
"""``created_via`` of orders that a customer began, in the classic checkout or in that of blocks. Others are renewals of
subscriptions, and invoices: nobody left them."""
AFTER = timedelta(milliseconds=1)
"""Times are whole seconds: a cancellation is later than the other facts of the same second."""


def order(request: WebhookRequest) -> Sequence[WebhookItem]:
    """An order, or the cart for an unpaid one, and the profile of its buyer as of the time it was placed."""
    body: OrderBody = repaired(request.body, OrderBody, "$", request.left_out.append)
    if not (status := body.status.removeprefix("wc-")):
        raise InvalidFact("$.status", "is required")
    created_at, modified_at, paid_at, completed_at = (
        time_of(body, f"date_{field}", request.zone) for field in ("created", "modified", "paid", "completed")
    )
    if paid_at is None and (status in DRAFTS or QUOTE.search(status)):
        return []
    placed_at = created_at or paid_at or modified_at
    if placed_at is None:
        raise InvalidFact("$.date_created_gmt", "is required")
    at = modified_at or placed_at
    owner = _owner(body)
    profile = _profile(placed_at, body, owner)
    if paid_at is None and status in CARTS | CANCELLED:
        found = _unpaid(body, status, placed_at, at, owner)
        is_known = carts.has_lines(request, "$.line_items", body.line_items)
        return [*(each for each in found if is_known or not isinstance(each.fact, Cart)), *profile]
    # the order comes first: it has the later time, by which the order's names become the owner's
    return [InboundFact(_order(body, status, placed_at, at, completed_at), owner), *profile]


def deleted(request: WebhookRequest) -> Sequence[WebhookItem]:
    """A deleted order, at the time of arrival. The customer is found by the order's id.

    It is unknown whether it was paid, so its cart is emptied too.
    """
    body: DeletedBody = repaired(request.body, DeletedBody, "$", request.left_out.append)
    owner = Person(SOURCE.name, visitors=_visitors(body.id))
    emptied = carts.cart(_cart_id(body.id), request.at, None, ())
    return [InboundFact(Cancellation(str(body.id), request.at), owner), InboundFact(emptied, owner)]


def _order(body: OrderBody, status: str, placed_at: datetime, at: datetime, completed_at: datetime | None) -> Order:
    total = amounts.rounded("$.total", body.total, body.currency)
    return Order(
        id=str(body.id),
        placed_at=placed_at,
        total=total,
        at=at,
        refunded=total.amount if status == "refunded" else min(total.amount, refunded(body)),
        products=carts.products(lines(body)),
        cart_id=_cart_id(body.id),
        fulfilled_at=completed_at,
        cancelled_at=at if status in CANCELLED else None,
        coupon=texts.coupon(each.code for each in body.coupon_lines or ()),
    )


def _unpaid(body: OrderBody, status: str, placed_at: datetime, at: datetime, owner: Person) -> list[InboundFact]:
    """A cart. Once it is cancelled (the shop does so after an hour) it stays as it was, and counts as abandoned.

    It may have been an order before, accepted without payment (on hold, cash on delivery): that is cancelled. The
    cancellation has no effect if there was none.
    """
    facts = []
    if status in CARTS and (body.created_via or "") in BY_CUSTOMERS:
        total = amounts.rounded("$.total", body.total, body.currency)
        left_at = None if status in TOUCHED else placed_at
        found = carts.cart(_cart_id(body.id), at, total, lines(body), left_at)
        facts.append(InboundFact(replace(found, url=body.payment_url), owner))
    if status in CANCELLED:
        facts.append(InboundFact(Cancellation(str(body.id), at + AFTER), owner))
    return facts


def _owner(body: OrderBody) -> Person:
    """Who an order belongs to: an account by its id, a guest by the address they gave.

    On an account's order the address was typed in: the order counts there, too, but no mail of the account goes there.
    """
    email = texts.address(body.billing.email) if body.billing else None
    account = SOURCE.account(body.customer_id)
    return Person(SOURCE.name, account, email, _visitors(body.id), is_typed=account is not None)


def _profile(at: datetime, body: OrderBody, owner: Person) -> list[InboundFact]:
    """The profile in the billing address; ``at`` is when the order was placed, even if the order changed later."""
    if not (billing := body.billing):
        return []
    name = texts.name(billing.first_name, billing.last_name)
    email = owner.email if owner.id is None else None  # an account's own address comes with the customer topics
    profile = profiles.profile(at, email=email or UNSET, name=name, country=texts.country(billing.country))
    return profiles.profile_facts(owner.without_visits(), profile)


def _cart_id(order_id: object) -> str:
    return f"order-{order_id}"


def _visitors(order_id: object) -> tuple[str, ...]:
    """The visitor's names for the order and for the cart: both refer to the customer last known by them."""
    return order_name(str(order_id)), _cart_id(order_id)
