"""A delivery of a shop system: checked, read and stored. Imported with the first one: most functions get none.

The same rules apply to all systems: the signature is checked before the body is parsed, the whole body is checked
before the first write, and a delivery that cannot be stored now is refused, so that the system sends it again. A
message that does not fit would not fit the next time either, and systems switch off what refuses them: it is reported
instead. Only what is no body of its topic at all is refused.
"""

import hashlib
import logging
import re

from chalice.app import Request, Response

from chalicelib.api import http, launches, rejections
from chalicelib.api.parts import GetParts
from chalicelib.domain.errors import InvalidFact
from chalicelib.domain.facts.inbound import AccountsMerged, ErasureRequest, InboundFact
from chalicelib.services.metrics import Metric
from chalicelib.sources.registry import sources
from chalicelib.sources.webhook import (
    DataRequest,
    Delivery,
    ShopClosed,
    Unreadable,
    UnusedTopic,
    WebhookItem,
    WebhookRequest,
)

LARGEST_BODY = 4 * 1024 * 1024
"""Bytes. Lambda accepts events of 6 MB, with the body as text; the largest orders have some hundred kilobytes."""
_LOGGABLE = re.compile(r"[a-z_]{1,60}[/.][a-z_]{1,60}")
"""Topics that look like a name. Any other may contain personal data and is not logged."""
log = logging.getLogger("rekindle.webhooks")


def take(parts: GetParts, source: str, current: Request) -> Response:
    """The answer to a delivery: 200 once it is stored, also if it was before; 202 if its topic is not used."""
    found, body = sources().get(source), http.raw_body(current)
    if found is None:
        return http.problem(404, f"expected one of {', '.join(sources())}")
    if len(body) > LARGEST_BODY:
        return http.problem(413, f"expected a body of at most {LARGEST_BODY} bytes")
    webhook, request = found.webhook(), WebhookRequest(current.headers, body, parts().now(), _zone(parts))
    if webhook.is_ping(request):
        return http.answer({"received": 0, "stored": 0})
    try:
        if not webhook.is_signed(request, parts().webhook_secrets(found.secret)):
            return http.problem(401, webhook.expected)
        delivery = webhook.read(request)
    except InvalidFact as error:
        topic = request.header(found.topic_header) if found.topic_header else ""
        rejections.report(parts, source, [(topic if _LOGGABLE.fullmatch(topic) else "", error)])
        return http.problem(400, error.problem, error.field)
    return _store(parts, source, delivery, body)


def _zone(parts: GetParts) -> str:
    zone: str = parts().settings.policy.zone
    return zone


def _store(parts: GetParts, source: str, delivery: Delivery, body: bytes) -> Response:
    """Store the facts of a delivery, count unused topics, report what does not fit, log requests for an operator."""
    inbound = [each for each in delivery.items if isinstance(each, InboundFact | ErasureRequest | AccountsMerged)]
    unused = [each.topic for each in delivery.items if isinstance(each, UnusedTopic)]
    unread = [(each.topic, each.error) for each in delivery.items if isinstance(each, Unreadable)]
    if unused:
        parts().emit(Metric.UNKNOWN_WEBHOOKS, len(unused))
    for topic in filter(_LOGGABLE.fullmatch, dict.fromkeys(unused)):
        log.info("webhook ignored: topic not used", extra={"source": source, "topic": topic})
    if len(unused) == len(delivery.items) > 0:
        return http.answer({"received": 0, "stored": 0}, 202)

    def notify() -> None:
        rejections.report(parts, source, unread)
        for each in delivery.items:
            _log_request(parts, source, each)

    known_as = delivery.id
    if known_as and unread:  # the same again is told once; what is sent again once it can be read has another body
        known_as = f"{known_as} {hashlib.sha256(body).hexdigest()}"
    stored = parts().ingest.delivery(source, known_as, inbound, notify)
    told = {**launches.described(parts, inbound), **rejections.answered(error for _, error in unread)}
    return http.answer({"received": len(inbound), "stored": stored, **told})


def _log_request(parts: GetParts, source: str, item: WebhookItem) -> None:
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
