"""Which page answers which request. GET changes nothing, but that a click on a mail's link is counted as one."""

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from http import HTTPStatus

from chalicelib import wiring
from chalicelib.domain.journeys.run import Enrollment
from infra.demo.customers import customer_page, customers_page
from infra.demo.mails import click, inbox_page, mail_html, mail_page
from infra.demo.simulation import Simulation
from infra.demo.storefront import Storefront
from infra.demo.tallies import COLUMNS, JourneyTally, tallies
from infra.demo.web import local_path, page, redirect, stylesheet
from infra.demo.words import headline_figures
from infra.web.server import Reply, Request

STEPS = {"hour": timedelta(hours=1), "day": timedelta(days=1)}
FUNNEL = tuple(kind for kind in COLUMNS if kind not in ("withheld", "suppressed"))

View = Callable[..., Reply | None]
"""Given the request, what all pages show, and what its path says; None: there is no such thing."""


class Site:
    """The pages of one shop. Call it with one request at a time."""

    def __init__(self, shop: Simulation) -> None:
        self._shop = shop
        self._storefront = Storefront(shop)
        self._counted: Mapping[str, JourneyTally] | None = None
        self._routes: tuple[tuple[str, str, View], ...] = (
            ("GET", r"/", self._overview),
            ("GET", r"/style\.css", lambda request, shared: stylesheet()),
            ("POST", r"/clock", self._advance),
            ("GET", r"/inbox", lambda request, shared: inbox_page(shop, request, shared)),
            ("GET", r"/inbox/(\d{1,9})", lambda request, shared, n: mail_page(shop, request, shared, int(n))),
            ("GET", r"/inbox/(\d{1,9})/html", lambda request, shared, n: mail_html(shop, int(n))),
            ("GET", r"/click/(\d{1,9})/(\d{1,4})", lambda request, shared, n, link: click(shop, int(n), int(link))),
            ("GET", r"/customers", lambda request, shared: customers_page(shop, request, shared)),
            ("GET", r"/customers/([0-9A-Za-z_-]{1,64})", lambda request, shared, key: customer_page(key, shared)),
            ("GET", r"/shop(?:/\w*)?", self._storefront.show),
            ("POST", r"/shop/(\w{1,20})", self._storefront.act),
        )

    def __call__(self, request: Request) -> Reply:
        """Answer one request."""
        if request.method != "GET" or request.path.startswith("/click/"):
            self._counted = None
        if request.path.startswith("/v1/") or request.path == "/healthz":
            return self._api(request)
        shared = {"now": self._shop.now, "path": request.path, "shop": wiring.settings().shop}
        status = HTTPStatus.NOT_FOUND
        for method, path, view in self._routes:
            if found := re.fullmatch(path, request.path):
                if method == request.method:
                    return view(request, shared, *found.groups()) or page("missing", shared, status)
                status = HTTPStatus.METHOD_NOT_ALLOWED
        return page("missing", shared, status)

    def _api(self, request: Request) -> Reply:
        """The real API, behind its gateway; what it set going happens at once."""
        answer = self._shop.machine.request(request.method, request.path, request.body, request.headers, request.query)
        self._shop.machine.pump()
        return Reply(answer.body, answer.status, answer.headers)

    def _advance(self, request: Request, shared: Mapping[str, object]) -> Reply:
        if step := STEPS.get(request.form.get("by", "")):
            self._shop.machine.advance_to(self._shop.now + step)
        return redirect(local_path(request.form.get("next", "/")))

    def _overview(self, request: Request, shared: Mapping[str, object]) -> Reply:
        told = {
            "customers": len(self._shop.people),
            "mails": len(self._shop.machine.inbox),
            "journeys": self._journeys(),
            "funnel": FUNNEL,
            "figures": list(headline_figures(wiring.report().shop)),
            "failures": self._shop.machine.failures,
        }
        return page("overview", {**shared, **told})

    def _journeys(self) -> Mapping[str, JourneyTally]:
        """Counted anew when something may have happened: reading every enrollment takes a moment."""
        if self._counted is None:
            self._counted = tallies(
                item for _, item in wiring.engagement().everything() if isinstance(item, Enrollment)
            )
        return self._counted
