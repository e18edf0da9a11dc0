"""The mail client asks SES once a send, whatever SES answers: an HTTP server that misbehaves stands in for it."""

import json
import os
import socket
import struct
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from unittest.mock import patch

import pytest

from chalicelib.adapters.aws import Aws
from chalicelib.adapters.mail.ses import SesMailer
from chalicelib.domain.errors import SendingStopped, SendRejected, SendThrottled, SendUnknown
from chalicelib.domain.messages.mail import Mail
from infra.machine.environment import ACCOUNT
from tests.builders import START
from tests.services.desk import SHOP

MAIL = Mail("ann@example.com", "Ann", "Tea", "<p>Tea</p>", "Tea", START, {"send_id": "s1"})
Behaviour = Callable[[BaseHTTPRequestHandler], None]


class Server(ThreadingHTTPServer):
    """Counts the requests and answers them all in one way."""

    daemon_threads = True
    requests = 0
    behaviour: Behaviour
    aws: Aws


class _Answers(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        self.server.requests += 1
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.behaviour(self)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


def answers(status: int, body: bytes | dict[str, str], kind: str = "") -> Behaviour:
    def answer(request: BaseHTTPRequestHandler) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        request.send_response(status)
        if kind:
            request.send_header("x-amzn-ErrorType", kind)
        request.send_header("Content-Type", "application/json")
        request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        request.wfile.write(content)

    return answer


def says_nothing(request: BaseHTTPRequestHandler) -> None:
    time.sleep(0.6)


def resets(request: BaseHTTPRequestHandler) -> None:
    request.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    request.connection.close()


def hangs_up(request: BaseHTTPRequestHandler) -> None:
    request.connection.shutdown(socket.SHUT_RDWR)


def breaks_off(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.send_header("Content-Length", "1000")
    request.end_headers()
    request.wfile.write(b'{"MessageId":')
    hangs_up(request)


@pytest.fixture
def ses() -> Iterator[Server]:
    """SES, and a client that waits a quarter of a second for its answers."""
    with Server(("127.0.0.1", 0), _Answers) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        endpoint = {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_port}"}
        with patch.dict(os.environ, ACCOUNT | endpoint):
            server.aws = Aws()
            client: Any = server.aws.ses
            client._endpoint.http_session._timeout = 0.25
            yield server
            client.close()
        server.shutdown()
        thread.join()


def send(server: Server) -> str:
    return SesMailer(SHOP, "rekindle", server.aws).send(MAIL)


UNCLEAR: dict[str, Behaviour] = {
    "read time-out": says_nothing,
    "reset": resets,
    "closed": hangs_up,
    "broken off": breaks_off,
    "500": answers(500, {"message": "oops"}, "InternalFailure"),
    "502": answers(502, b"<html>Bad Gateway</html>"),
    "503": answers(503, {"message": "later"}, "ServiceUnavailable"),
    "200 and garbage": answers(200, b"\xff<garbage"),
    "200 and nothing": answers(200, b"{}"),
}
UNVERIFIED = "Email address is not verified. The following identities failed the check in region US-EAST-1: "
NO: dict[str, tuple[Behaviour, type[SendRejected]]] = {
    "429": (answers(429, {"message": "slow down"}, "TooManyRequestsException"), SendThrottled),
    "400 throttling": (answers(400, {"message": "slow down"}, "ThrottlingException"), SendThrottled),
    "400 limit": (answers(400, {"message": "quota"}, "LimitExceededException"), SendThrottled),
    "400 rejected": (answers(400, {"message": "no"}, "MessageRejected"), SendRejected),
    "403": (answers(403, {"message": "no"}, "AccessDeniedException"), SendingStopped),
    "404": (answers(404, {"message": "no"}, "NotFoundException"), SendingStopped),
    "400 paused": (answers(400, {"message": "no"}, "SendingPausedException"), SendingStopped),
    "400 quota": (answers(400, {"message": "Daily message quota exceeded."}, "ThrottlingException"), SendingStopped),
    "400 sender": (
        answers(400, {"message": UNVERIFIED + SHOP.sender}, "MessageRejected"),
        SendingStopped,
    ),
    "400 recipient": (answers(400, {"message": UNVERIFIED + "ann@example.com"}, "MessageRejected"), SendRejected),
}


def test_an_accepted_mail_is_one_request(ses: Server) -> None:
    ses.behaviour = answers(200, {"MessageId": "m1"})

    assert send(ses) == "m1"
    assert ses.requests == 1


@pytest.mark.parametrize("behaviour", UNCLEAR.values(), ids=UNCLEAR)
def test_an_unclear_answer_is_unknown_after_one_request(ses: Server, behaviour: Behaviour) -> None:
    ses.behaviour = behaviour

    with pytest.raises(SendUnknown):
        send(ses)

    assert ses.requests == 1


@pytest.mark.parametrize(("behaviour", "error"), NO.values(), ids=NO)
def test_a_clear_no_is_one_after_one_request(ses: Server, behaviour: Behaviour, error: type[SendRejected]) -> None:
    ses.behaviour = behaviour

    with pytest.raises(SendRejected) as raised:
        send(ses)

    assert raised.type is error
    assert ses.requests == 1


def test_where_nobody_listens_nothing_was_sent(ses: Server) -> None:
    """A refused connection is no ambiguity: while SES is out of reach, mails wait and are not given up."""
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # and does not listen
        with patch.dict(os.environ, {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{nobody.getsockname()[1]}"}):
            ses.aws = Aws()

            with pytest.raises(SendThrottled):
                send(ses)

    assert ses.requests == 0


def test_a_mail_that_cannot_be_made_is_refused_without_a_request(ses: Server) -> None:
    with pytest.raises(SendRejected):
        SesMailer(SHOP, "rekindle", ses.aws).send(replace(MAIL, to="no address"))

    assert ses.requests == 0
