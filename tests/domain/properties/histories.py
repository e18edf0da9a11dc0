"""Any history of a customer, for Hypothesis: what becomes known of her, and when."""

from dataclasses import dataclass, replace
from datetime import datetime

from hypothesis import strategies as st

from chalicelib.domain.facts.answer import Answer
from chalicelib.domain.facts.consent import Purpose, Unsubscription
from chalicelib.domain.facts.customer import Customer
from chalicelib.domain.facts.facts import Facts
from chalicelib.domain.facts.order import Order
from chalicelib.domain.journeys.journey import MARKETING, SERVICE, hours
from tests.builders import START, a_customer, an_answer, an_order, facts

ZONES = [None, "Asia/Seoul", "Asia/Tokyo", "America/New_York", "Australia/Lord_Howe"]


@dataclass(frozen=True)
class History:
    """What becomes known of Ann, and when."""

    customer: Customer
    arrivals: tuple[tuple[datetime, Order | Answer | Unsubscription], ...]

    def at(self, now: datetime) -> Facts:
        """What is known by now; of two versions of a thing the one that came later."""
        return facts(self.customer, an_order(), *(thing for arrived, thing in self.arrivals if arrived <= now))

    def is_over(self, now: datetime) -> bool:
        """An order other than the first, after it, or the first one's cancellation is known."""
        orders = [thing for arrived, thing in self.arrivals if arrived <= now and isinstance(thing, Order)]
        first = next((order for order in reversed(orders) if order.id == "order-1"), None)
        others = [order for order in orders if order.id != "order-1"]
        return any(order.placed_at >= START for order in others) or bool(first and first.cancelled_at)

    def has_refused(self, purpose: Purpose, now: datetime) -> bool:
        """An unsubscribe from this purpose is known."""
        return any(
            isinstance(thing, Unsubscription) and thing.purpose is purpose
            for arrived, thing in self.arrivals
            if arrived <= now
        )


HAPPENINGS = ["order", "fulfilled", "cancelled", "answer", "no_ads", "no_service"]


def history_of(customer: Customer, happened: list[tuple[int, str]]) -> History:
    """Orders, a fulfilment, a cancellation, an answer, refusals, each so many hours after the start; all at once."""
    found: list[tuple[datetime, Order | Answer | Unsubscription]] = []
    order = an_order()
    for hour, what in sorted(happened):
        at = START + hours(hour)
        match what:
            case "fulfilled":
                order = replace(order, fulfilled_at=at, at=at)
                found.append((at, order))
            case "cancelled":
                order = replace(order, cancelled_at=at, at=at)
                found.append((at, order))
            case "order":
                found.append((at, an_order(f"order-{hour + 2}", at)))
            case "answer":
                found.append((at, an_answer(at=at)))
            case _:
                found.append((at, Unsubscription(MARKETING if what == "no_ads" else SERVICE, at)))
    return History(customer, tuple(found))


histories = st.builds(
    history_of,
    st.builds(a_customer, consent=st.sampled_from([True, True, True, False, None]), zone=st.sampled_from(ZONES)),
    st.lists(st.tuples(st.integers(0, 1500), st.sampled_from(HAPPENINGS)), max_size=4),
)
