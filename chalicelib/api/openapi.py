"""``GET /openapi.json``: the public API in OpenAPI 3.1, its bodies made from the very types that validate them."""

from typing import Any

from chalice.app import Blueprint, Response

from chalicelib.api import http

JSON = "application/json"


def blueprint() -> Blueprint:
    """The route of the document."""
    routes = Blueprint(__name__)

    @routes.route("/openapi.json", methods=["GET"])
    def get_document() -> Response:
        """The document; whoever may ask for it."""
        return http.answer(document())

    return routes


def document() -> dict[str, Any]:
    """The whole document."""
    from msgspec.json import schema_components

    from chalicelib.sources import bodies as schemas

    types = (schemas.FactsBody, schemas.FactBody, schemas.SurveyBody)
    (facts, fact, survey), components = schema_components(types, ref_template="#/components/schemas/{name}")
    error = {
        "type": "object",
        "required": ["error"],
        "properties": {
            "error": {
                "type": "object",
                "required": ["problem"],
                "properties": {"problem": {"type": "string"}, "field": {"type": "string"}},
            }
        },
    }
    either = {"anyOf": [facts, fact]}
    token = [{"name": "token", "in": "path", "required": True, "schema": {"type": "string"}}]
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Rekindle",
            "version": "1",
            "description": "Facts come in, surveys and refusals of mails are taken, figures come out.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": {
            "/v1/facts": {
                "post": {
                    "summary": "Store one fact, or up to a hundred: all of them, or none.",
                    "security": [{"apiKey": []}],
                    "requestBody": _body(either, _an_example()),
                    "responses": {
                        "202": _answer("Stored, as far as it was new.", _numbers("received", "stored")),
                        **_errors(400, 401, 413, 503),
                    },
                }
            },
            "/v1/kpis": {
                "get": {
                    "summary": "All figures; from and to limit the journeys' days.",
                    "security": [{"apiKey": []}],
                    "parameters": [
                        {"name": name, "in": "query", "required": False, "schema": {"type": "string", "format": "date"}}
                        for name in ("from", "to")
                    ],
                    "responses": {"200": _answer("The figures.", {"type": "object"}), **_errors(400, 401, 413)},
                }
            },
            "/v1/surveys/{token}": {
                "parameters": token,
                "get": {
                    "summary": "The survey's page, a score chosen beforehand. Changes nothing.",
                    "parameters": [{"name": "score", "in": "query", "required": False, "schema": {"type": "string"}}],
                    "responses": {"200": _page("The page."), "404": _page("The link is not valid.")},
                },
                "post": {
                    "summary": "Answer the survey; the first answer holds.",
                    "requestBody": _body(survey, {"score": 9, "comment": "Good tea"}, form=True),
                    "responses": {
                        "200": _either(
                            "Recorded.", {"type": "object", "properties": {"recorded": {"type": "boolean"}}}
                        ),
                        "400": _either("An answer that does not fit.", _ref("Error")),
                        "404": _either("The link is not valid.", _ref("Error")),
                    },
                },
            },
            "/v1/unsubscribe/{token}": {
                "parameters": token,
                "get": {
                    "summary": "The page that asks. Changes nothing.",
                    "responses": {"200": _page("The page."), "404": _page("The link is not valid.")},
                },
                "post": {
                    "summary": "Refuse such mails, with one click (RFC 8058).",
                    "requestBody": {"required": False, "content": {http.FORM: {"schema": {"type": "object"}}}},
                    "responses": {
                        "200": _either(
                            "Done.", {"type": "object", "properties": {"unsubscribed": {"type": "boolean"}}}
                        ),
                        "404": _page("The link is not valid."),
                    },
                },
            },
            "/webhooks/{source}": {
                "post": {
                    "summary": "Take what a shop system tells, signed as that system signs it.",
                    "description": "events: Standard Webhooks, with the bodies of POST /v1/facts.",
                    "security": [{name: []} for name in SIGNATURES],
                    "parameters": [
                        {
                            "name": "source",
                            "in": "path",
                            "required": True,
                            "schema": {"enum": list(_sources())},
                        }
                    ],
                    "requestBody": _body({"anyOf": [either, {"type": "object"}]}, _an_example()),
                    "responses": {
                        "200": _answer("Stored, or taken before.", _numbers("received", "stored")),
                        "202": _answer("A topic that tells nothing wanted here.", _numbers("received", "stored")),
                        **_errors(400, 401, 404, 413, 503),
                    },
                }
            },
            "/healthz": {
                "get": {
                    "summary": "Whether the API answers.",
                    "responses": {"200": _answer("It does.", {"type": "object"})},
                }
            },
            "/openapi.json": {
                "get": {"summary": "This document.", "responses": {"200": _answer("It.", {"type": "object"})}}
            },
        },
        "components": {
            "schemas": {**components, "Error": error},
            "securitySchemes": {
                "apiKey": {"type": "http", "scheme": "bearer"},
                **{name: {"type": "apiKey", "in": "header", "name": header} for name, header in SIGNATURES.items()},
            },
        },
    }


SIGNATURES = {
    "standardWebhooks": "webhook-signature",
    "shopify": "X-Shopify-Hmac-Sha256",
    "woocommerce": "X-WC-Webhook-Signature",
    "segment": "X-Signature",
    "segmentBatches": "X-Segment-Signature",
}
"""The headers that sign webhooks; one of them is enough."""
MEANINGS = {
    400: "The body does not fit; the field is named.",
    401: "Without the key, or a good signature.",
    404: "There is no such source.",
    413: "Too large.",
    503: "Not now; send it again.",
}


def _sources() -> tuple[str, ...]:
    from chalicelib.api.webhooks import SOURCES

    return SOURCES


def _an_example() -> dict[str, Any]:
    return {
        "type": "order",
        "customer_id": "c-1",
        "id": "o-1",
        "placed_at": "2026-03-02T11:00:00Z",
        "total": 1250,
        "currency": "USD",
    }


def _body(schema: Any, example: Any, form: bool = False) -> dict[str, Any]:
    content = {JSON: {"schema": schema, "example": example}}
    return {"required": True, "content": content | ({http.FORM: {"schema": schema}} if form else {})}


def _answer(text: str, schema: Any) -> dict[str, Any]:
    return {"description": text, "content": {JSON: {"schema": schema}}}


def _page(text: str) -> dict[str, Any]:
    return {"description": text, "content": {"text/html": {"schema": {"type": "string"}}}}


def _either(text: str, schema: Any) -> dict[str, Any]:
    return {"description": text, "content": {**_answer(text, schema)["content"], **_page(text)["content"]}}


def _errors(*codes: int) -> dict[str, Any]:
    return {str(code): _answer(MEANINGS[code], _ref("Error")) for code in codes}


def _numbers(*names: str) -> dict[str, Any]:
    return {"type": "object", "required": list(names), "properties": {name: {"type": "integer"} for name in names}}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}
