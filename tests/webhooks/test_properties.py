"""Whatever is sent, and whoever signed it: it is taken or refused, and nothing is a 500."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from infra.machine.clock import VirtualClock
from infra.machine.environment import login
from infra.machine.machine import Machine
from tests.builders import START
from tests.webhooks.given import PAYLOADS, SECRETS, Hooks, Sent, events, payload, segment, shopify, woocommerce

LIGHT = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
)
TOPICS = {
    "shopify": [path.stem.replace("_", "/", 1) for path in sorted((PAYLOADS / "shopify").glob("*.json"))],
    "woocommerce": [path.stem.replace("_", ".", 1) for path in sorted((PAYLOADS / "woocommerce").glob("*.json"))],
}
LEAVES: st.SearchStrategy[Any] = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=8), st.just([{}])
)


@st.composite
def damaged(draw: st.DrawFn, source: str) -> Any:
    """A documented payload with one value, however deep, replaced or left out."""
    names = sorted(path.stem for path in (PAYLOADS / source).glob("*.json"))
    body = payload(source, draw(st.sampled_from(names)))
    where: Any = body
    while True:
        key = draw(st.sampled_from(sorted(where) if isinstance(where, dict) else range(len(where))))
        inner = where[key]
        if isinstance(inner, dict | list) and inner and draw(st.booleans()):
            where = inner
            continue
        if draw(st.booleans()):
            where[key] = draw(LEAVES)
        else:
            del where[key]
        return body


@st.composite
def signed(draw: st.DrawFn) -> Sent:
    """Anything at all, or a damaged payload, with a good signature."""
    source = draw(st.sampled_from(sorted(SECRETS)))
    anything = st.binary(max_size=80) | st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3), max_leaves=4)
    content = draw(anything if source == "events" else damaged(source) | anything)
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    match source:
        case "shopify":
            return shopify(draw(st.sampled_from(TOPICS["shopify"]) | st.text("a/é", max_size=4)), body)
        case "woocommerce":
            return woocommerce(draw(st.sampled_from(TOPICS["woocommerce"]) | st.text("a.é", max_size=4)), body)
        case "segment":
            return segment(body)
        case _:
            return events(body.decode("utf-8", "replace").encode())


@pytest.fixture(scope="module")
def open_door() -> Iterator[Hooks]:
    """A machine for all examples of a property."""
    with Machine(VirtualClock(START), secrets=SECRETS, behaviour=None) as machine:
        yield Hooks(machine)


@LIGHT
@given(sent=signed())
def test_whatever_is_signed_is_taken_or_refused_and_never_a_500(open_door: Hooks, sent: Sent) -> None:
    answer = open_door.machine.request("POST", f"/webhooks/{sent.source}", sent.body, sent.headers)

    assert answer.status in (200, 202, 400), answer.body


HEADERS = st.sampled_from(
    [
        *("x-shopify-hmac-sha256", "x-shopify-topic", "x-shopify-event-id", "x-wc-webhook-signature", "x-signature"),
        *("x-wc-webhook-topic", "webhook-id", "webhook-timestamp", "webhook-signature", "content-type"),
    ]
)


@LIGHT
@given(
    source=st.sampled_from(sorted(SECRETS)),
    headers=st.dictionaries(HEADERS, st.text(max_size=20) | st.just("v1,AAAA v1 ,")),
    body=st.binary(max_size=60),
)
def test_nothing_unsigned_comes_in_and_nothing_of_it_is_a_500(
    open_door: Hooks, source: str, headers: dict[str, str], body: bytes
) -> None:
    answer = open_door.machine.request("POST", f"/webhooks/{source}", body, headers)

    assert answer.status == 401, answer.body


@LIGHT
@given(body=st.binary(max_size=60) | st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3)).map(json.dumps))
def test_no_body_of_facts_is_a_500(open_door: Hooks, body: bytes | str) -> None:
    content = body if isinstance(body, bytes) else body.encode()
    headers = login("/v1/facts") | {"content-type": "application/json"}

    assert open_door.machine.request("POST", "/v1/facts", content, headers).status == 400
