"""What several routes use: answers, the pages' headers, the check of the API key, forms."""

import hmac
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import parse_qs

from chalice.app import Request, Response

from chalicelib.api.pages import render_page
from chalicelib.api.parts import GetParts


class Use(StrEnum):
    """What an API key is for: each use has its own, so that one that leaks opens one door."""

    FACTS = "facts"
    FIGURES = "figures"
    OPERATE = "operate"


LARGEST_BODY = 256 * 1024
LARGEST_FORM = 128 * 1024
"""Bytes of a form in parts, which anybody may send: a comment of 5,000 letters needs much less."""
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
FORMS = [FORM, MULTIPART, JSON]
EPOCH = datetime.fromtimestamp(0, UTC)
PAGE = "text/html; charset=utf-8"
HEADERS: dict[str, str | list[str]] = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=63072000",
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
}
"""Of every answer. The host may be the shop's own, so HTTPS is asked for it alone, and not for those below it."""


def answer(body: Mapping[str, Any], status: int = 200) -> Response:
    """A JSON answer."""
    return Response(body=dict(body), status_code=status, headers=HEADERS | {"Content-Type": JSON})


def problem(status: int, text: str, field: str | None = None) -> Response:
    """An error answer: what is wrong with the request, in one sentence, and the name of the field."""
    error = {"problem": text} | ({"field": field} if field else {})
    return answer({"error": error}, status)


def page(name: str, language: str, status: int = 200, **context: object) -> Response:
    """A page for a person."""
    return Response(
        body=render_page(name, language, **context), status_code=status, headers=HEADERS | {"Content-Type": PAGE}
    )


def invalid_link(parts: GetParts) -> Response:
    """The page for an invalid link, in the shop's own language."""
    return _page_of_the_shop("invalid", 404, parts)


def unavailable(request: Request | None, parts: GetParts) -> Response:
    """The answer where AWS refuses for now: a page for a browser, in the shop's own language, else an error answer."""
    if request is None or not wants_page(request):
        return problem(503, "temporarily unavailable; please send it again")
    return _page_of_the_shop("unavailable", 503, parts)


def _page_of_the_shop(name: str, status: int, parts: GetParts) -> Response:
    """A page in the shop's first language, because the customer's is not known."""
    settings = parts().settings
    return page(name, settings.policy.languages[0], status, shop=settings.shop.name)


def raw_body(request: Request) -> bytes:
    """The body as it was sent."""
    body = request.raw_body
    return body.encode() if isinstance(body, str) else body


def refusal(request: Request, parts: GetParts, use: Use) -> Response | None:
    """The error for a request of the shop's systems without a valid API key of its use, or with a too large body."""
    scheme, _, given = request.headers.get("authorization", "").strip().partition(" ")
    found = [hmac.compare_digest(given.strip().encode(), key.encode()) for key in parts().api_keys(use)]
    if scheme.lower() != "bearer" or not any(found):
        return problem(401, f"expected 'Authorization: Bearer' with an API key for {use}")
    if len(raw_body(request)) > LARGEST_BODY:
        return problem(413, f"expected a body of at most {LARGEST_BODY} bytes")
    return None


def query(request: Request) -> dict[str, str]:
    """The query's parameters, each once."""
    return dict(request.query_params or {})


def received_at(request: Request) -> datetime | None:
    """When API Gateway received the request: of two at once, the function may handle the later one first."""
    epoch = request.context.get("requestTimeEpoch")
    return EPOCH + timedelta(milliseconds=epoch) if isinstance(epoch, int) else None


def wants_page(request: Request) -> bool:
    """Whether the request comes from a browser, not from a program."""
    return "text/html" in request.headers.get("accept", "")


def form(request: Request) -> dict[str, str]:
    """The fields of a posted form, each once; empty if the body is not a form or is damaged."""
    kind, body = request.headers.get("content-type", ""), raw_body(request)
    if kind.lower().startswith(FORM):
        try:
            fields = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=20)
        except ValueError:
            return {}
        return {name: values[0] for name, values in fields.items()}
    if kind.lower().startswith(MULTIPART) and len(body) <= LARGEST_FORM:
        return _multipart(kind, body)
    return {}


def _multipart(kind: str, body: bytes) -> dict[str, str]:
    from email.parser import BytesParser
    from email.policy import HTTP

    fields: dict[str, str] = {}
    try:
        message = BytesParser(policy=HTTP).parsebytes(
            b"Content-Type: " + kind.encode("latin-1", "replace") + b"\r\n\r\n" + body
        )
        for part in message.iter_parts() if message.is_multipart() else ():
            name = part.get_param("name", header="content-disposition")
            payload = part.get_payload(decode=True)
            if isinstance(name, str) and isinstance(payload, bytes):
                fields[name] = payload.decode("utf-8", "replace").strip()
    except Exception:  # the parser of headers raises IndexError, TypeError and others for damaged ones
        return {}
    return fields
