"""Batches are read whole and signed whole; kinds of message that are not used are accepted."""

import hmac
from typing import Any

import pytest

from tests.naming import FOUR
from tests.webhooks.given import SECRETS, Hooks, Sent, body_of, payload, segment
from tests.webhooks.segment.given import AIKO, CART, ORDER

pytestmark = pytest.mark.journeys(*FOUR)


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
