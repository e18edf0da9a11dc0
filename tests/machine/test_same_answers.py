"""The patched moto answers as moto does: one random sequence of calls, sent to both."""

import random
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from infra.machine.engines.moto.patches import patched_moto
from tests.machine.random_calls import TABLE, Call, an_item, calls_at_random, definition, pages_of_the_index


@pytest.fixture(autouse=True)
def _account(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")


@pytest.mark.parametrize("seed", range(5))
def test_a_random_sequence_of_calls_gets_the_same_answers(seed: int) -> None:
    calls = list(calls_at_random(random.Random(seed), 250))

    plain, fast = _answers(nullcontext, calls), _answers(patched_moto, calls)

    for call, expected, answer in zip(calls, plain, fast, strict=True):
        assert answer == expected, call


def test_the_last_page_of_an_index_is_the_same() -> None:
    puts: list[Call] = [("put_item", {"Item": an_item(random.Random(number), number)}) for number in range(30)]
    calls = [*puts, *pages_of_the_index()]

    assert _answers(patched_moto, calls) == _answers(nullcontext, calls)


def test_a_table_without_a_range_key_gives_the_same_answers() -> None:
    key, other = {"pk": {"S": "ann"}}, {"pk": {"S": "bea"}}
    one = {"ExpressionAttributeValues": {":one": {"N": "1"}}}
    calls: list[Call] = [
        ("put_item", {"Item": {**key, "n": {"N": "1"}}}),
        ("put_item", {"Item": {**key, "n": {"N": "2"}}, "ReturnValues": "ALL_OLD"}),
        ("update_item", {"Key": key, "UpdateExpression": "SET n = n + :one", "ReturnValues": "ALL_NEW", **one}),
        ("update_item", {"Key": other, "UpdateExpression": "ADD n :one", "ReturnValues": "ALL_NEW", **one}),
        ("query", {"KeyConditionExpression": "pk = :p", "ExpressionAttributeValues": {":p": {"S": "ann"}}}),
        ("delete_item", {"Key": key, "ReturnValues": "ALL_OLD"}),
        ("delete_item", {"Key": key, "ReturnValues": "ALL_OLD"}),
        ("scan", {}),
    ]
    table = {
        "TableName": TABLE,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    }

    assert _answers(patched_moto, calls, table) == _answers(nullcontext, calls, table)


def test_moto_is_itself_again_afterwards() -> None:
    from moto.dynamodb.models.table import Table

    before = dict(vars(Table))

    with mock_aws(), patched_moto():
        inside = dict(vars(Table))

    assert inside != before
    assert dict(vars(Table)) == before


def _answers(
    patches: Callable[[], AbstractContextManager[None]], calls: list[Call], table: dict[str, Any] | None = None
) -> list[Any]:
    with mock_aws(), patches():
        client: Any = boto3.client("dynamodb", region_name="us-east-1")
        client.create_table(**(table or definition()))
        return [_answer(client, name, arguments) for name, arguments in calls]


def _answer(client: Any, name: str, arguments: dict[str, Any]) -> Any:
    where = {} if "RequestItems" in arguments or "TransactItems" in arguments else {"TableName": TABLE}
    try:
        answer = getattr(client, name)(**where, **arguments)
    except ClientError as error:
        answer = dict(error.response)
    return {key: value for key, value in answer.items() if key != "ResponseMetadata"}
