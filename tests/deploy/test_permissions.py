"""Calls of AWS and the permissions they need, in the words of the policies."""

import json
from pathlib import Path
from typing import Any

import pytest

from infra.machine.calls import AwsCall, calls_of, with_logical_names
from infra.machine.stack import Stack
from tests.deploy import permissions
from tests.deploy.permissions import allowed, needed, policy_of, refused, unneeded

STACK = Stack({"KpisTable": "t-1", "EngagementTable": "t-2"}, {"DueQueue": "https://queue/due"}, {}, {})
SWEEPS = [
    AwsCall("sweep", "dynamodb", "Query", "EngagementTable", "due"),
    AwsCall("sweep", "sqs", "SendMessage", "DueQueue"),
    AwsCall("sweep", "sqs", "GetQueueAttributes", "DueQueue"),
]
SWEEP = {
    "Statement": [
        {"Action": ["logs:PutLogEvents"], "Resource": {"Fn::GetAtt": ["SweepLogs", "Arn"]}},
        {"Action": ["dynamodb:Query"], "Resource": {"Fn::Sub": "${EngagementTable.Arn}/index/due"}},
        {"Action": ["sqs:GetQueueAttributes", "sqs:SendMessage"], "Resource": [{"Fn::GetAtt": ["DueQueue", "Arn"]}]},
    ]
}


@pytest.fixture
def policies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the policy of one function, and nothing that is never seen."""
    (tmp_path / "sweep.json").write_text(json.dumps(SWEEP), "utf-8")
    monkeypatch.setattr(permissions, "POLICIES", tmp_path)
    monkeypatch.setattr(permissions, "NEVER_SEEN", {})
    return tmp_path


def permissions_of(service: str, operation: str, parameters: dict[str, Any]) -> list[tuple[str, str]]:
    calls = calls_of("sweep", service, operation, parameters)
    return sorted(each for call in with_logical_names(calls, STACK) for each in needed(call))


def test_a_call_needs_its_action_on_its_table_index_or_queue() -> None:
    fold = {"TransactItems": [{"Update": {"TableName": "t-1"}}, {"Delete": {"TableName": "t-1"}}]}

    assert permissions_of("dynamodb", "TransactWriteItems", fold) == [
        ("dynamodb:DeleteItem", "KpisTable.Arn"),
        ("dynamodb:UpdateItem", "KpisTable.Arn"),
    ]
    assert permissions_of("dynamodb", "BatchGetItem", {"RequestItems": {"t-2": {}, "t-1": {}}}) == [
        ("dynamodb:BatchGetItem", "EngagementTable.Arn"),
        ("dynamodb:BatchGetItem", "KpisTable.Arn"),
    ]
    assert permissions_of("dynamodb", "Query", {"TableName": "t-2", "IndexName": "due"}) == [
        ("dynamodb:Query", "${EngagementTable.Arn}/index/due")
    ]
    assert permissions_of("sqs", "SendMessage", {"QueueUrl": "https://queue/due"}) == [
        ("sqs:SendMessage", "DueQueue.Arn")
    ]
    assert permissions_of("sesv2", "SendEmail", {}) == [
        ("ses:SendEmail", permissions.IDENTITIES),
        ("ses:SendRawEmail", permissions.IDENTITIES),
    ]


def test_what_is_allowed_stands_in_the_functions_own_policy() -> None:
    assert allowed("sweep") >= {
        ("logs:PutLogEvents", "SweepLogs.Arn"),
        ("dynamodb:Query", "${EngagementTable.Arn}/index/due"),
        ("sqs:SendMessage", "DueQueue.Arn"),
    }
    assert policy_of("sweep") == "sweep"
    assert policy_of("app") == "api_handler"


@pytest.mark.usefixtures("policies")
class TestBothDirections:
    def test_a_policy_that_fits_is_neither_too_narrow_nor_too_wide(self) -> None:
        assert refused(SWEEPS) == []
        assert unneeded(SWEEPS) == []

    @pytest.mark.parametrize(
        "call",
        [
            AwsCall("sweep", "dynamodb", "Query", "EngagementTable"),
            AwsCall("sweep", "dynamodb", "Query", "CommerceTable", "due"),
            AwsCall("sweep", "dynamodb", "Scan", "EngagementTable", "due"),
            AwsCall("sweep", "sqs", "SendMessage", "PoisonQueue"),
            AwsCall("sweep", "sesv2", "SendEmail"),
        ],
    )
    def test_a_call_beyond_the_policy_is_told(self, call: AwsCall) -> None:
        lines = refused([*SWEEPS, call])

        assert lines
        assert all(line.startswith("sweep may not ") for line in lines)

    def test_a_service_that_no_function_is_meant_to_call_is_told(self) -> None:
        assert refused([AwsCall("sweep", "s3", "GetObject")]) == ["sweep: no function is meant to call s3:GetObject"]

    def test_a_permission_that_nothing_needs_is_told(self) -> None:
        assert unneeded(SWEEPS[1:]) == [
            "sweep: dynamodb:Query on ${EngagementTable.Arn}/index/due is allowed, and no test needs it"
        ]

    def test_what_is_never_seen_is_listed_with_its_reason_and_only_that(self, monkeypatch: pytest.MonkeyPatch) -> None:
        entry = ("sweep", "sqs:SendMessage", "DueQueue.Arn")
        monkeypatch.setattr(permissions, "NEVER_SEEN", {entry: "a reason"})
        assert unneeded([SWEEPS[0], SWEEPS[2]]) == []
        assert unneeded(SWEEPS) == ["sweep: sqs:SendMessage on DueQueue.Arn is listed as never seen, and was"]

        monkeypatch.setattr(permissions, "NEVER_SEEN", {("sweep", "sqs:PurgeQueue", "DueQueue.Arn"): "a reason"})
        assert unneeded(SWEEPS) == ["sweep: sqs:PurgeQueue on DueQueue.Arn is listed as never seen, and not allowed"]
