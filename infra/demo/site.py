"""The routes of the pages. GET changes nothing, except that a click on a mail's link is counted."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from http import HTTPStatus

from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import BaseConverter, Map, Rule
from werkzeug.wrappers import Request, Response

import app
from chalicelib.domain.journeys.run import Enrollment
from infra.demo.customers import customer_page, customers_page
from infra.demo.mails import click, inbox_page, mail_html, mail_page
from infra.demo.rendering import form_of, local_path, page, redirect, stylesheet
from infra.demo.simulation import Simulation
from infra.demo.storefront import Storefront
from infra.demo.tallies import COLUMNS, JourneyTally, tallies
from infra.demo.words import headline_figures
from infra.web.forwarding import as_response, forward, sent_path

STEPS = {"hour": timedelta(hours=1), "day": timedelta(days=1)}
FUNNEL = tuple(kind for kind in COLUMNS if kind not in ("withheld", "suppressed"))

Shared = Mapping[str, object]
"""The values that all pages show."""
View = Callable[..., Response | None]
"""A page, given the request, the values for all pages, and the values in its path; None if there is no such page."""


class _Number(BaseConverter):
    regex = "[0-9]{1,9}"

    def to_python(self, value: str) -> int:
        return int(value)


class _Key(BaseConverter):
    regex = "[0-9A-Za-z_-]{1,64}"


class _Anything(BaseConverter):
    regex = ".*"
    part_isolating = False


class Site:
    """The pages of one shop. Call it with one request at a time; ``keep`` is called after each change."""

    def __init__(self, shop: Simulation, keep: Callable[[], None] = lambda: None) -> None:
        self._shop, self._keep = shop, keep
        self._storefront = Storefront(shop)
        self._counted: Mapping[str, JourneyTally] | None = None
        converters = {"number": _Number, "key": _Key, "anything": _Anything}
        self._urls = Map(self._rules(shop), converters=converters, merge_slashes=False).bind("localhost")

    def _rules(self, shop: Simulation) -> list[Rule]:
        return [
            _get("/", self._overview),
            _get("/style.css", lambda request, shared: stylesheet()),
            _post("/clock", self._advance),
            _get("/inbox", lambda request, shared: inbox_page(shop, request, shared)),
            _get("/inbox/<number:n>", lambda request, shared, n: mail_page(shop, request, shared, n)),
            _get("/inbox/<number:n>/html", lambda request, shared, n: mail_html(shop, n)),
            _get("/click/<number:n>/<number:link>", lambda request, shared, n, link: click(shop, n, link)),
            _get("/customers", lambda request, shared: customers_page(shop, request, shared)),
            _get("/customers/<key:key>", lambda request, shared, key: customer_page(key, shared)),
            _get("/shop", self._storefront.show),
            _get("/shop/", self._storefront.show),
            _get("/shop/<key:what>", lambda request, shared, what: self._storefront.show(request, shared)),
            _post("/shop/<key:what>", self._storefront.act),
            Rule("/v1/<anything:rest>", endpoint=self._api),
            Rule("/healthz", endpoint=self._api),
            Rule("/openapi.json", endpoint=self._api),
        ]

    def __call__(self, request: Request) -> Response:
        """Answer one request."""
        changes = request.method != "GET" or request.path.startswith("/click/")
        if changes:
            self._counted = None
        shared = {"now": self._shop.now, "path": sent_path(request), "shop": app.parts.settings.shop}
        try:
            view, values = self._urls.match(request.path, request.method)
        except HTTPException as error:
            return _missing(shared, error)
        answer = view(request, shared, **values) or _missing(shared)
        if changes:
            self._keep()
        return answer

    def _api(self, request: Request, shared: Shared, rest: str = "") -> Response:
        """The real API, behind its gateway; all functions that follow from the request run at once."""
        answer = forward(self._shop.machine, request)
        self._shop.machine.pump()
        return as_response(answer)

    def _advance(self, request: Request, shared: Shared) -> Response:
        form = form_of(request)
        if step := STEPS.get(form.get("by", "")):
            self._shop.machine.advance_to(self._shop.now + step)
        return redirect(local_path(form.get("next", "/")))

    def _overview(self, request: Request, shared: Shared) -> Response:
        known = {
            "customers": len(self._shop.people),
            "mails": len(self._shop.machine.inbox),
            "journeys": self._journeys(),
            "funnel": FUNNEL,
            "figures": list(headline_figures(app.parts.kpis().shop)),
            "failures": self._shop.machine.failures,
        }
        return page("overview", {**shared, **known})

    def _journeys(self) -> Mapping[str, JourneyTally]:
        """The tallies, counted again only after a possible change, because reading every enrollment takes time."""
        if self._counted is None:
            self._counted = tallies(
                item for _, item in app.parts.engagement.everything() if isinstance(item, Enrollment)
            )
        return self._counted


def _get(path: str, view: View) -> Rule:
    return Rule(path, methods=["GET"], endpoint=view)


def _post(path: str, view: View) -> Rule:
    return Rule(path, methods=["POST"], endpoint=view)


def _missing(shared: Shared, error: HTTPException | None = None) -> Response:
    """The page for an unknown address: 405 with the allowed methods if only the method is wrong, else 404."""
    if not isinstance(error, MethodNotAllowed):
        return page("missing", shared, HTTPStatus.NOT_FOUND)
    response = page("missing", shared, HTTPStatus.METHOD_NOT_ALLOWED)
    response.allow.update(error.valid_methods or ())
    return response
