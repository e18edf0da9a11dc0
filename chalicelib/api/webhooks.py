"""``POST /webhooks/{source}``: what the shop's own systems send when something happened. See docs/webhooks.md.

The rules are the same for all: nothing of a body is looked at before its signature was checked, all of it is checked
before the first write, and what cannot be kept for now is refused so that it is sent again.
"""

import logging
import re
from importlib import import_module

from chalice.app import Blueprint, Response

from chalicelib.api import http
from chalicelib.api.parts import GetParts
from chalicelib.domain.errors import Conflict, InvalidFact, Unavailable
from chalicelib.domain.facts.inbound import ErasureRequest, InboundFact
from chalicelib.services.measures import Measure
from chalicelib.sources.webhook import DataRequest, Delivery, Post, ShopClosed, Source, Unknown

SOURCES = ("shopify", "woocommerce", "segment", "events")
PACKAGES = {"events": "standard_webhooks"}
LARGEST_BODY = 4 * 1024 * 1024
"""Lambda takes events of 6 MB, in which a body stands as text; the largest orders have some hundred kilobytes."""
_SAFE = re.compile(r"[a-z_]{1,60}[/.][a-z_]{1,60}")
"""Topics written like a name; any other may be anything, and is not logged."""
log = logging.getLogger("rekindle.webhooks")


def source_named(name: str) -> Source | None:
    """A source, imported when it is first asked for."""
    if name not in SOURCES:
        return None
    source: Source = import_module(f"chalicelib.sources.{PACKAGES.get(name, name)}.webhook").SOURCE
    return source


def blueprint(parts: GetParts) -> Blueprint:
    """The routes of this topic."""
    routes = Blueprint(__name__)

    @routes.route("/webhooks/{source}", methods=["POST"], content_types=["*/*"])
    def receive(source: str) -> Response:
        """Store what a delivery tells: 200, also when it came before; 202 when it tells nothing that is wanted here."""
        found, body = source_named(source), http.raw_body(routes.current_request)
        if found is None:
            return http.problem(404, f"expected one of {', '.join(SOURCES)}")
        if len(body) > LARGEST_BODY:
            return http.problem(413, f"expected a body of at most {LARGEST_BODY} bytes")
        post = Post(routes.current_request.headers, body, parts().now())
        if found.is_ping(post):
            return http.answer({"received": 0, "stored": 0})
        try:
            if not found.is_signed(post, parts().webhook_secrets(source)):
                return http.problem(401, found.expects)
            return _take(parts, source, found.read(post))
        except InvalidFact as error:
            return http.problem(400, error.problem, error.field)
        except (Unavailable, Conflict):
            return http.problem(503, "not now; please send it again")

    return routes


def _take(parts: GetParts, source: str, delivery: Delivery) -> Response:
    """Store what was told, and tell an operator what is for people to do."""
    told = [each for each in delivery.heard if isinstance(each, InboundFact | ErasureRequest)]
    unknown = [each.topic for each in delivery.heard if isinstance(each, Unknown)]
    if unknown:
        parts().tell(Measure.UNKNOWN_WEBHOOKS, len(unknown))
    for topic in filter(_SAFE.fullmatch, dict.fromkeys(unknown)):
        log.info("a webhook of a topic that tells nothing wanted here", extra={"source": source, "topic": topic})
    if len(unknown) == len(delivery.heard) > 0:
        return http.answer({"received": 0, "stored": 0}, 202)
    ingest = parts().ingest
    stored = ingest(told) if delivery.id is None else ingest.delivery(source, delivery.id, told)
    if stored is not None:
        for each in delivery.heard:
            _notify(parts, source, each)
    return http.answer({"received": len(told), "stored": stored or 0})


def _notify(parts: GetParts, source: str, heard: object) -> None:
    """Tell an operator, by the log, what no machine should do alone."""
    match heard:
        case DataRequest(person):
            customer = parts().ingest.identify.known(person)
            command = f"rekindle export {customer}" if customer else None
            told = {"source": source, "customer": customer, "show": command}
            log.warning("a customer asks for their data", extra=told)
        case ShopClosed():
            log.warning(
                "the shop is to be forgotten: its data stay until an operator deletes the stack",
                extra={"source": source},
            )
        case _:
            return
