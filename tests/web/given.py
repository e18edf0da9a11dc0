"""A site that is served, and what is sent to it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPResponse
from threading import Thread
from typing import Any

from werkzeug.wrappers import Request, Response

from infra.web.server import Server, Site


@contextmanager
def served(site: Site, tick: Callable[[], None] = lambda: None) -> Iterator[int]:
    """The port of a site."""
    with Server(0) as server:
        thread = Thread(target=server.show, args=(site, tick), daemon=True)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.stop()
            thread.join(timeout=10)


def ask(port: int, method: str, path: str, body: Any = None, **headers: str) -> tuple[HTTPResponse, bytes]:
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request(method, path, body, headers, encode_chunked="chunked" in headers.values())
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    return answer, text


def echo(request: Request) -> Response:
    return Response(request.get_data(), content_type="application/octet-stream")
