"""The short wire: the same answers, without HTTP."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, ParamValidationError
from moto.core.botocore_stubber import BotocoreStubber

from infra.machine.clock import VirtualClock
from infra.machine.machine import Machine
from tests.machine.given import START, put, send, waiting
from tests.machine.test_machine import MIME


class Requests:
    """Counts the requests that take the long way."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        real = BotocoreStubber.__call__

        def counted(stubber: BotocoreStubber, event_name: str, request: Any, **arguments: Any) -> Any:
            self.count += 1
            return real(stubber, event_name, request, **arguments)

        monkeypatch.setattr(BotocoreStubber, "__call__", counted)


def machine(**options: Any) -> Machine:
    return Machine(VirtualClock(START), handlers={}, sources=(), **options)


@pytest.mark.parametrize(("http", "requests"), [(False, 0), (True, 3)])
def test_the_usual_calls_play_no_http_unless_asked(monkeypatch: pytest.MonkeyPatch, http: bool, requests: int) -> None:
    with machine(http=http) as local:
        long_way = Requests(monkeypatch)
        put(local, "CART#1")
        send(local, "DueQueue", "page", MessageGroupId="0")
        answer = boto3.client("sesv2").send_email(
            FromEmailAddress="hello@shop.example", Content={"Raw": {"Data": MIME.encode()}}
        )

        assert long_way.count == requests
        assert waiting(local, "DueQueue") == ["page"]
        assert [mail.message_id for mail in local.inbox.collect(START)] == [answer["MessageId"]]


def test_errors_are_botocores_own() -> None:
    with machine() as local:
        client = boto3.client("dynamodb")
        table, key = local.stack.tables["CommerceTable"], {"pk": {"S": "CUSTOMER#1"}, "sk": {"S": "CART#1"}}
        put(local, "CART#1")

        with pytest.raises(client.exceptions.ConditionalCheckFailedException):
            client.put_item(TableName=table, Item=key, ConditionExpression="attribute_not_exists(pk)")
        with pytest.raises(client.exceptions.ResourceNotFoundException):
            client.get_item(TableName="nothing", Key=key)
        with pytest.raises(ParamValidationError):
            client.get_item(TableName=table)  # type: ignore[call-arg]
        with pytest.raises(ClientError, match="authority to send"):
            boto3.client("sesv2").send_email(
                FromEmailAddress="other@shop.example", Content={"Raw": {"Data": MIME.encode()}}
            )


def test_a_fault_hooked_in_before_the_call_comes_first() -> None:
    with machine() as local:
        client = boto3.client("dynamodb")

        def lost(**_arguments: Any) -> None:
            raise ConnectionError("lost")

        client.meta.events.register("before-call.dynamodb", lost)
        try:
            with pytest.raises(ConnectionError, match="lost"):
                client.get_item(
                    TableName=local.stack.tables["CommerceTable"],
                    Key={"pk": {"S": "CUSTOMER#1"}, "sk": {"S": "CART#1"}},
                )
        finally:  # the client is the next machine's, too
            client.meta.events.unregister("before-call.dynamodb", lost)


def test_calls_from_several_threads_do_not_meet() -> None:
    with machine() as local:
        client: Any = boto3.client("dynamodb")
        table, key = local.stack.tables["KpisTable"], {"pk": {"S": "day"}, "sk": {"S": "all"}}

        def count(_number: int) -> None:
            values = {":one": {"N": "1"}}
            client.update_item(
                TableName=table, Key=key, UpdateExpression="ADD sent :one", ExpressionAttributeValues=values
            )
            client.query(TableName=table, KeyConditionExpression="pk = :p", ExpressionAttributeValues={":p": key["pk"]})

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(count, range(80)))

        assert client.get_item(TableName=table, Key=key)["Item"]["sent"] == {"N": "80"}
