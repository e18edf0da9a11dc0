"""``GET /openapi.json``: the public API in OpenAPI 3.1. Each route describes itself; this module joins the pieces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from chalice.app import Blueprint, Response

from chalicelib.api import http

if TYPE_CHECKING:  # every function imports the routes, but only this route needs the document
    from collections.abc import Sequence

    from chalicelib.api.describing import Piece
    from chalicelib.api.parts import GetParts


class Topic(Protocol):
    """A module of routes."""

    def blueprint(self, parts: GetParts) -> Blueprint: ...
    def description(self) -> Piece: ...


def blueprint(topics: Sequence[Topic]) -> Blueprint:
    """The route of the document about these topics."""
    routes = Blueprint(__name__)

    @routes.route("/openapi.json", methods=["GET"])
    def get_document() -> Response:
        """The document; it needs no key."""
        return http.answer(document(topics))

    return routes


def description() -> Piece:
    """The document's own piece."""
    from chalicelib.api import describing as d

    answers = {"200": d.answer("The document.", {"type": "object"})}
    return d.Piece({"/openapi.json": {"get": {"summary": "This document.", "responses": answers}}})


def document(topics: Sequence[Topic]) -> dict[str, Any]:
    """The whole document."""
    from chalicelib.api.describing import API_KEY, ERROR

    pieces = [*(topic.description() for topic in topics), description()]
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Rekindle",
            "version": "1",
            "description": "Send facts, answer surveys, unsubscribe from mails, and read the figures.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": {path: item for piece in pieces for path, item in piece.paths.items()},
        "components": {
            "schemas": {name: each for piece in pieces for name, each in piece.schemas.items()} | {"Error": ERROR},
            "securitySchemes": {"apiKey": API_KEY}
            | {name: each for piece in pieces for name, each in piece.security.items()},
        },
    }
