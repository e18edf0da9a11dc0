"""werkzeug's server on one port of this machine, with a site that answers one request at a time, until it is stopped.

Each connection has a thread, so that a slow client delays no other; the site itself gets one request after another,
each with its whole body.
"""

import logging
import socket
from collections.abc import Callable, Iterable
from http import HTTPStatus
from socketserver import BaseServer
from threading import Lock
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from werkzeug.exceptions import BadRequest, HTTPException, RequestEntityTooLarge
from werkzeug.serving import LISTEN_QUEUE, ThreadedWSGIServer, WSGIRequestHandler
from werkzeug.wrappers import Request, Response

from infra.terminal.problem import Problem

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

HTML = "text/html; charset=utf-8"
LARGEST_BODY = 6 * 1024 * 1024
"""Bytes of a request: Lambda's limit. A page or route may allow less."""
SECONDS_OF_SILENCE = 30
"""Seconds after which a client that sends nothing is disconnected."""
POLL = 0.2
"""Seconds between two checks whether to stop, and between two ticks."""
DEFAULT_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
HOST = "127.0.0.1"
SENT_HEADERS = "rekindle.headers"
"""In the WSGI environment: the pairs of the headers in their order. WSGI's own names join or lose some of them."""
Site = Callable[[Request], Response]
log = logging.getLogger("infra.web")


def open_port(port: int) -> "Server":
    """A server on this port; raises ``Problem`` if it cannot be used."""
    try:
        return Server(port)
    except OSError as error:
        raise Problem(f"port {port} cannot be used ({error.strerror}); choose another with --port") from None


class Server:
    """Opens its port on this machine at once (raises OSError if it is in use), and serves when there is a site."""

    def __init__(self, port: int) -> None:
        """``port`` 0: any free one."""
        self._lock = Lock()
        self._site: Site | None = None
        self._tick: Callable[[], None] = lambda: None
        self._http = _HttpServer(port, self._answer, self._between_requests)
        self.server_port = self._http.port

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._http.server_close()

    def show(self, site: Site, tick: Callable[[], None] = lambda: None) -> None:
        """Serve this site until ``stop`` or an exception such as Ctrl-C; ``tick`` is called several times a second.

        Requests and ticks run one at a time, and none is running when this returns. HEAD is handled as GET.
        """
        self._site, self._tick = site, tick
        try:
            self._http.serve_forever(POLL)
        finally:
            self._lock.acquire(timeout=5)  # a running request may finish before the machine is stopped

    def stop(self) -> None:
        """Make ``show``, which runs in another thread, return."""
        self._http.shutdown()

    def _between_requests(self) -> None:
        if self._lock.acquire(blocking=False):
            try:
                self._tick()
            finally:
                self._lock.release()

    def _answer(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """The WSGI application."""
        try:
            response = self._response(environ)
        except HTTPException as error:
            response = Response.force_type(error.get_response(environ), environ)
        except Exception as error:
            log.exception("page failed")
            body = f"<h1>This page failed</h1><p>{type(error).__name__}</p>"
            response = Response(body, HTTPStatus.INTERNAL_SERVER_ERROR, content_type=HTML)
        for name, value in DEFAULT_HEADERS.items():
            response.headers.setdefault(name, value)
        return response(environ, start_response)

    def _response(self, environ: "WSGIEnvironment") -> Response:
        """The site's answer. Raises HTTPException for a body that cannot be read."""
        is_head = environ["REQUEST_METHOD"] == "HEAD"
        request = _LimitedRequest(environ | {"REQUEST_METHOD": "GET"} if is_head else environ)
        _read_body(request)
        with self._lock:
            return self._site(request) if self._site else Response("Not yet", HTTPStatus.SERVICE_UNAVAILABLE)


class _LimitedRequest(Request):
    max_content_length = LARGEST_BODY + 1
    max_form_memory_size = None


def _read_body(request: Request) -> None:
    """Read all of the body, which the request keeps. Raises BadRequest and RequestEntityTooLarge."""
    length = request.environ.get("CONTENT_LENGTH") or "0"
    if not (length.isascii() and length.isdecimal()):
        raise BadRequest("Content-Length is not a number.")
    if len(request.get_data()) > LARGEST_BODY:  # werkzeug cuts a chunked body off at its limit
        raise RequestEntityTooLarge


class _HttpServer(ThreadedWSGIServer):
    """werkzeug's, with something to do between requests. It neither logs nor catches Ctrl-C."""

    def __init__(self, port: int, application: Any, between_requests: Callable[[], None]) -> None:
        with socket.create_server((HOST, port), backlog=LISTEN_QUEUE) as taken:  # werkzeug exits when a port is taken
            super().__init__(HOST, port, application, _Handler, fd=taken.fileno())
        self._between_requests = between_requests

    def serve_forever(self, poll_interval: float = POLL) -> None:
        BaseServer.serve_forever(self, poll_interval)

    def service_actions(self) -> None:
        self._between_requests()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that disconnects is not an error."""

    def log(self, type: str, message: str, *args: Any) -> None:
        """Requests are logged by the site (``local_api``), and printed by its command."""


class _Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.0"  # one request a connection
    server_version = "rekindle"  # not werkzeug's version
    sys_version = ""
    timeout = SECONDS_OF_SILENCE

    def run_wsgi(self) -> None:
        try:
            urlsplit(self.path)
        except ValueError:
            self.send_error(HTTPStatus.BAD_REQUEST)
        else:
            super().run_wsgi()

    def make_environ(self) -> "WSGIEnvironment":
        return super().make_environ() | {SENT_HEADERS: self.headers.items()}

    def log(self, type: str, message: str, *args: Any) -> None:
        """Requests are logged by the site (``local_api``), and printed by its command."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """werkzeug's own fails for a URL that cannot be parsed."""
