"""A function plays again as it was recorded, with the answers it got, and without AWS."""

from datetime import UTC, datetime
from typing import Any

import boto3
import pytest

from infra.bench.tape import Tape
from infra.machine.clock import VirtualClock
from infra.machine.machine import Machine

START = datetime(2026, 3, 2, 10, tzinfo=UTC)


def test_what_is_played_is_what_happened() -> None:
    clock = VirtualClock(START)
    with Machine(clock, http=True) as machine:
        tape, client, seen = Tape(clock), boto3.client("dynamodb"), []
        key = {"pk": {"S": "a"}, "sk": {"S": "b"}}
        table = machine.stack.tables["CommerceTable"]

        def read(event: Any, context: Any) -> None:
            seen.append((clock.now(), client.get_item(TableName=table, Key=key).get("Item")))

        with tape.recording():
            tape.recorded("read", read)({}, None)
            client.put_item(TableName=table, Item=key)
        clock.set(datetime(2026, 3, 3, tzinfo=UTC))
        seconds = tape.play(2)

        assert seen == [(START, None)] * 4  # once, once to be warm, and twice; the item written since is not seen
        assert set(seconds) == {"read"}
        assert clock.now() == datetime(2026, 3, 3, tzinfo=UTC)


def test_asking_for_less_than_was_recorded_is_an_error() -> None:
    clock = VirtualClock(START)
    tape = Tape(clock)
    tape.recorded("idle", lambda event, context: None)({}, None)
    tape.runs[0].answers.append((200, {}, b"{}"))

    with pytest.raises(RuntimeError, match="idle asked for less"):
        tape.play(1)
