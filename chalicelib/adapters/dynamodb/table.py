"""One DynamoDB table as Rekindle uses it: plain values in and out, with paging and retries of unprocessed items."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from time import sleep
from typing import Any

from chalicelib.adapters.aws import Aws, translated
from chalicelib.adapters.dynamodb.attributes import dump, dump_item, load_item
from chalicelib.domain.errors import Conflict, Unavailable

Key = Mapping[str, str]
Plain = dict[str, Any]
IS_NEW = "attribute_not_exists(pk)"
"""The condition of a put that must not replace an item."""
ATTEMPTS = 6
MEETINGS = 4
"""How often a write is made that meets a transaction on its item: they take milliseconds."""
NOT_WHOLE = "DynamoDB did not process a whole batch"


class Table:
    """A table with string keys ``pk`` and ``sk``."""

    def __init__(self, name: str, aws: Aws) -> None:
        self.name = name
        self._aws = aws

    def put(
        self,
        item: Mapping[str, Any],
        condition: str | None = None,
        values: Mapping[str, Any] | None = None,
        names: Mapping[str, str] | None = None,
    ) -> None:
        """Store a whole item; raises ``Conflict``, with the item in it, if ``condition`` is false."""
        extra: dict[str, Any] = {"ConditionExpression": condition} if condition else {}
        if condition:
            extra["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
        if names:
            extra["ExpressionAttributeNames"] = dict(names)
        if values:
            extra["ExpressionAttributeValues"] = dump_item(values)
        with translated():
            _write(self._aws.dynamodb.put_item, TableName=self.name, Item=dump_item(item), **extra)

    def update(
        self,
        key: Key,
        update: str,
        condition: str | None,
        names: Mapping[str, str],
        values: Mapping[str, Any],
    ) -> None:
        """Change an item in place; raises ``Conflict``, with the item in it, if ``condition`` is false."""
        extra: dict[str, Any] = {"ExpressionAttributeNames": dict(names)} if names else {}
        if condition:
            extra["ConditionExpression"] = condition
            extra["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
        if values:
            extra["ExpressionAttributeValues"] = dump_item(values)
        with translated():
            _write(
                self._aws.dynamodb.update_item,
                TableName=self.name,
                Key=dump_item(key),
                UpdateExpression=update,
                **extra,
            )

    def delete(self, key: Key) -> None:
        """Remove an item, if it exists."""
        with translated():
            self._aws.dynamodb.delete_item(TableName=self.name, Key=dump_item(key))

    def delete_if(self, key: Key, condition: str, values: Mapping[str, Any]) -> None:
        """Remove an item; raises ``Conflict`` if ``condition`` is false."""
        extra: dict[str, Any] = {"ExpressionAttributeValues": dump_item(values)} if values else {}
        with translated():
            _write(
                self._aws.dynamodb.delete_item,
                TableName=self.name,
                Key=dump_item(key),
                ConditionExpression=condition,
                **extra,
            )

    def get(self, key: Key) -> Plain | None:
        """One item, read consistently."""
        with translated():
            answer = self._aws.dynamodb.get_item(TableName=self.name, Key=dump_item(key), ConsistentRead=True)
        return load_item(answer["Item"]) if "Item" in answer else None

    def partition(self, pk: str, prefix: str | None = None) -> Iterator[Plain]:
        """All items of a partition (with a sort key that begins with ``prefix``), read consistently."""
        values = {":pk": pk} | ({":sk": prefix} if prefix else {})
        return self._query("pk = :pk AND begins_with(sk, :sk)" if prefix else "pk = :pk", values)

    def between(self, pk: str, first: str, last: str) -> Iterator[Plain]:
        """The items of a partition with sort keys from ``first`` to ``last``, read consistently."""
        return self._query("pk = :pk AND sk BETWEEN :first AND :last", {":pk": pk, ":first": first, ":last": last})

    def _query(self, condition: str, values: Mapping[str, str]) -> Iterator[Plain]:
        start: dict[str, Any] = {}
        while True:
            with translated():
                answer = self._aws.dynamodb.query(
                    TableName=self.name,
                    KeyConditionExpression=condition,
                    ExpressionAttributeValues=dump_item(values),
                    ConsistentRead=True,
                    **start,
                )
            yield from map(load_item, answer["Items"])
            if "LastEvaluatedKey" not in answer:
                return
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    def last(self, pk: str, prefix: str, limit: int) -> list[Plain]:
        """The last items of a partition whose sort keys begin with ``prefix``, the last first, read consistently."""
        with translated():
            answer = self._aws.dynamodb.query(
                TableName=self.name,
                KeyConditionExpression="pk = :pk AND begins_with(sk, :sk)",
                ExpressionAttributeValues={":pk": dump(pk), ":sk": dump(prefix)},
                ScanIndexForward=False,
                Limit=limit,
                ConsistentRead=True,
            )
        return list(map(load_item, answer["Items"]))

    def index_page(
        self,
        index: str,
        condition: str,
        values: Mapping[str, str],
        limit: int,
        names: Mapping[str, str] | None = None,
        start: Mapping[str, str] | None = None,
    ) -> tuple[list[Plain], dict[str, str] | None]:
        """One page of an index in its order, and where the next page starts (None: this is the last one)."""
        extra: dict[str, Any] = {"ExpressionAttributeNames": dict(names)} if names else {}
        if start:
            extra["ExclusiveStartKey"] = dump_item(start)
        with translated():
            answer = self._aws.dynamodb.query(
                TableName=self.name,
                IndexName=index,
                KeyConditionExpression=condition,
                ExpressionAttributeValues=dump_item(values),
                Limit=limit,
                **extra,
            )
        following = answer.get("LastEvaluatedKey")
        return [load_item(item) for item in answer["Items"]], load_item(following) if following else None

    def batch_get(self, keys: Sequence[Key]) -> list[Plain]:
        """The items with these keys that exist, in no order, read consistently."""
        found, left = self.batch_get_some(keys)
        if left:
            raise Unavailable(NOT_WHOLE)
        return found

    def batch_get_some(self, keys: Sequence[Key]) -> tuple[list[Plain], list[Plain]]:
        """As ``batch_get``, and the keys that DynamoDB did not process: one customer's trouble is not the others'."""
        found: list[Plain] = []
        not_read: list[Plain] = []
        wanted = [dump_item(key) for key in {(k["pk"], k["sk"]): k for k in keys}.values()]
        for first in range(0, len(wanted), 100):
            left: dict[str, Any] = {self.name: {"Keys": wanted[first : first + 100], "ConsistentRead": True}}
            for _ in _attempts(left):
                with translated():
                    answer = self._aws.dynamodb.batch_get_item(RequestItems=left)
                found += map(load_item, answer["Responses"].get(self.name, ()))
                left.clear()
                left.update(answer.get("UnprocessedKeys", {}))
            not_read += map(load_item, left.get(self.name, {}).get("Keys", ()))
        return found, not_read

    def batch_put(self, items: Sequence[Mapping[str, Any]]) -> None:
        """Store whole items; each replaces a stored one."""
        self._batch_write([{"PutRequest": {"Item": dump_item(item)}} for item in items])

    def _batch_write(self, requests: Sequence[dict[str, Any]]) -> None:
        for first in range(0, len(requests), 25):
            left: dict[str, Any] = {self.name: list(requests[first : first + 25])}
            for _ in _attempts(left):
                with translated():
                    answer = self._aws.dynamodb.batch_write_item(RequestItems=left)
                left.clear()
                left.update(answer.get("UnprocessedItems", {}))
            if left:
                raise Unavailable(NOT_WHOLE)

    def batch_delete(self, keys: Sequence[Key]) -> None:
        """Remove those of the items that exist."""
        self._batch_write([{"DeleteRequest": {"Key": dump_item(key)}} for key in keys])

    def scan(self, filter_prefix: str | None = None) -> Iterator[Plain]:
        """Every item (with a sort key that begins with ``filter_prefix``), in no order; for nightly work only."""
        extra: dict[str, Any] = {}
        if filter_prefix:
            extra["FilterExpression"] = "begins_with(sk, :sk)"
            extra["ExpressionAttributeValues"] = {":sk": dump(filter_prefix)}
        while True:
            with translated():
                answer = self._aws.dynamodb.scan(TableName=self.name, **extra)
            yield from map(load_item, answer["Items"])
            if "LastEvaluatedKey" not in answer:
                return
            extra["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def transact(self, actions: Sequence[Mapping[str, Any]]) -> None:
        """Make all of several writes or none, at twice the price of the same writes one by one."""
        with translated():
            self._aws.dynamodb.transact_write_items(TransactItems=list(actions))  # type: ignore[arg-type]


def is_own(conflict: Conflict, item: Mapping[str, Any]) -> bool:
    """Whether what is stored is just what the put that got this conflict was to store.

    So it may be its own write: if the answer to a write is lost, botocore repeats it, and the repetition fails its own
    condition. Where that makes a difference, two processes must not write the same item: each adds what only it has.
    """
    return conflict.item == dump_item(item)


def _write(call: Callable[..., Any], **arguments: Any) -> None:
    """Make a write, again if a transaction on the same item is just being carried out: botocore does not repeat that.

    Credits change in transactions, on the runs that dispatch claims and settles.
    """
    from botocore.exceptions import ClientError

    for attempt in range(1, MEETINGS + 1):
        try:
            call(**arguments)
            return
        except ClientError as error:
            met = error.response.get("Error", {}).get("Code") == "TransactionConflictException"
            if not met or attempt == MEETINGS:
                raise
        sleep(0.02 * 2**attempt)


def _attempts(left: Mapping[str, Any]) -> Iterator[int]:
    """Attempts with growing pauses while items are left."""
    for attempt in range(ATTEMPTS):
        if not left:
            return
        if attempt:
            sleep(0.05 * 2**attempt)
        yield attempt
