"""The building blocks of the OpenAPI document. Each route describes itself; ``openapi`` joins the pieces."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from chalicelib.api.http import FORM, JSON

REF = "#/components/schemas/{name}"
MEANINGS = {
    400: "The body or a parameter is invalid; the field is named.",
    401: "The API key or a valid signature is missing.",
    404: "There is no such source.",
    413: "The body is too large.",
    503: "Temporarily unavailable; send it again.",
}
AN_ORDER = {
    "type": "order",
    "customer_id": "c-1",
    "id": "o-1",
    "placed_at": "2026-03-02T11:00:00Z",
    "total": 1250,
    "currency": "USD",
}
ERROR = {
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
API_KEY = {"type": "http", "scheme": "bearer"}
NEEDS_KEY: list[dict[str, list[str]]] = [{"apiKey": []}]
TOKEN = [{"name": "token", "in": "path", "required": True, "schema": {"type": "string"}}]


@dataclass(frozen=True, slots=True)
class Piece:
    """A route's part of the document: its paths, and the schemas and security schemes that they refer to."""

    paths: Mapping[str, Any]
    schemas: Mapping[str, Any] = field(default_factory=dict)
    security: Mapping[str, Any] = field(default_factory=dict)


def body(schema: Any, example: Any, form: bool = False) -> dict[str, Any]:
    """A required body: JSON, or a form too."""
    content = {JSON: {"schema": schema, "example": example}}
    return {"required": True, "content": content | ({FORM: {"schema": schema}} if form else {})}


def answer(text: str, schema: Any) -> dict[str, Any]:
    """A JSON answer."""
    return {"description": text, "content": {JSON: {"schema": schema}}}


def page(text: str) -> dict[str, Any]:
    """An HTML page."""
    return {"description": text, "content": {"text/html": {"schema": {"type": "string"}}}}


def either(text: str, schema: Any) -> dict[str, Any]:
    """JSON or a page, depending on the request's ``Accept`` header."""
    return {"description": text, "content": {**answer(text, schema)["content"], **page(text)["content"]}}


def errors(*codes: int) -> dict[str, Any]:
    """The error answers with these status codes."""
    return {str(code): answer(MEANINGS[code], ref("Error")) for code in codes}


def unavailable() -> dict[str, Any]:
    """The error answer, or the page, where AWS refuses for now."""
    return {"503": either(MEANINGS[503], ref("Error"))}


def numbers(*names: str) -> dict[str, Any]:
    """An object with these numbers."""
    return {"type": "object", "required": list(names), "properties": {name: {"type": "integer"} for name in names}}


STORED = numbers("received", "stored")
STORED["properties"]["launches"] = {
    "description": "Of launches: by id and tier, the messages that its members get.",
    "type": "object",
    "additionalProperties": {
        "type": "object",
        "additionalProperties": {"type": "array", "items": {"type": "string"}},
    },
}
STORED["properties"]["rejected"] = {
    "description": "The messages that do not fit, if there are any: the path of the field, and what was expected.",
    "type": "array",
    "items": {"type": "object", "properties": {"field": {"type": "string"}, "problem": {"type": "string"}}},
}
"""The answer to facts."""


def flag(name: str) -> dict[str, Any]:
    """An object with one boolean."""
    return {"type": "object", "properties": {name: {"type": "boolean"}}}


def ref(name: str) -> dict[str, str]:
    """A reference to a schema."""
    return {"$ref": REF.format(name=name)}
