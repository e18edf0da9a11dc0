"""A table's change stream: it replaces moto's single, growing shard, and passes each record to its readers.

As on AWS, a write that changes nothing makes no record, and a stream may be split by partition key into several shards.
A record's time is the virtual one, and a record is dropped once every reader has it.
"""

import base64
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zlib import crc32

from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import StreamShard, Table

from infra.machine.filters import matcher, reads_only_keys

Record = dict[str, Any]
Attributes = dict[str, dict[str, Any]]
FIRST_SEQUENCE_NUMBER = 100000000000000000001


@dataclass
class Reader:
    """One event source at the stream: for each shard, the matching records that it has not taken yet."""

    shards: list[deque[Record]]
    matches: Callable[[Any], bool]
    keys_suffice: bool
    names: list[str] = field(default_factory=list)


class StreamTap(StreamShard):
    """Replaces a table's ``stream_shard`` of moto, which calls ``add`` after each write."""

    def __init__(self, table: Table, now: Callable[[], datetime], shards: int = 1) -> None:
        super().__init__(table.account_id, table)
        self._now = now
        self._shards = shards
        self._count = 0
        self._readers: list[Reader] = []
        self._held: list[tuple[Item | None, Item | None]] | None = None

    def __deepcopy__(self, memo: dict[int, Any]) -> "StreamTap":
        return self

    @property
    def stream_arn(self) -> str:
        """The ARN in the records."""
        return f"{self.table.table_arn}/stream/{self.table.latest_stream_label}"

    def subscribe(self, filters: tuple[str, ...] = ()) -> Reader:
        """A reader of the records from now on that match one of the event patterns."""
        shards: list[deque[Record]] = [deque() for _ in range(self._shards)]
        names = [f"shardId-{number:020d}-{crc32(self.table.name.encode()):08x}" for number in range(self._shards)]
        reader = Reader(shards, matcher(filters), reads_only_keys(filters), names)
        self._readers.append(reader)
        return reader

    def hold(self) -> None:
        """Hold writes back from now on, until their transaction has succeeded or failed."""
        self._held = []

    def release(self, has_succeeded: bool) -> None:
        """Pass the held writes to the readers, or drop them."""
        held, self._held = self._held or [], None
        if has_succeeded:
            for old, new in held:
                self.add(old, new)

    def add(self, old: Item | None, new: Item | None) -> None:
        """Called when a write has replaced ``old`` by ``new``; ``None`` means no item."""
        if self._held is not None:
            self._held.append((_frozen(old), _frozen(new)))
            return
        if old is not None and new is not None and old.attrs == new.attrs:
            return
        self._count += 1
        if self._readers:
            self._hand_out(old, new)

    def _hand_out(self, old: Item | None, new: Item | None) -> None:
        record, shard = self._record(old, new)
        body, has_images = record["dynamodb"], False
        for reader in self._readers:
            if reader.keys_suffice and not reader.matches(record):
                continue
            if not has_images:
                has_images = True
                body.update(_images(old, new))
            if reader.keys_suffice or reader.matches(record):
                reader.shards[shard].append(record)

    def _record(self, old: Item | None, new: Item | None) -> tuple[Record, int]:
        written = next(item for item in (new, old) if item is not None)
        sequence_number = str(FIRST_SEQUENCE_NUMBER + self._count)
        keys = {name: plain(written.attrs[name]) for name in self.table.table_key_attrs}
        record = {
            "eventID": f"{crc32(sequence_number.encode()):08x}{self._count:024x}",
            "eventName": "INSERT" if old is None else "REMOVE" if new is None else "MODIFY",
            "eventVersion": "1.1",
            "eventSource": "aws:dynamodb",
            "awsRegion": self.table.region_name,
            "dynamodb": {
                "ApproximateCreationDateTime": float(int(self._now().timestamp())),
                "Keys": keys,
                "SequenceNumber": sequence_number,
                "SizeBytes": 1,
                "StreamViewType": "NEW_AND_OLD_IMAGES",
            },
            "eventSourceARN": self.stream_arn,
        }
        return record, crc32(written.hash_key.value.encode()) % self._shards


def plain(value: DynamoType) -> dict[str, Any]:
    """An attribute value in the JSON form of an event."""
    kind, content = value.type, value.value
    if kind == "M":
        return {"M": {name: plain(below) for name, below in content.items()}}
    if kind == "L":
        return {"L": [plain(below) for below in content]}
    if kind == "B":
        return {"B": _in_base64(content)}
    if kind == "BS":
        return {"BS": [_in_base64(each) for each in content]}
    return {kind: list(content) if kind in ("SS", "NS") else content}


def attributes(item: Item) -> Attributes:
    """An item in the JSON form of an event."""
    return {name: plain(value) for name, value in item.attrs.items()}


def _images(old: Item | None, new: Item | None) -> dict[str, Attributes]:
    images = {}
    if new is not None:
        images["NewImage"] = attributes(new)
    if old is not None:
        images["OldImage"] = attributes(old)
    return images


def _frozen(item: Item | None) -> Item | None:
    return None if item is None else item.__deepcopy__({})


def _in_base64(content: bytes | str) -> str:
    return content if isinstance(content, str) else base64.b64encode(content).decode("ascii")
