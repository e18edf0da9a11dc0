"""The server: bodies and headers as they were sent, and nothing said of what serves them."""

import logging
import re
import socket

import pytest
from werkzeug.wrappers import Request, Response

from infra.web.forwarding import sent_path
from infra.web.server import LARGEST_BODY, SENT_HEADERS
from tests.web.given import ask, echo, served


def send(port: int, text: bytes) -> bytes:
    """What comes back for these bytes."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(text)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(4096), b""))


@pytest.mark.parametrize("size", [0, 1, 70_000, LARGEST_BODY])
def test_a_body_gets_there_byte_for_byte(size: int) -> None:
    body = bytes(range(256)) * (size // 256) + b"\xff" * (size % 256)

    with served(echo) as port:
        answer, text = ask(port, "POST", "/", body)

    assert (answer.status, text) == (200, body)


@pytest.mark.parametrize("size", [1000, LARGEST_BODY])
def test_a_body_in_chunks_gets_there_byte_for_byte(size: int) -> None:
    body = b"\r\n0\r\n" * (size // 5) + b"x" * (size % 5)
    chunks = [body[start : start + 99_991] for start in range(0, size, 99_991)]

    with served(echo) as port:
        answer, text = ask(port, "POST", "/", iter(chunks), **{"Transfer-Encoding": "chunked"})

    assert (answer.status, text) == (200, body)


@pytest.mark.parametrize("size", [LARGEST_BODY + 1, LARGEST_BODY + 2, 3 * LARGEST_BODY])
@pytest.mark.parametrize("in_chunks", [False, True])
def test_a_body_that_is_too_large_is_refused_and_the_site_is_not_asked(size: int, in_chunks: bool) -> None:
    asked: list[Request] = []

    def site(request: Request) -> Response:
        asked.append(request)
        return Response()

    body = b"x" * size
    chunks = [body[start : start + 1_000_000] for start in range(0, size, 1_000_000)]
    with served(site) as port:
        if in_chunks:
            answer, _ = ask(port, "POST", "/", iter(chunks), **{"Transfer-Encoding": "chunked"})
        else:
            answer, _ = ask(port, "POST", "/", body)

    assert answer.status == 413
    assert asked == []


@pytest.mark.parametrize(
    "text",
    [
        b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nhalf",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhalf",
        b"GET http://[ HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01\x02\x00\r\n\r\n",
    ],
)
def test_what_is_not_http_is_a_bad_request_and_nothing_is_logged(text: bytes, caplog: pytest.LogCaptureFixture) -> None:
    with served(echo) as port:
        answer = send(port, text)

    assert b"400" in answer.split(b"\n")[0] or b"Error code: 400" in answer
    assert caplog.records == []


@pytest.mark.parametrize("path", ["/", "/missing", "/broken"])
@pytest.mark.parametrize("method", ["GET", "POST", "HEAD", "OPTIONS", "QUERY"])
def test_no_header_and_no_page_tells_what_serves_it(path: str, method: str) -> None:
    def site(request: Request) -> Response:
        if request.path == "/broken":
            raise ValueError("secret")
        return Response("here", 404 if request.path == "/missing" else 200)

    with served(site) as port:
        answer, text = ask(port, method, path)

    said = str(answer.msg).lower() + text.decode().lower()
    assert answer.getheader("Server", "").strip() == "rekindle"
    assert not re.search(r"werkzeug|python|secret|traceback", said)


def test_a_page_that_fails_is_logged_and_names_the_kind_of_error_only(caplog: pytest.LogCaptureFixture) -> None:
    def site(request: Request) -> Response:
        raise ValueError("secret")

    with served(site) as port:
        answer, text = ask(port, "GET", "/")

    assert (answer.status, text) == (500, b"<h1>This page failed</h1><p>ValueError</p>")
    assert [(record.name, record.levelno) for record in caplog.records] == [("infra.web", logging.ERROR)]


def test_head_is_the_get_without_its_body() -> None:
    with served(lambda request: Response(f"{request.method} {request.path}")) as port:
        answer, text = ask(port, "HEAD", "/there")

    assert (answer.status, answer.getheader("Content-Length"), text) == (200, "10", b"")


def test_headers_keep_their_order_their_underscores_and_their_doubles() -> None:
    sent: list[tuple[str, str]] = []

    def site(request: Request) -> Response:
        sent.extend(request.environ[SENT_HEADERS])
        return Response()

    with served(site) as port:
        send(port, b"GET / HTTP/1.1\r\nX-Sign: a\r\nx_sign: b\r\nX-Sign: c\r\n\r\n")

    assert sent == [("X-Sign", "a"), ("x_sign", "b"), ("X-Sign", "c")]


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("/v1/a%2Fb%20c?x=%2F", "/v1/a%2Fb%20c"),
        ("/v1/%E2%82%AC", "/v1/%E2%82%AC"),
        ("http://localhost/healthz", "/healthz"),
    ],
)
def test_a_path_is_passed_on_as_it_was_sent(target: str, path: str) -> None:
    with served(lambda request: Response(sent_path(request))) as port:
        assert send(port, f"GET {target} HTTP/1.1\r\n\r\n".encode()).endswith(b"\r\n\r\n" + path.encode())
