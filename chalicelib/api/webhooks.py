"""``POST /webhooks/{source}``: the route of shop systems' deliveries; their answers are in ``webhook_answers``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalice.app import Blueprint, Response

from chalicelib.api.parts import GetParts

if TYPE_CHECKING:
    from chalicelib.api.describing import Piece


def blueprint(parts: GetParts) -> Blueprint:
    """The routes of this topic."""
    routes = Blueprint(__name__)

    @routes.route("/webhooks/{source}", methods=["POST"], content_types=["*/*"])
    def receive(source: str) -> Response:
        """Store a delivery: 200, also if it was stored before; 202 if its topic is not used."""
        from chalicelib.api.webhook_answers import take

        return take(parts, source, routes.current_request)

    return routes


def description() -> Piece:
    """This topic in the OpenAPI document, from the declarations of the shop systems."""
    from chalicelib.api import describing as d
    from chalicelib.sources.bodies import schemas
    from chalicelib.sources.registry import sources

    body, components = schemas(d.REF)
    headers = {header: each.title for each in sources().values() for header in each.signature_headers}
    operation = {
        "summary": "Store a delivery of a shop system, signed as that system signs it.",
        "description": "\n".join(f"- {name}: {each.title}, {each.body}." for name, each in sources().items()),
        "security": [{header: []} for header in headers],
        "parameters": [{"name": "source", "in": "path", "required": True, "schema": {"enum": list(sources())}}],
        "requestBody": d.body({"anyOf": [body, {"type": "object"}]}, d.AN_ORDER),
        "responses": {
            "200": d.answer("Stored, now or earlier.", d.STORED),
            "202": d.answer("Ignored: topic not used.", d.numbers("received", "stored")),
            **d.errors(400, 401, 404, 413, 503),
        },
    }
    security = {
        header: {"type": "apiKey", "in": "header", "name": header, "description": f"Signs webhooks of {title}."}
        for header, title in headers.items()
    }
    return d.Piece({"/webhooks/{source}": {"post": operation}}, components, security)
