"""``/v1/surveys/{token}``: GET shows the question and changes nothing; POST answers it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from chalice.app import Blueprint, Response

from chalicelib.api import http
from chalicelib.api.parts import GetParts
from chalicelib.domain.errors import InvalidFact, InvalidToken
from chalicelib.domain.time import to_text

if TYPE_CHECKING:
    from chalicelib.api.describing import Piece
    from chalicelib.domain.facts.answer import Answer

LONGEST_NAME = 64
KEPT = {
    "type": "object",
    "required": ["recorded", "score"],
    "properties": {"recorded": {"type": "boolean"}, "score": {"type": "integer"}},
}


class Sent(NamedTuple):
    """An answer as it was sent, with the name of its form."""

    score: int
    comment: str
    form: str


def blueprint(parts: GetParts) -> Blueprint:
    """The routes of this topic."""
    routes = Blueprint(__name__)

    @routes.route("/v1/surveys/{token}", methods=["GET"])
    def show_survey(token: str) -> Response:
        """The form, with the score of the mail's link selected; or the answer that counts, if it stays."""
        try:
            asked = parts().survey.asked(token)
        except InvalidToken:
            return http.invalid_link(parts)
        if asked.answer and asked.is_final:
            return _thanks(parts, asked.language, asked.answer.score, "final")
        score = _score(http.query(routes.current_request).get("score", ""))
        return _form(parts, asked.language, asked.answer, score=score)

    @routes.route("/v1/surveys/{token}", methods=["POST"], content_types=http.FORMS)
    def answer_survey(token: str) -> Response:
        """Record the answer, as a form or as JSON ``{"score": 9, "comment": "..."}``."""
        request = routes.current_request
        is_form = not request.headers.get("content-type", "").lower().startswith(http.JSON)
        try:
            sent = _form_answer(http.form(request)) if is_form else _json_answer(http.raw_body(request))
            receipt = parts().survey.answer(
                token, sent.score, sent.comment, sent_at=http.received_at(request), form=sent.form
            )
        except InvalidToken:
            return http.invalid_link(parts) if is_form else http.problem(404, "the link is invalid")
        except InvalidFact as error:
            if http.wants_page(request):
                return _form(parts, *_shown(parts, token), 400, error=True)
            return http.problem(400, error.problem, error.field)
        if http.wants_page(request):
            language = parts().survey.asked(token).language
            return _thanks(parts, language, receipt.answer.score, receipt.reception)
        return http.answer({"recorded": receipt.is_recorded, "score": receipt.answer.score})

    return routes


def description() -> Piece:
    """This topic in the OpenAPI document."""
    from msgspec.json import schema_components

    from chalicelib.api import describing as d
    from chalicelib.api.survey_body import SurveyBody

    (body,), components = schema_components([SurveyBody], ref_template=d.REF)
    show = {
        "summary": "Show the survey's page, with a score selected, or the final answer. Changes nothing.",
        "parameters": [{"name": "score", "in": "query", "required": False, "schema": {"type": "string"}}],
        "responses": {"200": d.page("The page."), "404": d.page("The link is invalid."), **d.unavailable()},
    }
    answer = {
        "summary": "Answer the survey; for 24 hours after the first answer, the last one counts.",
        "requestBody": d.body(body, {"score": 9, "comment": "Good tea"}, form=True),
        "responses": {
            "200": d.either("`recorded`: whether this answer counts now; `score`: the one that counts.", KEPT),
            "400": d.either("The answer is invalid.", d.ref("Error")),
            "404": d.either("The link is invalid.", d.ref("Error")),
            **d.unavailable(),
        },
    }
    return d.Piece({"/v1/surveys/{token}": {"parameters": d.TOKEN, "get": show, "post": answer}}, components)


def _form(parts: GetParts, language: str, known: Answer | None, status: int = 200, **more: object) -> Response:
    """The form. It has the time when it was shown in it, so that the same form sent again is no new answer."""
    kept = known.score if known else None
    shop, shown = parts().settings.shop.name, to_text(parts().now())
    return http.page("survey", language, status, shop=shop, kept=kept, form=shown, **more)


def _thanks(parts: GetParts, language: str, kept: int, reception: str) -> Response:
    """The page that says what is kept."""
    return http.page("survey_thanks", language, shop=parts().settings.shop.name, kept=kept, reception=reception)


def _shown(parts: GetParts, token: str) -> tuple[str, Answer | None]:
    """The language and the answer of a link, which may be invalid."""
    try:
        asked = parts().survey.asked(token)
    except InvalidToken:
        return parts().settings.policy.languages[0], None
    return asked.language, asked.answer


def _score(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 2 and int(text) <= 10 else None


def _form_answer(fields: dict[str, str]) -> Sent:
    score = _score(fields.get("score", ""))
    if score is None:
        raise InvalidFact("score", "expected a whole number from 0 to 10")
    return Sent(score, fields.get("comment", ""), fields.get("form", "")[:LONGEST_NAME])


def _json_answer(body: bytes) -> Sent:
    from chalicelib.api.survey_body import survey_of

    answer = survey_of(body)
    return Sent(answer.score, answer.comment, answer.form)
