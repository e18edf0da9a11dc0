"""When a cart begins a run again: each occasion on which a customer fills a cart and leaves it is a run of its own.

    filled ───── changed ─────► ended ───── filled with something else ─────► ...
      first run, with the bare id │            a run with the id and this time
                                  └ emptied, ordered from this cart, or the end of the run

An open run owns every change of its cart. All times are the customer's own (``Cart.activity``, ``Order.placed_at``), so
a version that is older or that was handled before finds the run that it belongs to.
"""

from datetime import datetime

from chalicelib.domain.facts.cart import NOTHING, Cart
from chalicelib.domain.facts.facts import SUBJECTS, Facts
from chalicelib.domain.facts.order import Order
from chalicelib.domain.journeys.journey import Journey
from chalicelib.domain.journeys.outcomes import Kind
from chalicelib.domain.journeys.run import CHANGED_HANDS, End, Enrollment, Status
from chalicelib.domain.journeys.situation import ORDER_LEAD

OF_ITSELF = frozenset({"completed", "re_entry", "just_bought"})
"""The reasons of exits that no fact gave."""


def has_occasions(journey: Journey) -> bool:
    """Whether a cart begins a run of this journey, and may begin more of them."""
    return SUBJECTS.get(journey.enroll.event.__name__) is Cart and not journey.reentry.once


def owns(latest: Enrollment, cart: Cart) -> bool:
    """Whether this version belongs to the cart's latest run, or to an earlier one.

    One that has lines at the very time at which the cart was seen empty shows that it was not: it belongs to neither.
    """
    end = ending(latest)
    if end is None:
        return True
    if end.content == NOTHING and cart.lines and cart.activity == end.at > latest.entered_at:
        return False
    return cart.activity <= max(latest.entered_at, end.at)


def beginning(latest: Enrollment, cart: Cart, old: Cart | None, facts: Facts) -> datetime | None:
    """When the time before the new occasion ended that this version begins; None if it begins none.

    ``latest``: the cart's latest run. ``old``: the version before, if it is known. ``facts``: the customer's, with the
    orders from this cart; a cart that is not among them has another owner by now.
    """
    end = ending(latest)
    if end is None or owns(latest, cart) or cart.id not in facts.carts:
        return None
    order = max(_orders_from(cart, facts), key=lambda order: order.placed_at, default=None)
    if order and cart.activity <= order.placed_at:
        return None
    ended_at = max(end.at, order.placed_at) if order else end.at
    emptied_at = cart.emptied_at if cart.emptied_at and cart.emptied_at > ended_at else None
    ordered_at = order.placed_at if order and order.placed_at <= cart.activity - ORDER_LEAD else end.at
    since = max(end.at, emptied_at or ordered_at)
    if cart.activity < since or (cart.activity == since and since != end.at):
        return None
    if emptied_at or not cart.lines:
        return since
    is_saved_again = order is not None and cart.activity < order.placed_at + ORDER_LEAD
    if order and order.placed_at >= end.at and (is_saved_again or is_bought(cart, facts)):
        return None
    if is_away(latest):
        return since
    held = end.content if ended_at == end.at else None
    if old and old.lines and old.activity <= ended_at:
        held = old.content
    return since if cart.content != held else None


def is_bought(cart: Cart, facts: Facts) -> bool:
    """Whether there is only in it what the last order from this cart was of, and it was not emptied in between."""
    order = max(_orders_from(cart, facts), key=lambda order: order.placed_at, default=None)
    if order is None or order.cancelled_at or (cart.emptied_at and cart.emptied_at > order.placed_at):
        return False
    return cart.holds_only(order.products)


def end_of(run: Enrollment, facts: Facts, at: datetime, order: Order | None) -> End:
    """How the occasion of a run about a cart ends at ``at``; ``order``: the order that ends it.

    If the cart was saved again since such an order, it is not known what was in it then, except from the order. Right
    after an order from this cart it is most likely only saved again.
    """
    cart = facts.carts.get(run.subject)
    if cart and order and order.products and run.entered_at <= at < cart.activity:
        is_saved_again = order.cart_id == cart.id and cart.activity < at + ORDER_LEAD
        return End(at, cart.content if is_saved_again else None)
    return End(at, cart.content if cart and cart.emptied_at != at else NOTHING)


def is_away(run: Enrollment) -> bool:
    """Whether the run ended because its cart or its order became another customer's."""
    exited = run.outcomes.get(str(Kind.EXITED))
    return exited is not None and exited.reason == CHANGED_HANDS


def _orders_from(cart: Cart, facts: Facts) -> list[Order]:
    return [order for order in facts.orders.values() if order.cart_id == cart.id]


def ending(run: Enrollment) -> End | None:
    """How the run's occasion ended; None if it is open. What was in the cart of a failed run is not known."""
    if run.status is not Status.ENDED:
        return None
    ends = [outcome.at for outcome in run.outcomes.values() if outcome.kind in (Kind.EXITED, Kind.FAILED)]
    return run.end or End(max(ends, default=run.ran_at), None)
