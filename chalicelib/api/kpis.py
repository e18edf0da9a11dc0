"""``GET /v1/kpis``: the figures as JSON; ``GET /healthz``: whether the API answers."""

from datetime import date

from chalice.app import Blueprint, Response

from chalicelib.api import http
from chalicelib.api.parts import GetParts


def blueprint(parts: GetParts) -> Blueprint:
    """The routes of this topic."""
    routes = Blueprint(__name__)

    @routes.route("/v1/kpis", methods=["GET"])
    def get_kpis() -> Response:
        """All figures; ``?from=2026-11-01&to=2026-11-30`` limits the journeys' days (UTC, both included)."""
        if refused := http.refusal(routes.current_request, parts):
            return refused
        asked = http.query(routes.current_request)
        limits: dict[str, date] = {}
        for field, name in (("from", "first"), ("to", "last")):
            if field in asked:
                try:
                    limits[name] = date.fromisoformat(asked[field])
                except ValueError:
                    return http.problem(400, "expected a date such as 2026-11-30", field)
        return http.answer(parts().report(**limits).as_json())

    @routes.route("/healthz", methods=["GET"])
    def health() -> Response:
        """That the API answers; it looks at nothing behind it."""
        return http.answer({"ok": True})

    return routes
