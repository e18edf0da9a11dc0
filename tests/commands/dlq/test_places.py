"""``rekindle dlq redrive stream``: places in a stream that Lambda gave up are read anew, as long as they are there."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

import boto3
import pytest
from moto import mock_aws
from moto.core.exceptions import JsonRESTError
from moto.dynamodbstreams.models import DynamoDBStreamsBackend

import app
from chalicelib import wiring
from chalicelib.domain.facts.inbound import InboundFact, Person
from infra.machine.environment import ACCOUNT, HERE, PARAMETERS, put_secrets
from infra.machine.stack import Stack, deploy
from infra.messages.local import templates
from infra.package.packaged import merge_template
from tests.builders import a_cart, a_customer
from tests.commands.given import STACK, Said, described_by_cloudformation, recount, rekindle
from tests.naming import FOUR

pytestmark = pytest.mark.journeys(*FOUR)
Capture = pytest.CaptureFixture[str]
NOW = datetime.now(UTC).replace(microsecond=0)


@dataclass(frozen=True)
class Cloud:
    """A stack whose streams wake nobody; ann and a few carts of hers are in its tables."""

    stack: Stack

    def streams(self, table: str) -> tuple[str, str, list[str]]:
        """A table's stream: its ARN, its shard, and the sequence numbers of its records."""
        client = boto3.client("dynamodbstreams")
        arn = client.list_streams(TableName=self.stack.tables[table])["Streams"][0]["StreamArn"]
        shard = client.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
        start = client.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
        records = client.get_records(ShardIterator=start["ShardIterator"])["Records"]
        return arn, shard, [record["dynamodb"]["SequenceNumber"] for record in records]

    def gives_up(self, table: str, first: int, last: int) -> None:
        """Lambda gives up these records of a table's stream, and reports it as it does."""
        arn, shard, numbers = self.streams(table)
        info = {"shardId": shard, "streamArn": arn, "batchSize": last - first + 1}
        places = {"startSequenceNumber": numbers[first], "endSequenceNumber": numbers[last]}
        self.sets_aside({"DDBStreamBatchInfo": {**info, **places}})

    def sets_aside(self, body: dict[str, Any]) -> None:
        context = {"condition": "RetryAttemptsExhausted", "functionArn": "arn:aws:lambda:::function:enroll"}
        boto3.client("sqs").send_message(
            QueueUrl=self.stack.queues["StreamDeadLetters"],
            MessageBody=json.dumps({"requestContext": context, **body}),
        )

    def runs(self) -> list[str]:
        """The carts that ann is reminded of."""
        key = app.parts.names.find("ann")
        assert key
        return sorted(run.occurrence for run in app.parts.engagement.of(key).enrollments)


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with patch.dict(os.environ, ACCOUNT), mock_aws():
        stack = deploy(merge_template(), PARAMETERS)
        put_secrets(stack.environment["SECRETS"])
        with patch.dict(os.environ, {**stack.environment, **HERE}):
            app.parts = wiring.Parts(journeys=app.journeys, templates=templates)
            who = Person("shop", "ann", "ann@example.com", is_verified=True)
            app.parts.ingest([InboundFact(a_customer("", at=NOW), who)])
            for number in range(4):
                app.parts.ingest([InboundFact(a_cart(f"cart-{number}", NOW + timedelta(seconds=number)), who)])
            described_by_cloudformation(stack, stack.environment)
            yield Cloud(stack)
    app.parts = wiring.Parts(journeys=app.journeys, templates=templates)


def redrive(capsys: Capture) -> Said:
    return rekindle(capsys, "dlq", "redrive", "stream", "--stack", STACK)


def carts(cloud: Cloud) -> list[int]:
    """The places of the carts among the records of the facts."""
    return list(range(len(cloud.streams("CommerceTable")[2])))[-4:]


def test_facts_that_were_given_up_enroll_and_those_beside_them_do_not(cloud: Cloud, capsys: Capture) -> None:
    _, second, third, _ = carts(cloud)
    cloud.gives_up("CommerceTable", second, third)

    said = redrive(capsys)

    assert (said.status, said.err) == (0, "")
    assert "The messages of stream have been handled on this machine." in said.out
    assert cloud.runs() == ["cart-1", "cart-2"]
    assert "The dead-letter queues are empty." in rekindle(capsys, "dlq", "list", "stream", "--stack", STACK).out


def test_a_single_record_that_was_given_up_for_its_age_is_handled_and_not_put_off(
    cloud: Cloud, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, second, *_ = carts(cloud)
    cloud.gives_up("CommerceTable", second, second)
    monkeypatch.setattr(app.parts, "clock", lambda: NOW + timedelta(hours=7))

    assert redrive(capsys).status == 0

    assert cloud.runs() == ["cart-1"]


def test_the_list_says_what_was_given_up_and_why(cloud: Cloud, capsys: Capture) -> None:
    cloud.gives_up("CommerceTable", *carts(cloud)[1:3])

    (queue,) = rekindle(capsys, "dlq", "list", "stream", "--stack", STACK, "--json").json["queues"]

    assert [(each["what"], each["error"]) for each in queue["contents"]] == [
        ("place of 2 records in a stream, for enroll", "RetryAttemptsExhausted")
    ]


def test_a_record_of_them_that_is_poison_goes_to_the_poison_queue_and_the_others_enroll(
    cloud: Cloud, capsys: Capture
) -> None:
    item: Any = {"pk": "CUSTOMER#x", "sk": "CART#x", "at": "2026", "fact": "?"}
    app.parts._commerce_table.put(item)
    first, *_, last = carts(cloud)
    cloud.gives_up("CommerceTable", first, last)

    assert redrive(capsys).status == 0

    assert cloud.runs() == ["cart-1", "cart-2", "cart-3"]
    (queue,) = rekindle(capsys, "dlq", "list", "poison", "--stack", STACK, "--json").json["queues"]
    assert [each["what"] for each in queue["contents"]] == ["new cart, for enroll"]


def test_what_the_stream_no_longer_has_is_reported_and_stays(
    cloud: Cloud, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def trimmed(*_: object, **__: object) -> None:
        raise JsonRESTError("TrimmedDataAccessException", "older than the trim point")

    cloud.gives_up("CommerceTable", *carts(cloud)[1:3])
    monkeypatch.setattr(DynamoDBStreamsBackend, "get_shard_iterator", trimmed)

    said = redrive(capsys)

    assert said.status == 1
    assert said.err == "rekindle: stream: 1 message stays: the stream no longer has the records (after 24 hours)\n"
    assert cloud.runs() == []


def test_records_that_are_not_all_found_are_not_handled_in_part(cloud: Cloud, capsys: Capture) -> None:
    arn, shard, numbers = cloud.streams("CommerceTable")
    end = str(int(numbers[-1]) + 5)
    places = {"startSequenceNumber": numbers[-2], "endSequenceNumber": end}
    cloud.sets_aside({"DDBStreamBatchInfo": {"shardId": shard, "streamArn": arn, "batchSize": 7, **places}})

    said = redrive(capsys)

    assert "no longer has the records" in said.err
    assert cloud.runs() == []


def test_counts_that_were_given_up_are_left_to_the_recount(cloud: Cloud, capsys: Capture) -> None:
    """Some of a batch may have been counted before it was given up: adding it again would be a guess."""
    cloud.gives_up("CommerceTable", *carts(cloud)[1:3])
    redrive(capsys)
    cloud.gives_up("EngagementTable", 0, 0)
    before = recount()

    said = redrive(capsys)

    assert said.status == 1
    assert "some of the batch may have been counted already, and it is unknown which" in said.err
    assert recount() == before != {}
