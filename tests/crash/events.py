"""Events as SQS and a stream bring them."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

Event = Mapping[str, Any]


def page_event(keys: Sequence[tuple[str, str]], *, is_probe: bool = False) -> Event:
    """A page as SQS brings it."""
    body = {"keys": list(keys)} | ({"probe": True} if is_probe else {})
    return {"Records": [{"messageId": "page", "body": json.dumps(body)}]}


def rollup_event(records: Sequence[Event]) -> Event:
    """A batch as a stream with a tumbling window brings it."""
    return {"Records": list(records), "shardId": "shard-1", "state": {}, "isFinalInvokeForWindow": False}
