"""A served shop in which one can act like somebody with a browser."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse
from threading import Thread
from urllib.parse import urlencode, urlsplit

import app
from chalicelib.domain.journeys.experiment import Arm, assign_arm
from infra.demo.simulation import Simulation, live, simulation
from infra.demo.site import Site
from infra.web.server import Server

FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "text/html"}


@dataclass
class Browser:
    """Asks for pages and posts forms; keeps the cookie, and follows redirects as a browser does."""

    port: int
    cookie: str = ""
    status: int = 0
    path: str = ""
    page: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def get(self, path: str) -> "Browser":
        """Open a page."""
        return self._go("GET", path, None, {})

    def post(self, path: str, **fields: str) -> "Browser":
        """Send a form."""
        return self._go("POST", path, urlencode(fields), FORM)

    def link(self, words: str) -> str:
        """Where the link with these words leads."""
        found = re.search(rf'<a\b[^>]*href="([^"]+)"[^>]*>[^<]*{re.escape(words)}', self.page)
        assert found, f"no link says {words!r} on {self.path}"
        return found[1].replace("&amp;", "&")

    def _go(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> "Browser":
        for _ in range(5):
            answer = self._ask(method, path, body, headers)
            if answer.status not in (302, 303):
                break
            method, body, headers = "GET", None, {}
            url = urlsplit(self.headers["location"])
            path = url.path + (f"?{url.query}" if url.query else "")
        self.path = path
        return self

    def _ask(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> HTTPResponse:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request(method, path, body, {**headers, "Cookie": self.cookie})
        answer = connection.getresponse()
        self.page, self.status = answer.read().decode(), answer.status
        self.headers = {name.lower(): value for name, value in answer.getheaders()}
        self.cookie = self.headers.get("set-cookie", self.cookie).partition(";")[0]
        connection.close()
        return answer


@contextmanager
def served(customers: int, days: int) -> Iterator[tuple[Simulation, int]]:
    """A shop after some days, and the port of its pages."""
    with Server(0) as server, simulation(customers, 7, f"http://localhost:{server.server_port}") as shop:
        live(shop, days)
        thread = Thread(target=server.show, args=(Site(shop),), daemon=True)
        thread.start()
        try:
            yield shop, server.server_port
        finally:
            server.stop()
            thread.join(timeout=10)


def signed_in(port: int, name: str, arm: Arm = Arm.TREATED, zone: str = "Asia/Seoul") -> Browser:
    """A new shopper who is in this arm of the abandoned-cart journey."""
    browser, slug = Browser(port), re.sub(r"\W", "", name.lower())
    for number in range(200):
        email = f"{slug}{number}@mail.example.com"
        if assign_arm(app.parts.identity.address_hash(email), "abandoned_cart", 0.10) is arm:
            return browser.post("/shop/signin", name=name, email=email, language="en", zone=zone)
    raise AssertionError("no address fell into the arm")


def key_of(browser: Browser) -> str:
    """The key of the visitor who is signed in."""
    found = re.search(r'href="/customers/(\w+)"', browser.get("/shop").page)
    assert found, "nobody is signed in"
    return found[1]
