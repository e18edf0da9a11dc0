"""``rekindle serve`` answers over HTTP as the API does when deployed, and survives what is not HTTP."""

import socket
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commands.serve.given import Serving, profile, secrets_of, serving
from tests.naming import FOUR
from tests.webhooks.given import Sent, payload, shopify

pytestmark = pytest.mark.journeys(*FOUR)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (shopify("carts/update", payload("shopify", "carts_update"), secret="another"), 401),
        (shopify("carts/update", []), 400),
        (shopify("themes/publish", {}), 202),
        (Sent("segment", {"x-signature": "00"}, b"{}"), 401),
        (Sent("magento", {}, b"{}"), 404),
        (shopify("carts/update", b" " * (4 * 1024 * 1024 + 1)), 413),
        (shopify("carts/update", b" " * (7 * 1024 * 1024)), 413),
    ],
    ids=["forged", "misfit", "unknown topic", "no secret", "no source", "too large", "far too large"],
)
def test_what_is_not_taken_is_answered_as_when_deployed(api: Serving, sent: Sent, status: int) -> None:
    assert api.send(sent)[0] == status


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """One for several tests, with a secret of Shopify's."""
    with serving(tmp_path_factory.mktemp("served"), *secrets_of("shopify")) as there:
        yield there


def test_a_body_in_chunks_is_put_together(api: Serving) -> None:
    sent = shopify("carts/update", payload("shopify", "carts_update"))
    pieces = (sent.body[start : start + 100] for start in range(0, len(sent.body), 100))

    status, answer = api.post("/webhooks/shopify", pieces, {**sent.headers, "transfer-encoding": "chunked"})

    assert (status, answer["received"]) == (200, 1)


def test_any_method_is_answered_as_when_deployed(api: Serving) -> None:
    with socket.create_connection(("127.0.0.1", api.port), timeout=10) as connection:
        connection.sendall(b"QUERY /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        connection.shutdown(socket.SHUT_WR)

        assert connection.recv(1000).startswith(b"HTTP/1.0 403 ")


def test_what_is_not_http_does_no_harm(api: Serving) -> None:
    for text in (
        b"\x16\x03\x01\x02\x00",
        b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        b"GET http://[ HTTP/1.1\r\n\r\n",
    ):
        with socket.create_connection(("127.0.0.1", api.port), timeout=10) as connection:
            connection.sendall(text + b"\r\n\r\n")
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(1000):
                continue

    assert api.send(shopify("carts/update", payload("shopify", "carts_update")))[0] == 200


def test_a_client_that_disconnects_is_not_logged(tmp_path: Path) -> None:
    with serving(tmp_path) as there:
        for _ in range(3):
            with socket.create_connection(("127.0.0.1", there.port), timeout=10) as connection:
                connection.sendall(b"POST /webhooks/shopify HTTP/1.1\r\nContent-Length: 100\r\n\r\nhalf")
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # reset, at once
        there.post_facts(profile("ann"))
        errors = there.ends()[1]

    assert errors.startswith("stopped after 1 request;"), errors


def test_each_start_has_another_api_key_and_the_usual_one_opens_nothing(api: Serving) -> None:
    login = {"authorization": "Bearer " + "4d" * 32, "content-type": "application/json"}

    assert len(api.api_key) >= 32
    assert api.post("/v1/facts", b"{}", login)[0] == 401
