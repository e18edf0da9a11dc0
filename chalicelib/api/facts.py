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
        """Store facts: 202 and how many were new. If one is invalid: 400 with the field, and none is stored.

        With ``?partial=true`` only a body that is no list of facts is a 400: the good facts of a list are stored, and
        the answer has the others' fields.
        """
        from chalicelib.api import launches, rejections
        from chalicelib.services.reject import FACTS
        from chalicelib.sources.bodies import Unread, each_of, facts_of

        request = routes.current_request
        if refused := http.refusal(request, parts, http.Use.FACTS):
            return refused
        read = each_of if http.query(request).get("partial") == "true" else facts_of
        try:
            found = read(http.raw_body(request), parts().now())
        except InvalidFact as error:
            return http.problem(400, error.problem, error.field)
        good = [each for each in found if not isinstance(each, Unread)]
        bad = [each for each in found if isinstance(each, Unread)]
        stored = parts().ingest(good)
        told = rejections.report(parts, FACTS, bad)
        return http.answer({"received": len(good), "stored": stored, **launches.described(parts, good), **told}, 202)

    return routes


def description() -> Piece:
    """This topic in the OpenAPI document."""
    from chalicelib.api import describing as d
    from chalicelib.sources.bodies import MOST_FACTS, schemas

    body, components = schemas(d.REF)
    operation = {
        "summary": f"Store one fact, or up to {MOST_FACTS}: all or none, unless partial=true.",
        "security": d.NEEDS_KEY,
        "parameters": [
            {
                "name": "partial",
                "in": "query",
                "description": "Of several facts, store the good ones, and answer with the fields of the others.",
                "schema": {"enum": ["true", "false"], "default": "false"},
            }
        ],
        "requestBody": d.body(body, d.AN_ORDER),
        "responses": {
            "202": d.answer("Accepted; 'stored' counts the facts that were new.", d.STORED),
            **d.errors(400, 401, 413, 503),
        },
    }
    return d.Piece({"/v1/facts": {"post": operation}}, components)
