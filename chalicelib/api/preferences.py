"""``/v1/unsubscribe/{token}``: GET shows a button; POST unsubscribes with one click, as RFC 8058 requires."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalice.app import Blueprint, Response

from chalicelib.api import http
from chalicelib.api.parts import GetParts
from chalicelib.domain.errors import InvalidToken

if TYPE_CHECKING:
    from chalicelib.api.describing import Piece


def blueprint(parts: GetParts) -> Blueprint:
    """The routes of this topic."""
    routes = Blueprint(__name__)

    @routes.route("/v1/unsubscribe/{token}", methods=["GET"])
    def ask(token: str) -> Response:
        """A page with the button."""
        shop = parts().settings.shop.name
        try:
            return http.page("unsubscribe", parts().preferences.language(token), shop=shop)
        except InvalidToken:
            return http.invalid_link(parts)

    @routes.route("/v1/unsubscribe/{token}", methods=["POST"], content_types=["*/*"])
    def unsubscribe(token: str) -> Response:
        """Unsubscribe: without cookie, login or confirmation, with any body; a repeated request is safe."""
        shop = parts().settings.shop.name
        try:
            parts().preferences.unsubscribe(token)
            if http.wants_page(routes.current_request):
                return http.page("unsubscribed", parts().preferences.language(token), shop=shop)
        except InvalidToken:
            return http.invalid_link(parts)
        return http.answer({"unsubscribed": True})

    return routes


def description() -> Piece:
    """This topic in the OpenAPI document."""
    from chalicelib.api import describing as d

    invalid = d.page("The link is invalid.")
    ask = {
        "summary": "Show the page with the unsubscribe button. Changes nothing.",
        "responses": {"200": d.page("The page."), "404": invalid, **d.unavailable()},
    }
    unsubscribe = {
        "summary": "Unsubscribe with one click (RFC 8058).",
        "requestBody": {"required": False, "content": {http.FORM: {"schema": {"type": "object"}}}},
        "responses": {
            "200": d.either("Unsubscribed.", d.flag("unsubscribed")),
            "404": invalid,
            **d.unavailable(),
        },
    }
    return d.Piece({"/v1/unsubscribe/{token}": {"parameters": d.TOKEN, "get": ask, "post": unsubscribe}})
