"""A filter that no record of a stream could match is refused, by its place."""

from datetime import date
from typing import Any

import pytest

from infra.own_tables.filters import filter_faults

CARTS = {"S": [{"prefix": "CART#"}]}


@pytest.mark.parametrize(
    "pattern",
    [
        {"Keys": {"sk": CARTS}},
        {"Keys": {"sk": {"S": ["CART#1", "CART#2"]}, "pk": {"N": ["1"]}}},
        {"NewImage": {"state": {"S": [{"anything-but": "draft"}]}}, "OldImage": {"state": {"S": ["draft"]}}},
        {"NewImage": {"state": {"S": [{"anything-but": ["draft", "test"]}, {"exists": False}]}}},
        {"NewImage": {"state": {"S": [{"anything-but": {"prefix": "TEST"}}]}}},
        {"NewImage": {"state": {"S": [{"equals-ignore-case": "OPEN"}, {"suffix": "!"}]}}},
        {"NewImage": {"is_open": {"BOOL": [True]}, "gone": {"NULL": [{"exists": False}]}}},
        {"NewImage": {"contact": {"M": {"email": {"S": [{"exists": True}]}}}}},
        {"NewImage": {"tags": {"L": {"S": ["tea"]}}, "sizes": {"NS": ["1"]}}},
        {"NewImage": {"$or": [{"sk": CARTS}, {"kind": {"S": ["cart"]}}]}},
        {"$or": [{"Keys": {"sk": CARTS}}, {"OldImage": {"sk": CARTS}}]},
    ],
)
def test_what_a_record_may_match_passes(pattern: dict[str, Any]) -> None:
    assert list(filter_faults("$", pattern)) == []


@pytest.mark.parametrize(
    ("pattern", "fault"),
    [
        ({"keys": {"sk": CARTS}}, "$.keys: expected one of Keys, NewImage, OldImage"),
        ({"dynamodb": {"Keys": {"sk": CARTS}}}, "$.dynamodb: expected one of Keys, NewImage, OldImage"),
        ({"eventName": ["INSERT"]}, "$.eventName: expected one of Keys, NewImage, OldImage"),
        ({"Keys": {}}, "$.Keys: expected a pattern of attributes"),
        ({"Keys": ["sk"]}, "$.Keys: expected a pattern of attributes"),
        ({"Keys": {"sk": "CART#"}}, "$.Keys.sk: expected the type of the attribute"),
        ({"Keys": {"sk": [{"prefix": "CART#"}]}}, "$.Keys.sk: expected the type of the attribute"),
        ({"Keys": {"sk": {"s": ["CART#"]}}}, "$.Keys.sk: expected the type of the attribute"),
        ({"Keys": {"sk": {None: [True]}}}, "$.Keys.sk: expected the type of the attribute"),
        ({"NewImage": {"to": {"M": {"email": ["a"]}}}}, "$.NewImage.to.M.email: expected the type of the attribute"),
        ({"NewImage": {"tags": {"L": ["tea"]}}}, "$.NewImage.tags.L: expected the type of the attribute"),
        ({"Keys": {"sk": {"S": "CART#"}}}, "$.Keys.sk.S: expected a list of values"),
        ({"Keys": {"sk": {"S": []}}}, "$.Keys.sk.S: expected a list of values"),
        ({"Keys": {"sk": {"S": ["a", {"prefx": "CART#"}]}}}, "$.Keys.sk.S[1]: expected an operator: prefix, "),
        ({"Keys": {"sk": {"S": [{"prefix": "a", "suffix": "b"}]}}}, "$.Keys.sk.S[0]: expected an operator: prefix, "),
        ({"Keys": {"sk": {"S": [{}]}}}, "$.Keys.sk.S[0]: expected an operator: prefix, "),
        ({"Keys": {"sk": {"S": [{"prefix": 5}]}}}, "$.Keys.sk.S[0]: prefix: expected a text"),
        ({"Keys": {"sk": {"S": [{"exists": "yes"}]}}}, "$.Keys.sk.S[0]: exists: expected true or false"),
        ({"Keys": {"sk": {"S": [{"anything-but": []}]}}}, "$.Keys.sk.S[0]: anything-but: expected values"),
        ({"Keys": {"sk": {"S": [{"anything-but": {"prefx": "a"}}]}}}, "$.Keys.sk.S[0]: anything-but: expected values"),
        ({"Keys": {"no": {"N": [{"numeric": [">", 5]}]}}}, "$.Keys.no.N[0]: a stream has numbers as texts"),
        ({"Keys": {"no": {"N": [5]}}}, "$.Keys.no.N[0]: expected a text (numbers in quotes"),
        ({"Keys": {"no": {"N": [float("nan")]}}}, "$.Keys.no.N[0]: expected a text (numbers in quotes"),
        ({"Keys": {"day": {"S": [date(2026, 1, 1)]}}}, "$.Keys.day.S[0]: expected a text (numbers in quotes"),
        ({"NewImage": {"is_open": {"BOOL": ["true"]}}}, "$.NewImage.is_open.BOOL[0]: expected true or false"),
        ({"NewImage": {"is_open": {"BOOL": [{"prefix": "t"}]}}}, "$.NewImage.is_open.BOOL[0]: prefix: expected a text"),
        ({"$or": {"Keys": {"sk": CARTS}}}, "$.$or: expected a list of patterns"),
        ({"$or": [{"Keys": {"sk": CARTS}}, {"keys": {"sk": CARTS}}]}, "$.$or[1].keys: expected one of"),
        ({"Keys": {"$or": [{"sk": ["a"]}]}}, "$.Keys.$or[0].sk: expected the type of the attribute"),
    ],
)
def test_what_no_record_could_match_is_named_by_its_place(pattern: dict[Any, Any], fault: str) -> None:
    (found,) = filter_faults("$", pattern)

    assert found.startswith(fault)


def test_a_filter_that_is_within_itself_is_one_fault() -> None:
    attributes: dict[str, Any] = {}
    attributes["inner"] = {"M": attributes}

    assert list(filter_faults("$", {"NewImage": attributes})) == ["$: nested too deeply"]
