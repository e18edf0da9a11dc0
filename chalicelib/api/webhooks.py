"""``POST /webhooks/{source}``: deliveries of shop systems. See docs/webhooks.md.

The same rules apply to all systems: the signature is checked before the body is parsed, the whole body is checked
before the first write, and a delivery that cannot be stored now is refused, so that the system sends it again.
"""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING

from chalice.app import Blueprint, Response

from chalicelib.api import http
from chalicelib.api.parts import GetParts
from chalicelib.domain.errors import Conflict, InvalidFact, Unavailable
from chalicelib.domain.facts.inbound import ErasureRequest, InboundFact
from chalicelib.services.metrics import Metric
from chalicelib.sources.webhook import DataRequest, Delivery, ShopClosed, UnusedTopic, WebhookItem, WebhookRequest

if TYPE_CHECKING:
    from chalicelib.api.describing import Piece

LARGEST_BODY = 4 * 1024 * 1024
"""Bytes. Lambda accepts events of 6 MB, with the body as text; the largest orders have some hundred kilobytes."""
_LOGGABLE = re.compile(r"[a-z_]{1,60}[/.][a-z_]{1,60}")
"""Topics that look like a name. Any other may contain personal data and is not logged."""
log = logging.getLogger("rekindle.webhooks")


def blueprint(parts: GetParts) -> Blueprint:
    """The routes of this topic."""
    routes = Blueprint(__name__)

    @routes.route("/webhooks/{source}", methods=["POST"], content_types=["*/*"])
    def receive(source: str) -> Response:
        """Store a delivery: 200, also if it was stored before; 202 if its topic is not used."""
        from chalicelib.sources.registry import sources

        found, body = sources().get(source), http.raw_body(routes.current_request)
        if found is None:
            return http.problem(404, f"expected one of {', '.join(sources())}")
        if len(body) > LARGEST_BODY:
            return http.problem(413, f"expected a body of at most {LARGEST_BODY} bytes")
        webhook, request = found.webhook(), WebhookRequest(routes.current_request.headers, body, parts().now())
        if webhook.is_ping(request):
            return http.answer({"received": 0, "stored": 0})
        try:
            if not webhook.is_signed(request, parts().webhook_secrets(found.secret)):
                return http.problem(401, webhook.expected)
            return _take(parts, source, webhook.read(request))
        except InvalidFact as error:
            return http.problem(400, error.problem, error.field)
        except (Unavailable, Conflict):
            return http.problem(503, "temporarily unavailable; please send it again")

    return routes


def _take(parts: GetParts, source: str, delivery: Delivery) -> Response:
    """Store the facts of a delivery, count unused topics, and log requests for an operator."""
    inbound = [each for each in delivery.items if isinstance(each, InboundFact | ErasureRequest)]
    unused = [each.topic for each in delivery.items if isinstance(each, UnusedTopic)]
    if unused:
        parts().emit(Metric.UNKNOWN_WEBHOOKS, len(unused))
    for topic in filter(_LOGGABLE.fullmatch, dict.fromkeys(unused)):
        log.info("webhook ignored: topic not used", extra={"source": source, "topic": topic})
    if len(unused) == len(delivery.items) > 0:
        return http.answer({"received": 0, "stored": 0}, 202)
    ingest = parts().ingest
    stored = ingest(inbound) if delivery.id is None else ingest.delivery(source, delivery.id, inbound)
    if stored is not None:
        for each in delivery.items:
            _notify(parts, source, each)
    return http.answer({"received": len(inbound), "stored": stored or 0})


def _notify(parts: GetParts, source: str, item: WebhookItem) -> None:
    """Log a request that only an operator can answer."""
    match item:
        case DataRequest(person):
            customer = parts().ingest.identify.known(person)
            command = f"rekindle export {customer}" if customer else None
            log.warning(
                "a customer requested their data", extra={"source": source, "customer": customer, "show": command}
            )
        case ShopClosed():
            log.warning(
                "the shop requested erasure: no data is deleted until an operator deletes the stack",
                extra={"source": source},
            )
        case _:
            return


def description() -> Piece:
    """This topic in the OpenAPI document, from the declarations of the shop systems."""
    from chalicelib.api import describing as d
    from chalicelib.sources.bodies import schemas
    from chalicelib.sources.registry import sources

    body, components = schemas(d.REF)
    headers = {header: each.title for each in sources().values() for header in each.signature_headers}
    received = d.numbers("received", "stored")
    operation = {
        "summary": "Store a delivery of a shop system, signed as that system signs it.",
        "description": "\n".join(f"- {name}: {each.title}, {each.body}." for name, each in sources().items()),
        "security": [{header: []} for header in headers],
        "parameters": [{"name": "source", "in": "path", "required": True, "schema": {"enum": list(sources())}}],
        "requestBody": d.body({"anyOf": [body, {"type": "object"}]}, d.AN_ORDER),
        "responses": {
            "200": d.answer("Stored, now or earlier.", received),
            "202": d.answer("Ignored: topic not used.", received),
            **d.errors(400, 401, 404, 413, 503),
        },
    }
    security = {
        header: {"type": "apiKey", "in": "header", "name": header, "description": f"Signs webhooks of {title}."}
        for header, title in headers.items()
    }
    return d.Piece({"/webhooks/{source}": {"post": operation}}, components, security)
