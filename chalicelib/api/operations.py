"""``GET /v1/rejected``: what could not be read of webhooks and facts, for whoever operates the deployment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalice.app import Blueprint, Response

from chalicelib.api import http
from chalicelib.api.parts import GetParts

if TYPE_CHECKING:
    from chalicelib.api.describing import Piece

DAYS = 7


def blueprint(parts: GetParts) -> Blueprint:
    """The routes of this topic."""
    routes = Blueprint(__name__)

    @routes.route("/v1/rejected", methods=["GET"])
    def get_rejected() -> Response:
        """Each kind of problem of the last ``?days=7`` days, the latest first."""
        from chalicelib.services.reject import KEPT_DAYS, plain

        request = routes.current_request
        if refused := http.refusal(request, parts, http.Use.OPERATE):
            return refused
        text = http.query(request).get("days", str(DAYS))
        if not (text.isascii() and text.isdecimal() and len(text) < 4 and 1 <= int(text) <= KEPT_DAYS):
            return http.problem(400, f"expected a whole number from 1 to {KEPT_DAYS}", "days")
        return http.answer({"rejected": [plain(each) for each in parts().reject.recent(int(text))]})

    return routes


def description() -> Piece:
    """This topic in the OpenAPI document."""
    from chalicelib.api import describing as d
    from chalicelib.services.reject import KEPT_DAYS

    days = {"name": "days", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": KEPT_DAYS}}
    texts = {name: {"type": "string"} for name in ("source", "topic", "field", "problem", "first_at", "last_at")}
    entry = {"type": "object", "properties": {**texts, "messages": {"type": "integer"}}}
    listed = {"type": "object", "properties": {"rejected": {"type": "array", "items": entry}}}
    operation = {
        "summary": "What could not be read of webhooks and facts, by source, field and problem.",
        "security": d.NEEDS_KEY,
        "parameters": [days],
        "responses": {"200": d.answer("Without any value of a message.", listed), **d.errors(400, 401, 503)},
    }
    return d.Piece({"/v1/rejected": {"get": operation}})
