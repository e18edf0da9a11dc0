"""The change stream of a table on another engine, read shard by shard, for a pump of the local machine."""

import base64
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from infra.machine.engines.moto.stream_tap import Record
from infra.machine.filters import matcher


class Writes(Protocol):
    """Counts calls that may have changed a table."""

    @property
    def count(self) -> int: ...


@dataclass(frozen=True)
class RemoteStream:
    """One stream; ``client`` is boto3's of the DynamoDB Streams API. Records get the virtual time."""

    client: Any
    stream_arn: str
    now: Callable[[], datetime]
    writes: Writes

    def shards(self, filters: tuple[str, ...]) -> list[tuple[str, "RemoteShard"]]:
        """Every shard that exists now, by name, read from its beginning."""
        first = [each["ShardId"] for each in self.described() if "ParentShardId" not in each]
        return [(name, RemoteShard(self, name, filters)) for name in first]

    def described(self) -> list[dict[str, Any]]:
        """The engine's own list of the shards."""
        found: list[dict[str, Any]] = []
        start: dict[str, str] = {}
        while True:
            description = self.client.describe_stream(StreamArn=self.stream_arn, **start)["StreamDescription"]
            found += description["Shards"]
            if "LastEvaluatedShardId" not in description:
                return found
            start = {"ExclusiveStartShardId": description["LastEvaluatedShardId"]}

    def record(self, raw: Record) -> Record:
        """A record in Lambda's form, with the virtual time of reading: the engine's is real time."""
        time = float(int(self.now().timestamp()))
        change = {**raw["dynamodb"], "ApproximateCreationDateTime": time}
        for name in ("Keys", "NewImage", "OldImage"):
            if name in change:
                change[name] = {attribute: _plain(value) for attribute, value in change[name].items()}
        return {**raw, "dynamodb": change, "eventSourceARN": self.stream_arn}


class RemoteShard:
    """A pump's queue of records, which reads more from the engine after each possible write.

    DynamoDB Local never splits a shard; from time to time it closes one and begins the next, which is read after it.
    """

    def __init__(self, stream: RemoteStream, name: str, filters: tuple[str, ...]) -> None:
        self._stream, self._matches = stream, matcher(filters)
        self._records: deque[Record] = deque()
        self._seen = -1
        self._shard: str | None = name
        self._last: str | None = None
        self._place: str | None = self._placed()

    def __len__(self) -> int:
        if self._seen != self._stream.writes.count:
            self._seen = self._stream.writes.count
            self._fetch()
        return len(self._records)

    def __getitem__(self, place: int) -> Record:
        return self._records[place]

    def popleft(self) -> Record:
        """Take the oldest record."""
        return self._records.popleft()

    def _fetch(self) -> None:
        while self._place is not None:
            answer = self._answer()
            records = [self._stream.record(each) for each in answer["Records"]]
            self._records.extend(each for each in records if self._matches(each))
            if records:
                self._last = records[-1]["dynamodb"]["SequenceNumber"]
            self._place = answer.get("NextShardIterator") or self._in_the_next_shard()
            if not records:
                return

    def _answer(self) -> Any:
        """The records after the place. An iterator expires; one before the first record does when that arrives."""
        client = self._stream.client
        try:
            return client.get_records(ShardIterator=self._place)
        except (client.exceptions.TrimmedDataAccessException, client.exceptions.ExpiredIteratorException):
            return client.get_records(ShardIterator=self._placed())

    def _in_the_next_shard(self) -> str | None:
        following = [each["ShardId"] for each in self._stream.described() if each.get("ParentShardId") == self._shard]
        self._shard, self._last = (following[0], None) if following else (None, None)
        return self._placed() if following else None

    def _placed(self) -> str:
        """An iterator that begins after the last record read of the shard."""
        after = {"ShardIteratorType": "TRIM_HORIZON"}
        if self._last is not None:
            after = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": self._last}
        answer = self._stream.client.get_shard_iterator(StreamArn=self._stream.stream_arn, ShardId=self._shard, **after)
        return str(answer["ShardIterator"])


def _plain(value: dict[str, Any]) -> dict[str, Any]:
    """An attribute value for JSON: bytes in base64."""
    ((kind, content),) = value.items()
    match kind:
        case "M":
            return {"M": {name: _plain(below) for name, below in content.items()}}
        case "L":
            return {"L": [_plain(below) for below in content]}
        case "B":
            return {"B": base64.b64encode(content).decode("ascii")}
        case "BS":
            return {"BS": [base64.b64encode(each).decode("ascii") for each in content]}
        case _:
            return value
