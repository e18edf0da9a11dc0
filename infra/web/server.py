"""A small HTTP server of one machine's pages and API: standard library, one request at a time, until it is stopped."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

HTML = "text/html; charset=utf-8"
LARGEST_BODY = 6 * 1024 * 1024
"""Of a request, in bytes: what Lambda takes. A page or route may allow less."""
LARGEST_DRAINED = 10 * LARGEST_BODY
"""What is too large is read up to here and thrown away, so that whoever sends it gets to hear that it is."""
PATIENCE = 30
"""For so many seconds whoever began a request may be silent."""
POLL = 0.2
"""Seconds between two looks at whether to stop, and two ticks."""
log = logging.getLogger("infra.web")


@dataclass(frozen=True)
class Request:
    """What came in; ``path`` without the query; the names of ``headers`` are in lower case."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    cookies: Mapping[str, str] = field(default_factory=dict)

    @property
    def form(self) -> dict[str, str]:
        """The fields of a posted form, trimmed."""
        pairs = parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=50)
        return {name: value.strip() for name, value in pairs}


@dataclass(frozen=True)
class Reply:
    """What goes out; a text goes as UTF-8."""

    body: str | bytes = ""
    status: int = HTTPStatus.OK
    headers: Mapping[str, str] = field(default_factory=lambda: {"Content-Type": HTML})


Site = Callable[[Request], Reply]


class Server:
    """Takes its port of this machine at once (raises OSError when it is taken), and serves when there is something."""

    def __init__(self, port: int) -> None:
        """``port`` 0 takes any free one."""
        self._http = _HttpServer(("127.0.0.1", port), _Handler)
        self.server_port = self._http.server_port

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._http.server_close()

    def show(self, site: Site, tick: Callable[[], None] = lambda: None) -> None:
        """Serve this site, until ``stop`` or an exception such as Ctrl-C; ``tick`` is called several times a second.

        Requests and ticks come one at a time, and none is under way any more when this returns.
        """
        self._http.site, self._http.tick = site, tick
        try:
            self._http.serve_forever(poll_interval=POLL)
        finally:
            self._http.lock.acquire(timeout=5)  # whoever is at the machine may finish before it is taken down

    def stop(self) -> None:
        """Make ``show``, which runs in another thread, return."""
        self._http.shutdown()


class _HttpServer(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(address, handler)
        self.lock = Lock()
        self.site: Site | None = None
        self.tick: Callable[[], None] = lambda: None

    def service_actions(self) -> None:
        """Between two requests."""
        if self.lock.acquire(blocking=False):
            try:
                self.tick()
            finally:
                self.lock.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever went away in the middle is no fault."""


class _Handler(BaseHTTPRequestHandler):
    server: _HttpServer
    server_version = "rekindle"
    sys_version = ""
    timeout = PATIENCE

    def __getattr__(self, name: str) -> Callable[[], None]:
        """``do_GET`` and so on: whatever the method is, the site answers."""
        if name.startswith("do_"):
            return self._answer
        raise AttributeError(name)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: what is told of a request is the site's affair."""

    def _answer(self) -> None:
        try:
            reply = self._reply()
        except (ConnectionError, TimeoutError):  # whoever asked went away, or fell silent
            self.close_connection = True
            return
        except Exception as error:
            log.exception("page failed")
            reply = Reply(f"<h1>This page failed</h1><p>{type(error).__name__}</p>", HTTPStatus.INTERNAL_SERVER_ERROR)
        body = reply.body.encode() if isinstance(reply.body, str) else reply.body
        self.send_response(reply.status)
        given = {name.title(): value for name, value in reply.headers.items()}
        for name, value in ({"Content-Type": HTML, "Cache-Control": "no-store"} | given).items():
            self.send_header(name, value)
        if "X-Content-Type-Options" not in given:
            self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _reply(self) -> Reply:
        try:
            body = self._body()
            url = urlsplit(self.path)
        except ValueError:
            return Reply("<h1>Bad request</h1>", HTTPStatus.BAD_REQUEST)
        if body is None:
            return Reply("<h1>Too large</h1>", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        request = Request(
            "GET" if self.command == "HEAD" else self.command,
            url.path,
            dict(parse_qsl(url.query, keep_blank_values=True)),
            {name.lower(): value for name, value in self.headers.items()},
            body,
            _cookies(self.headers.get("Cookie", "")),
        )
        with self.server.lock:
            site = self.server.site
            return site(request) if site else Reply("Not yet", HTTPStatus.SERVICE_UNAVAILABLE)

    def _body(self) -> bytes | None:
        """All of it, in one piece; None when it is too large. Raises ValueError for what is no HTTP."""
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            return self._chunks()
        length = self.headers.get("Content-Length", "0")
        if not (length.isascii() and length.isdecimal()):
            raise ValueError
        if int(length) <= LARGEST_BODY:
            return self.rfile.read(int(length))
        left = min(int(length), LARGEST_DRAINED)
        while left > 0 and (read := len(self.rfile.read(min(left, 64 * 1024)))):
            left -= read
        return None

    def _chunks(self) -> bytes | None:
        """As a proxy may send it that does not know its length."""
        body = bytearray()
        while size := int(self.rfile.readline(100).partition(b";")[0], 16):
            if size < 0 or len(body) + size > LARGEST_BODY:
                return None
            body += self.rfile.read(size)
            self.rfile.readline(3)
        return bytes(body)


def _cookies(header: str) -> dict[str, str]:
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(header).items()}
    except CookieError:
        return {}
