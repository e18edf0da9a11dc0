"""The pages' HTTP server: standard library, one request at a time at the machine, until Ctrl-C."""

import logging
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from infra.demo.simulation import Simulation
from infra.demo.site import Site
from infra.demo.web import HTML, Reply, Request

LARGEST_BODY = 512 * 1024
log = logging.getLogger("infra.demo")


class Server:
    """Takes its port at once (raises OSError when it is taken), and serves when there is something to show."""

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

    def show(self, shop: Simulation) -> None:
        """Serve the pages of this shop, until ``stop`` or an exception such as Ctrl-C."""
        self._http.site = Site(shop)
        try:
            self._http.serve_forever(poll_interval=0.2)
        finally:
            self._http.lock.acquire(timeout=5)  # whoever is at the machine may finish before it is taken down

    def stop(self) -> None:
        """Make ``show``, which runs in another thread, return."""
        self._http.shutdown()


class _HttpServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(address, handler)
        self.lock = Lock()
        self.site: Site | None = None

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that went away in the middle is no fault."""


class _Handler(BaseHTTPRequestHandler):
    server: _HttpServer
    server_version = "rekindle-demo"
    timeout = 30

    def do_GET(self) -> None:
        self._answer()

    do_HEAD = do_POST = do_GET

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the terminal is for the tables."""

    def _answer(self) -> None:
        try:
            reply = self._reply()
        except Exception as error:
            log.exception("page failed")
            reply = Reply(f"<h1>This page failed</h1><p>{type(error).__name__}</p>", HTTPStatus.INTERNAL_SERVER_ERROR)
        body = reply.body.encode() if isinstance(reply.body, str) else reply.body
        self.send_response(reply.status)
        for name, value in ({"Content-Type": HTML, "Cache-Control": "no-store"} | dict(reply.headers)).items():
            self.send_header(name, value)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _reply(self) -> Reply:
        length = self.headers.get("Content-Length", "0")
        if not length.isdecimal() or int(length) > LARGEST_BODY:
            return Reply("<h1>Too large</h1>", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        url = urlsplit(self.path)
        request = Request(
            "GET" if self.command == "HEAD" else self.command,
            url.path,
            dict(parse_qsl(url.query, keep_blank_values=True)),
            {name.lower(): value for name, value in self.headers.items()},
            self.rfile.read(int(length)),
            _cookies(self.headers.get("Cookie", "")),
        )
        with self.server.lock:
            site = self.server.site
            return site(request) if site else Reply("Not yet", HTTPStatus.SERVICE_UNAVAILABLE)


def _cookies(header: str) -> dict[str, str]:
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(header).items()}
    except CookieError:
        return {}
