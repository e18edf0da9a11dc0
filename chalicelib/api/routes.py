"""Every route of the API, one Blueprint per topic."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from chalice.app import Chalice

from chalicelib.api import facts, http, kpis, openapi, operations, preferences, surveys, webhooks
from chalicelib.api.parts import GetParts
from chalicelib.domain.errors import Conflict, Unavailable

TOPICS: tuple[openapi.Topic, ...] = (facts, kpis, operations, surveys, preferences, webhooks)


def register(app: Chalice, parts: GetParts) -> None:
    """Add all routes to ``app``; each answers 503 where AWS refuses for now."""
    for topic in TOPICS:
        app.register_blueprint(topic.blueprint(parts))
    app.register_blueprint(openapi.blueprint(TOPICS))
    for methods in app.routes.values():
        for route in methods.values():
            route.view_function = _answering(route.view_function, app, parts)


def _answering(view: Callable[..., Any], app: Chalice, parts: GetParts) -> Callable[..., Any]:
    @wraps(view)
    def answer(**arguments: str) -> Any:
        try:
            return view(**arguments)
        except (Unavailable, Conflict):
            return http.unavailable(app.current_request, parts)

    return answer
