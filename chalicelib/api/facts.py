"""``POST /v1/facts``: the shop's own systems send facts; ``sources.bodies`` has their form, and how many may come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalice.app import Blueprint, Response

from chalicelib.api import http
from chalicelib.api.parts import GetParts
from chalicelib.domain.errors import InvalidFact

if TYPE_CHECKING:
    from chalicelib.api.describing import Piece


def blueprint(parts: GetParts) -> Blueprint:
    """The routes of this topic."""
    routes = Blueprint(__name__)

    @routes.route("/v1/facts", methods=["POST"])
    def post_facts() -> Response:
        """Store facts: 202 and how many were new. If one is invalid: 400 with the field, and none is stored."""
        from chalicelib.api import launches
        from chalicelib.sources.bodies import facts_of

        request = routes.current_request
        if refused := http.refusal(request, parts):
            return refused
        try:
            found = facts_of(http.raw_body(request), parts().now())
            stored = parts().ingest(found)
        except InvalidFact as error:
            return http.problem(400, error.problem, error.field)
        return http.answer({"received": len(found), "stored": stored, **launches.described(parts, found)}, 202)

    return routes


def description() -> Piece:
    """This topic in the OpenAPI document."""
    from chalicelib.api import describing as d
    from chalicelib.sources.bodies import MOST_FACTS, schemas

    body, components = schemas(d.REF)
    operation = {
        "summary": f"Store one fact, or up to {MOST_FACTS}: all or none.",
        "security": d.NEEDS_KEY,
        "requestBody": d.body(body, d.AN_ORDER),
        "responses": {
            "202": d.answer("Accepted; 'stored' counts the facts that were new.", d.STORED),
            **d.errors(400, 401, 413, 503),
        },
    }
    return d.Piece({"/v1/facts": {"post": operation}}, components)
