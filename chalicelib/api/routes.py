"""Every route of the API, one Blueprint per topic."""

from chalice.app import Chalice

from chalicelib.api import facts, kpis, openapi, preferences, surveys, webhooks
from chalicelib.api.parts import GetParts

TOPICS: tuple[openapi.Topic, ...] = (facts, kpis, surveys, preferences, webhooks)


def register(app: Chalice, parts: GetParts) -> None:
    """Add all routes to ``app``."""
    for topic in TOPICS:
        app.register_blueprint(topic.blueprint(parts))
    app.register_blueprint(openapi.blueprint(TOPICS))
