"""Lambda's event source for a DynamoDB stream: one ordered reader per shard, with retries, bisection and windows.

The first retries follow at once; one that goes on failing is repeated each minute, until its records are too old.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from infra.machine.engines.moto.stream_tap import Record
from infra.package.packaged import StreamSource

Event = dict[str, Any]
Handler = Callable[[Event], Any]
Redeliver = Callable[[str, Event], int]
"""Returns how many more times a function gets an event that it has handled, given its name and the event."""

ALL = 0
AT_ONCE = 5
"""So many retries follow each other at once."""
BACK_OFF = timedelta(minutes=1)


@dataclass(frozen=True)
class RecordBatch:
    """Records that are passed together, the number of tries, and when the next one is (None: at once)."""

    records: tuple[Record, ...]
    attempts: int = 0
    due_at: datetime | None = None


@dataclass
class Window:
    """An open tumbling window; ``start`` and ``end`` are epoch seconds."""

    start: int
    end: int
    state: Any


class Stream(Protocol):
    """The stream of a shard."""

    @property
    def stream_arn(self) -> str: ...


class ShardPump:
    """Passes one shard's records to the function, one batch per step."""

    def __init__(
        self,
        source: StreamSource,
        stream: Stream,
        reader_shard: tuple[str, Any],
        handler: Handler,
        set_aside: Callable[[Event], None],
        now: Callable[[], datetime],
        redeliver: Redeliver,
    ) -> None:
        self._source, self._stream, self._handler = source, stream, handler
        self._shard, self._waiting = reader_shard
        self._set_aside, self._now, self._redeliver = set_aside, now, redeliver
        self._retries: list[RecordBatch] = []
        self._window: Window | None = None
        self.is_busy = False
        """Whether a batch is being handled: a shard has one reader."""

    @property
    def function(self) -> str:
        """The function that gets the records."""
        return self._source.function

    @property
    def reads(self) -> str:
        """The logical name of the table."""
        return self._source.table

    @property
    def backlog(self) -> int:
        """The number of waiting records."""
        return len(self._waiting) + sum(len(batch.records) for batch in self._retries)

    def contents(self) -> list[object]:
        """What waits, for comparing two states."""
        waiting = [*self._waiting, *(record for batch in self._retries for record in batch.records)]
        return [[each["eventName"], each["dynamodb"].get("NewImage"), each["dynamodb"]["Keys"]] for each in waiting]

    def next_due(self) -> datetime | None:
        """When a batch is retried, or when a tumbling window closes, or would, for the records waiting."""
        if self._retries and self._retries[-1].due_at:
            return self._retries[-1].due_at
        if self._window is not None:
            return datetime.fromtimestamp(self._window.end, UTC)
        first = self._retries[-1].records[0] if self._retries else self._waiting[0] if self._waiting else None
        if first is not None and self._source.tumbling_window:
            start = _window_start(first, self._source.tumbling_window)
            return datetime.fromtimestamp(start + self._source.tumbling_window, UTC)
        return None

    def is_ready(self) -> bool:
        """Whether there is a full batch, a retry, or a window that has ended; without windows: any record."""
        due = self.next_due()
        if not self._source.tumbling_window:
            return self.backlog > 0 and (due is None or self._now() >= due)
        return self.backlog >= self._source.batch_size or (due is not None and self._now() >= due)

    def step(self) -> bool:
        """Pass one batch to the function, or close the window that has ended; False if there was nothing to do."""
        batch = self._next_batch()
        if self._window is not None and self._is_over(self._window, batch):
            if batch is not None:
                self._retries.append(batch)
            self._close_window()
            return True
        if batch is None:
            return False
        self._deliver(batch)
        return True

    def _next_batch(self) -> RecordBatch | None:
        while self._retries:
            batch = self._retries[-1]
            if batch.due_at and self._now() < batch.due_at:
                return None
            self._retries.pop()
            if not self._too_old(batch.records[0]):
                return batch
            self._give_up(batch.records[:1], batch.attempts, "RecordAgeExceeded")
            if batch.records[1:]:
                self._retries.append(RecordBatch(batch.records[1:], batch.attempts))
        records: list[Record] = []
        while self._waiting and len(records) < self._source.batch_size:
            if self._too_old(self._waiting[0]):
                if records:
                    break
                self._give_up((self._waiting.popleft(),), 0, "RecordAgeExceeded")
                continue
            if records and self._in_other_windows(records[0], self._waiting[0]):
                break
            records.append(self._waiting.popleft())
        return RecordBatch(tuple(records)) if records else None

    def _in_other_windows(self, first: Record, other: Record) -> bool:
        size = self._source.tumbling_window
        return size > 0 and _window_start(first, size) != _window_start(other, size)

    def _too_old(self, record: Record) -> bool:
        age = self._now() - datetime.fromtimestamp(record["dynamodb"]["ApproximateCreationDateTime"], UTC)
        return self._source.maximum_age is not None and age > timedelta(seconds=self._source.maximum_age)

    def _is_over(self, window: Window, batch: RecordBatch | None) -> bool:
        if batch is None:
            return self._now().timestamp() >= window.end
        return _window_start(batch.records[0], self._source.tumbling_window) > window.start

    def _close_window(self) -> None:
        event = self._event(()) | {"isFinalInvokeForWindow": True}
        for _ in range(1 + (AT_ONCE if self._source.retries is None else self._source.retries)):
            answer, failed = self._invoke(event)
            if not failed and isinstance(answer, dict) and "state" in answer:
                break
        self._window = None

    def _deliver(self, batch: RecordBatch) -> None:
        if self._source.tumbling_window and self._window is None:
            start = _window_start(batch.records[0], self._source.tumbling_window)
            self._window = Window(start, start + self._source.tumbling_window, {})
        answer, raised = self._invoke(self._event(batch.records))
        if raised or (self._window is not None and not (isinstance(answer, dict) and "state" in answer)):
            self._retry_all(batch)
            return
        if self._window is not None:
            self._window.state = answer["state"]
        failed = self._first_failure(batch, answer)
        if failed is not None:
            self._retry_from(batch, failed)

    def _invoke(self, event: Event) -> tuple[Any, bool]:
        self.is_busy = True
        try:
            answer = self._handler(event)
            for _ in range(self._redeliver(self._source.function, event)):
                self._handler(event)
        except Exception:
            return None, True
        finally:
            self.is_busy = False
        return answer, False

    def _first_failure(self, batch: RecordBatch, answer: Any) -> int | None:
        """The place of the lowest sequence number reported as failed; 0 (all) if one of them is not in the batch."""
        if not self._source.report_failures or not isinstance(answer, dict) or not answer.get("batchItemFailures"):
            return None
        places = {record["dynamodb"]["SequenceNumber"]: place for place, record in enumerate(batch.records)}
        reported = [failure.get("itemIdentifier") for failure in answer["batchItemFailures"]]
        return min((places.get(number, ALL) for number in reported), default=None)

    def _retry_all(self, batch: RecordBatch) -> None:
        """After an exception: two halves, which do not count as a retry, or the same batch until no retry is left."""
        middle = len(batch.records) // 2
        if self._source.bisect and middle:
            self._retries.append(RecordBatch(batch.records[middle:], batch.attempts))
            self._retries.append(RecordBatch(batch.records[:middle], batch.attempts))
        else:
            self._retry_from(batch, ALL)

    def _retry_from(self, batch: RecordBatch, place: int) -> None:
        attempts = 1 if place else batch.attempts + 1
        if self._source.retries is not None and attempts > self._source.retries:
            self._give_up(batch.records[place:], attempts, "RetryAttemptsExhausted")
        else:
            due_at = self._now() + BACK_OFF if attempts > AT_ONCE else None
            self._retries.append(RecordBatch(batch.records[place:], attempts, due_at))

    def _event(self, records: tuple[Record, ...]) -> Event:
        event: Event = {"Records": list(records)}
        if self._window is not None:
            event |= {
                "shardId": self._shard,
                "eventSourceARN": self._stream.stream_arn,
                "window": {"start": _iso(self._window.start), "end": _iso(self._window.end)},
                "state": self._window.state,
                "isFinalInvokeForWindow": False,
                "isWindowTerminatedEarly": False,
            }
        return event

    def _give_up(self, records: tuple[Record, ...], attempts: int, condition: str) -> None:
        """The failure destination gets the places of the records, never their content."""
        first, last = records[0]["dynamodb"], records[-1]["dynamodb"]
        self._set_aside(
            {
                "requestContext": {
                    "requestId": records[0]["eventID"],
                    "functionArn": f"arn:aws:lambda:us-east-1:123456789012:function:{self._source.function}",
                    "condition": condition,
                    "approximateInvokeCount": attempts,
                },
                "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
                "version": "1.0",
                "timestamp": self._now().isoformat().replace("+00:00", "Z"),
                "DDBStreamBatchInfo": {
                    "shardId": self._shard,
                    "startSequenceNumber": first["SequenceNumber"],
                    "endSequenceNumber": last["SequenceNumber"],
                    "approximateArrivalOfFirstRecord": _iso(first["ApproximateCreationDateTime"]),
                    "approximateArrivalOfLastRecord": _iso(last["ApproximateCreationDateTime"]),
                    "batchSize": len(records),
                    "streamArn": self._stream.stream_arn,
                },
            }
        )


def _window_start(record: Record, size: int) -> int:
    return int(record["dynamodb"]["ApproximateCreationDateTime"]) // size * size


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
