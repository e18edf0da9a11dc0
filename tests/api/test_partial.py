"""``POST /v1/facts?partial=true``: of several facts the good ones are stored; each other one is named, and counted."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

import app
from infra.machine.clock import VirtualClock
from infra.machine.gateway import GatewayResponse
from infra.machine.machine import Machine
from tests.api.conftest import NO_ONE, Api, authorization
from tests.api.test_facts import CART, CUSTOMER, ORDER
from tests.builders import START

PARTIAL = {"partial": "true"}
BAD = CART | {"id": "k2", "total": "$3.00"}


@pytest.fixture
def api() -> Iterator[Api]:
    """The API on a machine on which nothing is counted yet."""
    with Machine(VirtualClock(START)) as machine:
        yield Api(machine)


def posted(api: Api, body: Any, query: Mapping[str, str] = PARTIAL, key: object = None) -> GatewayResponse:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return api.machine.request("POST", "/v1/facts", content, authorization(key, "/v1/facts"), query)


def rejections() -> list[tuple[str, str, str, int]]:
    """What is counted: its source, its topic, the field, and how often."""
    found = app.parts.rejections.on(START.date())
    return sorted((each.rejection.source, each.rejection.topic, each.rejection.field, each.number) for each in found)


def test_the_good_ones_are_stored_and_the_others_named(api: Api) -> None:
    answer = posted(api, {"facts": [CUSTOMER, BAD, ORDER | {"placed_at": None}, CART]})

    assert answer.status == 202
    assert answer.json() == {
        "received": 2,
        "stored": 2,
        "rejected": [
            {"field": "$.facts[1].total", "problem": "expected `int`, got `str`"},
            {"field": "$.facts[2].placed_at", "problem": "expected `datetime`, got `null`"},
        ],
    }
    assert rejections() == [("facts", "cart", "$.facts[].total", 1), ("facts", "order", "$.facts[].placed_at", 1)]


def test_a_bare_list_is_a_list_of_facts(api: Api) -> None:
    answer = posted(api, [CUSTOMER, BAD, 7, CART])

    assert (answer.status, answer.json()["stored"]) == (202, 2)
    assert [each["field"] for each in answer.json()["rejected"]] == ["$[1].total", "$[2]"]
    assert posted(api, [CUSTOMER, BAD], {}).status == 400
    assert posted(api, b" [" + json.dumps(ORDER).encode() + b"]", {}).status == 202


@pytest.mark.parametrize("body", [BAD, {"facts": [BAD]}, [BAD]], ids=["alone", "in a list", "in a bare list"])
def test_if_none_is_good_that_is_no_error_of_the_request(api: Api, body: Any) -> None:
    answer = posted(api, body)

    assert (answer.status, answer.json()["received"], len(answer.json()["rejected"])) == (202, 0, 1)


@pytest.mark.parametrize("body", [b"{", [], {"facts": {}}, {"facts": []}, {"facts": [CART] * 101}, [CART] * 101])
def test_what_is_no_list_of_facts_is_an_error_of_the_request(api: Api, body: Any) -> None:
    assert posted(api, body).status == 400


@pytest.mark.parametrize("query", [{}, {"partial": "false"}, {"partial": "1"}, {"partial": ""}])
def test_else_one_bad_fact_keeps_all_out(api: Api, query: dict[str, str]) -> None:
    before = api.tables()

    answer = posted(api, {"facts": [CART, BAD]}, query)

    assert (answer.status, answer.json()["error"]["field"]) == (400, "$.facts[1].total")
    assert api.tables() == before


def test_nobody_without_the_key_is_counted(api: Api) -> None:
    before = api.tables()

    assert posted(api, BAD, key=NO_ONE).status == 401

    assert api.tables() == before
