"""``/v1/unsubscribe/{token}``: a GET asks and changes nothing; the POST does it, with one click, as RFC 8058 wants."""

from chalice.app import Blueprint, Response

from chalicelib.api import http
from chalicelib.api.parts import GetParts
from chalicelib.domain.errors import InvalidToken


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
            return http.page("invalid", "en", 404, shop=shop)

    @routes.route("/v1/unsubscribe/{token}", methods=["POST"], content_types=http.FORMS)
    def unsubscribe(token: str) -> Response:
        """Unsubscribe: without cookie, login or confirmation, whatever the body, as often as it is sent."""
        shop = parts().settings.shop.name
        try:
            parts().preferences.unsubscribe(token)
            if http.wants_page(routes.current_request):
                return http.page("unsubscribed", parts().preferences.language(token), shop=shop)
        except InvalidToken:
            return http.page("invalid", "en", 404, shop=shop)
        return http.answer({"unsubscribed": True})

    return routes
