"""Calls of DynamoDB at random, over a table as engagement's."""

import random
from collections.abc import Iterator
from typing import Any

TABLE = "engagement"
Call = tuple[str, dict[str, Any]]


def definition() -> dict[str, Any]:
    return {
        "TableName": TABLE,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [
            {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "lane", "due_at", "segment")
        ],
        "KeySchema": _keys("pk", "sk"),
        "GlobalSecondaryIndexes": [
            {"IndexName": "due", "KeySchema": _keys("lane", "due_at"), "Projection": {"ProjectionType": "KEYS_ONLY"}},
            {"IndexName": "segment", "KeySchema": _keys("segment", "pk"), "Projection": {"ProjectionType": "ALL"}},
        ],
        "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    }


def _keys(hash_key: str, range_key: str) -> list[dict[str, str]]:
    return [
        {"AttributeName": hash_key, "KeyType": "HASH"},
        {"AttributeName": range_key, "KeyType": "RANGE"},
    ]


def _key(dice: random.Random) -> dict[str, Any]:
    return {"pk": {"S": f"CUSTOMER#{dice.randrange(4)}"}, "sk": {"S": f"ENROLLMENT#{dice.randrange(6)}"}}


def an_item(dice: random.Random, number: int) -> dict[str, Any]:
    item = {
        **_key(dice),
        "n": {"N": str(dice.choice([0, 1, 17, "2.50"]))},
        "state": {"S": dice.choice(["waiting", "sending", ""])},
        "nested": {"M": {"list": {"L": [{"S": "a"}, {"N": "1"}]}, "none": {"NULL": True}, "yes": {"BOOL": True}}},
        "tags": {"SS": ["b", "a"]},
        "number": {"N": str(number)},
    }
    if dice.random() < 0.7:
        item |= {"lane": {"S": str(dice.randrange(2))}, "due_at": {"S": f"2026-01-{dice.randrange(1, 9):02d}"}}
    if dice.random() < 0.5:
        item["segment"] = {"S": "loyal"}
    return item


def calls_at_random(dice: random.Random, count: int) -> Iterator[Call]:
    makers = [_put, _put, _update, _update, _get, _delete, _query, _query_index, _query_index, _batch_get, _batch_write]
    makers += [_transact, _scan]
    for number in range(count):
        yield dice.choice(makers)(dice, number)


def _put(dice: random.Random, number: int) -> Call:
    arguments: dict[str, Any] = {"Item": an_item(dice, number)}
    if dice.random() < 0.5:
        arguments |= {
            "ConditionExpression": "attribute_not_exists(pk) OR #n < :n",
            "ExpressionAttributeNames": {"#n": "n"},
            "ExpressionAttributeValues": {":n": {"N": "2"}},
            "ReturnValuesOnConditionCheckFailure": dice.choice(["ALL_OLD", "NONE"]),
        }
    return "put_item", arguments | {"ReturnValues": dice.choice(["ALL_OLD", "NONE"])}


UPDATES: list[tuple[str, dict[str, str], dict[str, Any]]] = [
    ("SET #s = :s, n = n + :one REMOVE lane, due_at", {"#s": "state"}, {":s": {"S": "sent"}, ":one": {"N": "1"}}),
    ("SET lane = :l, due_at = :d", {}, {":l": {"S": "1"}, ":d": {"S": "2026-01-05"}}),
    ("ADD opened :one, n :two", {}, {":one": {"N": "1"}, ":two": {"N": "2.5"}}),
    ("ADD tags :t", {}, {":t": {"SS": ["c", "a"]}}),
    ("SET nested.#l[0] = :s, n = if_not_exists(n, :one)", {"#l": "list"}, {":s": {"S": "z"}, ":one": {"N": "1"}}),
    (
        "SET nested.#a = :s, nested.#b = :one, n = :one",
        {"#a": "yes", "#b": "new"},
        {":s": {"S": "z"}, ":one": {"N": "1"}},
    ),
    ("SET nested.#a = :s, nested.#a = :s", {"#a": "yes"}, {":s": {"S": "z"}}),
    ("SET nested = :m, nested.#a = :s", {"#a": "yes"}, {":s": {"S": "z"}, ":m": {"M": {}}}),
    ("SET missing.#a = :s", {"#a": "yes"}, {":s": {"S": "z"}}),
    ("SET n.#a = :s", {"#a": "yes"}, {":s": {"S": "z"}}),
    ("SET due_at = :empty", {}, {":empty": {"S": ""}}),
    ("SET pk = :s", {}, {":s": {"S": "x"}}),
    ("SET missing = nothing + :one", {}, {":one": {"N": "1"}}),
    ("SET missing = :one", {}, {":other": {"N": "1"}}),
    ("REMOVE nothing", {}, {}),
    ("SET a = :s, a = :s", {}, {":s": {"S": "x"}}),
    ("SET lane = :one", {}, {":one": {"N": "1"}}),
    ("SET name = :s", {}, {":s": {"S": "a reserved word"}}),
    ("DELETE tags :t", {}, {":t": {"SS": ["a"]}}),
]


def _update(dice: random.Random, _number: int) -> Call:
    expression, names, values = dice.choice(UPDATES)
    arguments: dict[str, Any] = {"Key": _key(dice), "UpdateExpression": expression}
    if dice.random() < 0.4:
        arguments["ConditionExpression"] = "attribute_exists(pk)"
        arguments["ReturnValuesOnConditionCheckFailure"] = dice.choice(["ALL_OLD", "NONE"])
    if names:
        arguments["ExpressionAttributeNames"] = names
    if values:
        arguments["ExpressionAttributeValues"] = values
    return "update_item", arguments | {"ReturnValues": dice.choice(["NONE", "ALL_NEW", "ALL_OLD", "UPDATED_NEW"])}


def _get(dice: random.Random, _number: int) -> Call:
    arguments: dict[str, Any] = {"Key": _key(dice), "ConsistentRead": True}
    if dice.random() < 0.5:
        arguments["ProjectionExpression"] = dice.choice(["pk, n", "nested.yes, sk", "nothing"])
    return "get_item", arguments


def _delete(dice: random.Random, _number: int) -> Call:
    return "delete_item", {"Key": _key(dice), "ReturnValues": dice.choice(["ALL_OLD", "NONE"])}


def _query(dice: random.Random, _number: int) -> Call:
    arguments: dict[str, Any] = {
        "KeyConditionExpression": "pk = :p",
        "ExpressionAttributeValues": {":p": {"S": f"CUSTOMER#{dice.randrange(5)}"}},
        "ConsistentRead": True,
        "ScanIndexForward": dice.random() < 0.5,
    }
    if dice.random() < 0.5:
        arguments["KeyConditionExpression"] += dice.choice([" AND begins_with(sk, :s)", " AND sk > :s"])
        arguments["ExpressionAttributeValues"][":s"] = {"S": "ENROLLMENT#2"}
    if dice.random() < 0.3:
        arguments["FilterExpression"] = "n > :zero"
        arguments["ExpressionAttributeValues"][":zero"] = {"N": "0"}
    if dice.random() < 0.5:
        arguments["Limit"] = dice.randrange(1, 5)
    return "query", arguments


def _query_index(dice: random.Random, _number: int) -> Call:
    conditions = ["", " AND due_at <= :a", " AND due_at < :a", " AND due_at > :a", " AND due_at >= :a"]
    condition = dice.choice([*conditions, " AND due_at = :a", " AND due_at BETWEEN :a AND :b"])
    values = {":l": {"S": str(dice.randrange(3))}, ":a": {"S": "2026-01-04"}, ":b": {"S": "2026-01-06"}}
    arguments: dict[str, Any] = {
        "IndexName": "due",
        "KeyConditionExpression": "lane = :l" + condition,
        "ExpressionAttributeValues": {name: value for name, value in values.items() if name in "lane = :l" + condition},
        "ScanIndexForward": dice.random() < 0.5,
    }
    if dice.random() < 0.7:
        arguments["Limit"] = dice.randrange(1, 5)
    if dice.random() < 0.4:
        key = {**_key(dice), "lane": values[":l"], "due_at": {"S": f"2026-01-{dice.randrange(1, 9):02d}"}}
        arguments["ExclusiveStartKey"] = key
    if dice.random() < 0.2:
        arguments["Select"] = "COUNT"
    return "query", arguments


def pages_of_the_index() -> Iterator[Call]:
    for limit in (1, 2, 100):
        for forward in (True, False):
            yield (
                "query",
                {
                    "IndexName": "segment",
                    "KeyConditionExpression": "segment = :s",
                    "ExpressionAttributeValues": {":s": {"S": "loyal"}},
                    "Limit": limit,
                    "ScanIndexForward": forward,
                },
            )


def _batch_get(dice: random.Random, _number: int) -> Call:
    keys = list({str(key): key for key in (_key(dice) for _ in range(5))}.values())
    return "batch_get_item", {"RequestItems": {TABLE: {"Keys": keys, "ConsistentRead": True}}}


def _batch_write(dice: random.Random, number: int) -> Call:
    items = list(
        {str(item["pk"]) + str(item["sk"]): item for item in (an_item(dice, number) for _ in range(4))}.values()
    )
    return "batch_write_item", {"RequestItems": {TABLE: [{"PutRequest": {"Item": item}} for item in items]}}


def _transact(dice: random.Random, number: int) -> Call:
    first, second = an_item(dice, number), {**an_item(dice, number), "sk": {"S": "STANDING"}}
    condition = "attribute_not_exists(pk)"
    return (
        "transact_write_items",
        {
            "TransactItems": [
                {"Put": {"TableName": TABLE, "Item": second}},
                {"Put": {"TableName": TABLE, "Item": first, "ConditionExpression": condition}},
            ]
        },
    )


def _scan(dice: random.Random, _number: int) -> Call:
    return "scan", {"IndexName": "due"} if dice.random() < 0.5 else {}
