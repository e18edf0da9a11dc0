"""``/v1/surveys/{token}``: a GET shows the question and changes nothing, the POST answers it."""

from chalice.app import Blueprint, Response

from chalicelib.api import http
from chalicelib.api.parts import GetParts
from chalicelib.domain.errors import InvalidFact, InvalidToken


def blueprint(parts: GetParts) -> Blueprint:
    """The routes of this topic."""
    routes = Blueprint(__name__)

    @routes.route("/v1/surveys/{token}", methods=["GET"])
    def show_survey(token: str) -> Response:
        """The form, the score that the mail's link says chosen beforehand."""
        try:
            language = parts().survey.language(token)
        except InvalidToken:
            return http.page("invalid", "en", 404, shop=parts().settings.shop.name)
        score = _score(http.query(routes.current_request).get("score", ""))
        return http.page("survey", language, shop=parts().settings.shop.name, score=score)

    @routes.route("/v1/surveys/{token}", methods=["POST"], content_types=http.FORMS)
    def answer_survey(token: str) -> Response:
        """Record the answer, as a form or as JSON ``{"score": 9, "comment": "..."}``."""
        request, shop = routes.current_request, parts().settings.shop.name
        is_form = not request.headers.get("content-type", "").startswith(http.JSON)
        try:
            score, comment = _form_answer(http.form(request)) if is_form else _json_answer(http.raw_body(request))
            first = parts().survey.answer(token, score, comment)
            language = parts().survey.language(token) if http.wants_page(request) else "en"
        except InvalidToken:
            return (
                http.page("invalid", "en", 404, shop=shop) if is_form else http.problem(404, "this link is not valid")
            )
        except InvalidFact as error:
            if http.wants_page(request):
                return http.page("survey", _language(parts, token), 400, shop=shop, error=True)
            return http.problem(400, error.problem, error.field)
        if http.wants_page(request):
            return http.page("survey_thanks", language, shop=shop)
        return http.answer({"recorded": first})

    return routes


def _language(parts: GetParts, token: str) -> str:
    try:
        return parts().survey.language(token)
    except InvalidToken:
        return "en"


def _score(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 2 and int(text) <= 10 else None


def _form_answer(fields: dict[str, str]) -> tuple[int, str]:
    score = _score(fields.get("score", ""))
    if score is None:
        raise InvalidFact("score", "expected a whole number from 0 to 10")
    return score, fields.get("comment", "")


def _json_answer(body: bytes) -> tuple[int, str]:
    from chalicelib.sources import bodies as schemas

    answer = schemas.survey_of(body)
    return answer.score, answer.comment
