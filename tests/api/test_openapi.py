"""The OpenAPI document is valid, describes every route and no other, and its examples are accepted."""

import json
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from openapi_spec_validator import OpenAPIV31SpecValidator

import app
from chalicelib.api import routes
from chalicelib.api.openapi import document
from chalicelib.domain.errors import InvalidFact
from chalicelib.sources.bodies import facts_of
from tests.api.conftest import Api
from tests.builders import START

DAY = timedelta(days=1)
METHODS = ("get", "post", "put", "delete", "patch")


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    """The document as it goes out."""
    plain: dict[str, Any] = json.loads(json.dumps(document(routes.TOPICS)))
    return plain


def test_it_is_served(api: Api, described: dict[str, Any]) -> None:
    answer = api.machine.request("GET", "/openapi.json")

    assert (answer.status, answer.json()) == (200, described)


def test_it_is_openapi_3_1(described: dict[str, Any]) -> None:
    assert [str(error) for error in OpenAPIV31SpecValidator(described).iter_errors()] == []


def test_every_route_is_in_it_and_no_other(described: dict[str, Any]) -> None:
    routes = {(path, method.lower()) for path, methods in app.app.routes.items() for method in methods}

    operations = {(path, method) for path, item in described["paths"].items() for method in item if method in METHODS}

    assert operations == routes


def test_its_schemas_refuse_what_the_api_refuses(described: dict[str, Any]) -> None:
    operation = described["paths"]["/v1/facts"]["post"]["requestBody"]["content"]["application/json"]
    validator = Draft202012Validator({**operation["schema"], "components": described["components"]})

    assert validator.is_valid(operation["example"])
    assert facts_of(msgspec.json.encode(operation["example"]), START + DAY)
    for change in ({"total": -1}, {"currency": "usd"}, {"id": "a b"}, {"type": "gift"}, {"more": 1}):
        assert not validator.is_valid(operation["example"] | change), change
        with pytest.raises(InvalidFact):
            facts_of(msgspec.json.encode(operation["example"] | change), START + DAY)
