"""``/v1/surveys/{token}``: GET shows the question and changes nothing; POST answers it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalice.app import Blueprint, Response

from chalicelib.api import http
from chalicelib.api.parts import GetParts
from chalicelib.domain.errors import InvalidFact, InvalidToken

if TYPE_CHECKING:
    from chalicelib.api.describing import Piece


def blueprint(parts: GetParts) -> Blueprint:
    """The routes of this topic."""
    routes = Blueprint(__name__)

    @routes.route("/v1/surveys/{token}", methods=["GET"])
    def show_survey(token: str) -> Response:
        """The form, with the score of the mail's link selected."""
        try:
            language = parts().survey.language(token)
        except InvalidToken:
            return http.invalid_link(parts)
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
        except InvalidToken:
            return http.invalid_link(parts) if is_form else http.problem(404, "the link is invalid")
        except InvalidFact as error:
            if http.wants_page(request):
                return http.page("survey", _language(parts, token), 400, shop=shop, error=True)
            return http.problem(400, error.problem, error.field)
        if http.wants_page(request):
            return http.page("survey_thanks", parts().survey.language(token), shop=shop)
        return http.answer({"recorded": first})

    return routes


def description() -> Piece:
    """This topic in the OpenAPI document."""
    from msgspec.json import schema_components

    from chalicelib.api import describing as d
    from chalicelib.api.survey_body import SurveyBody

    (body,), components = schema_components([SurveyBody], ref_template=d.REF)
    show = {
        "summary": "Show the survey's page, with a score selected. Changes nothing.",
        "parameters": [{"name": "score", "in": "query", "required": False, "schema": {"type": "string"}}],
        "responses": {"200": d.page("The page."), "404": d.page("The link is invalid."), **d.unavailable()},
    }
    answer = {
        "summary": "Answer the survey; the first answer counts.",
        "requestBody": d.body(body, {"score": 9, "comment": "Good tea"}, form=True),
        "responses": {
            "200": d.either("Recorded.", d.flag("recorded")),
            "400": d.either("The answer is invalid.", d.ref("Error")),
            "404": d.either("The link is invalid.", d.ref("Error")),
            **d.unavailable(),
        },
    }
    return d.Piece({"/v1/surveys/{token}": {"parameters": d.TOKEN, "get": show, "post": answer}}, components)


def _language(parts: GetParts, token: str) -> str:
    try:
        return parts().survey.language(token)
    except InvalidToken:
        return parts().settings.policy.languages[0]


def _score(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 2 and int(text) <= 10 else None


def _form_answer(fields: dict[str, str]) -> tuple[int, str]:
    score = _score(fields.get("score", ""))
    if score is None:
        raise InvalidFact("score", "expected a whole number from 0 to 10")
    return score, fields.get("comment", "")


def _json_answer(body: bytes) -> tuple[int, str]:
    from chalicelib.api.survey_body import survey_of

    answer = survey_of(body)
    return answer.score, answer.comment
