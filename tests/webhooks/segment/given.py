"""The messages that Segment's spec documents, of one customer with one cart and one order."""

from typing import Any

from chalicelib.domain.facts.cart import Line
from tests.webhooks.given import Hooks, payload, segment

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
