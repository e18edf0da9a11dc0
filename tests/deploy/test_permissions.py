"""Calls of AWS and the permissions they need, in the words of the policies."""

import pytest

from infra.local.packaged import Template
from infra.local.stack import Stack
from tests.deploy.permissions import allowed, needed

STACK = Stack({"KpisTable": "t-1", "EngagementTable": "t-2"}, {"PagesQueue": "https://queue/pages"}, {}, {})


def test_a_call_needs_its_action_on_its_table_index_or_queue() -> None:
    fold = {"TransactItems": [{"Update": {"TableName": "t-1"}}, {"Delete": {"TableName": "t-1"}}]}

    assert list(needed(STACK, "dynamodb", "TransactWriteItems", fold)) == [
        ("dynamodb:UpdateItem", "KpisTable.Arn"),
        ("dynamodb:DeleteItem", "KpisTable.Arn"),
    ]
    assert list(needed(STACK, "dynamodb", "BatchGetItem", {"RequestItems": {"t-2": {}}})) == [
        ("dynamodb:BatchGetItem", "EngagementTable.Arn")
    ]
    assert list(needed(STACK, "dynamodb", "Query", {"TableName": "t-2", "IndexName": "due"})) == [
        ("dynamodb:Query", "${EngagementTable.Arn}/index/due")
    ]
    assert list(needed(STACK, "sqs", "SendMessage", {"QueueUrl": "https://queue/pages"})) == [
        ("sqs:SendMessage", "PagesQueue.Arn")
    ]


def test_a_service_that_no_function_is_meant_to_call_is_refused() -> None:
    with pytest.raises(ValueError, match="s3:GetObject"):
        list(needed(STACK, "s3", "GetObject", {}))


def test_what_is_allowed_is_read_from_the_functions_own_role(template: Template) -> None:
    assert allowed(template, "Sweep") == {
        ("logs:CreateLogStream", "SweepLogs.Arn"),
        ("logs:PutLogEvents", "SweepLogs.Arn"),
        ("dynamodb:Query", "${EngagementTable.Arn}/index/due"),
        ("sqs:GetQueueAttributes", "PagesQueue.Arn"),
        ("sqs:SendMessage", "PagesQueue.Arn"),
    }
