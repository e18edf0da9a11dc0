"""``POST /v1/facts``: the shop's own systems tell facts, one or up to a hundred."""

from chalice.app import Blueprint, Response

from chalicelib.api import http
from chalicelib.api.parts import GetParts
from chalicelib.domain.errors import Conflict, InvalidFact, Unavailable


def blueprint(parts: GetParts) -> Blueprint:
    """The routes of this topic."""
    routes = Blueprint(__name__)

    @routes.route("/v1/facts", methods=["POST"])
    def post_facts() -> Response:
        """Store facts: 202 and how many were new, or 400 naming the field; all of them are valid, or none is stored."""
        from chalicelib.sources import bodies as schemas

        request = routes.current_request
        if refused := http.refusal(request, parts):
            return refused
        try:
            incoming = schemas.facts_of(http.raw_body(request))
            stored = parts().ingest(incoming)
        except InvalidFact as error:
            return http.problem(400, error.problem, error.field)
        except (Unavailable, Conflict):
            return http.problem(503, "not now; please send it again")
        return http.answer({"received": len(incoming), "stored": stored}, 202)

    return routes
