"""AWS over HTTP: what DynamoDB and SES are asked here goes straight to moto's handlers, the rest through all of moto.

moto's own server finds the handler through a web framework and two hundred URL patterns, at many times the price.
"""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import RLock, Thread
from typing import Any

from botocore.awsrequest import AWSPreparedRequest
from botocore.compat import HTTPHeaders
from moto.core.botocore_stubber import BotocoreStubber
from moto.core.models import botocore_stubber
from moto.core.utils import camelcase_to_underscores
from moto.dynamodb.exceptions import ConditionalCheckFailed

from infra.machine.engines.moto.direct_calls import DIRECT
from infra.machine.stack import ACCOUNT_ID

SCOPE = re.compile(r"Credential=[^/]+/\d+/([^/]+)/([^/]+)/aws4_request")
HOSTS = {"ses": "email"}
"""Where a service's name in signatures is not that of its host."""
SEND_EMAIL = "/v2/email/outbound-emails"
FRAMING = ("content-length", "transfer-encoding", "connection", "date", "server")
JSON = {"Content-Type": "application/x-amz-json-1.0"}
LOCK = RLock()
REFUSED: dict[str, tuple[int, str]] = {}
"""The operations that are refused, with status and code; only what is asked over HTTP is."""

Answer = tuple[int, Mapping[str, Any], str | bytes]


class _Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        """Every call of the services used here is a POST."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        scope = SCOPE.search(self.headers["Authorization"])
        assert scope is not None
        region, service = scope.groups()
        with LOCK:
            answer = self._soon(service, region, body) or self._at_length(service, region, body)
        self._send(*answer)

    def _soon(self, service: str, region: str, body: bytes) -> Answer | None:
        """Ask moto's handler itself; None where only all of moto knows."""
        target = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
        kind, operation = ("sesv2", "SendEmail") if self.path == SEND_EMAIL else (service, target)
        if kind not in ("dynamodb", "sesv2") or operation not in DIRECT[kind][1]:
            return None
        if operation in REFUSED:
            status, code = REFUSED[operation]
            return status, JSON | {"x-amzn-ErrorType": code}, json.dumps({"message": "refused"})
        handler: Any = DIRECT[kind][0]()
        handler.region, handler.current_account, handler.params = region, ACCOUNT_ID, json.loads(body)
        handler.body = handler.params if kind == "dynamodb" else body.decode()
        try:
            result = getattr(handler, camelcase_to_underscores(operation))()
        except ConditionalCheckFailed as error:
            return 400, JSON, error.description
        except Exception:
            return None
        return 200, JSON, result if isinstance(result, str) else json.dumps(result.result or {})

    def _at_length(self, service: str, region: str, body: bytes) -> Answer:
        url = f"https://{HOSTS.get(service, service)}.{region}.amazonaws.com{self.path}"
        headers = HTTPHeaders()
        for name, value in (dict(self.headers) | {"Host": url.split("/")[2]}).items():
            headers[name] = value
        request = AWSPreparedRequest("POST", url, headers, body, stream_output=False)
        answer = BotocoreStubber.process_request(botocore_stubber, request)
        assert answer is not None
        return answer

    def _send(self, status: int, headers: Mapping[str, Any], body: str | bytes) -> None:
        content = body.encode() if isinstance(body, str) else body
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() not in FRAMING:
                self.send_header(name, str(value))
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


@contextmanager
def served() -> Iterator[str]:
    """Inside, AWS answers at this URL."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Answers) as server:
        server.daemon_threads = True
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
