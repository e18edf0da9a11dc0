"""Reads records that Lambda gave up on from their stream again, in the form that Lambda passes."""

from collections.abc import Mapping
from typing import Any

MOST_ANSWERS = 100
"""An answer may be empty although more records follow."""


class Gone(Exception):
    """The stream no longer has the records: it keeps them for 24 hours."""


def records_at(info: Mapping[str, Any]) -> list[dict[str, Any]]:
    """All records of a batch; ``info`` is Lambda's ``DDBStreamBatchInfo``. Raises ``Gone``."""
    import boto3

    client: Any = boto3.client("dynamodbstreams")
    begin = {"ShardIteratorType": "AT_SEQUENCE_NUMBER", "SequenceNumber": info["startSequenceNumber"]}
    last, found = int(info["endSequenceNumber"]), list[dict[str, Any]]()
    try:
        placed = client.get_shard_iterator(StreamArn=info["streamArn"], ShardId=info["shardId"], **begin)
        place = placed["ShardIterator"]
        for _ in range(MOST_ANSWERS):
            answer = client.get_records(ShardIterator=place)
            found += [_as_lambda_passes(record, info["streamArn"]) for record in answer["Records"]]
            if found and _number(found[-1]) >= last:
                return [record for record in found if _number(record) <= last]
            if (place := answer.get("NextShardIterator")) is None:
                break
    except (client.exceptions.TrimmedDataAccessException, client.exceptions.ResourceNotFoundException):
        raise Gone from None
    raise Gone


def _number(record: Mapping[str, Any]) -> int:
    return int(record["dynamodb"]["SequenceNumber"])


def _as_lambda_passes(record: Mapping[str, Any], arn: str) -> dict[str, Any]:
    change = {**record["dynamodb"]}
    change["ApproximateCreationDateTime"] = change["ApproximateCreationDateTime"].timestamp()
    return {**record, "dynamodb": change, "eventSourceARN": arn}
