"""``GET /v1/kpis``: the figures as JSON; ``GET /healthz``: whether the API is up."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from chalice.app import Blueprint, Response

from chalicelib.api import http
from chalicelib.api.parts import GetParts

if TYPE_CHECKING:
    from chalicelib.api.describing import Piece


def blueprint(parts: GetParts) -> Blueprint:
    """The routes of this topic."""
    routes = Blueprint(__name__)

    @routes.route("/v1/kpis", methods=["GET"])
    def get_kpis() -> Response:
        """All figures; ``?from=2026-11-01&to=2026-11-30`` limits the journeys to these days (the shop's, inclusive)."""
        if refused := http.refusal(routes.current_request, parts, http.Use.FIGURES):
            return refused
        asked = http.query(routes.current_request)
        limits: dict[str, date] = {}
        for field, name in (("from", "first"), ("to", "last")):
            if field in asked:
                try:
                    limits[name] = date.fromisoformat(asked[field])
                except ValueError:
                    return http.problem(400, "expected a date such as 2026-11-30", field)
        return http.answer(parts().kpis(**limits).as_json())

    @routes.route("/healthz", methods=["GET"])
    def health() -> Response:
        """Whether the API is up; no other service is checked."""
        return http.answer({"ok": True})

    return routes


def description() -> Piece:
    """This topic in the OpenAPI document."""
    from chalicelib.api import describing as d

    day = {"in": "query", "required": False, "schema": {"type": "string", "format": "date"}}
    kpis = {
        "summary": "All figures; 'from' and 'to' limit the journeys to these days (the shop's, inclusive).",
        "security": d.NEEDS_KEY,
        "parameters": [{"name": name, **day} for name in ("from", "to")],
        "responses": {"200": d.answer("The figures.", {"type": "object"}), **d.errors(400, 401, 413, 503)},
    }
    health = {
        "summary": "Check whether the API is up.",
        "responses": {"200": d.answer("The API is up.", {"type": "object"})},
    }
    return d.Piece({"/v1/kpis": {"get": kpis}, "/healthz": {"get": health}})
