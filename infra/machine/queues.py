"""Lambda's event source for an SQS queue. moto handles groups, delays and dead letters, in virtual time."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import moto.sqs.models as moto_sqs

from infra.machine.stack import ACCOUNT_ID, REGION
from infra.machine.streams import Event, Handler, Redeliver
from infra.package.packaged import QueueSource


class QueuePump:
    """Passes one queue's messages to the function, one batch per step."""

    def __init__(
        self,
        source: QueueSource,
        queue_name: str,
        handler: Handler,
        now: Callable[[], datetime],
        redeliver: Redeliver,
    ) -> None:
        self._source, self._name, self._handler = source, queue_name, handler
        self._now, self._redeliver = now, redeliver
        self._backend = moto_sqs.sqs_backends[ACCOUNT_ID][REGION]
        self._queue = self._backend.get_queue(queue_name)

    @property
    def function(self) -> str:
        """The function that gets the messages."""
        return self._source.function

    @property
    def is_busy(self) -> bool:
        """Never: a queue's messages are handled by several at once."""
        return False

    @property
    def reads(self) -> str:
        """The logical name of the queue."""
        return self._source.queue

    @property
    def backlog(self) -> int:
        """The number of messages on the queue, waiting or in flight."""
        return len(self._queue._messages)

    def contents(self) -> list[object]:
        """What waits, for comparing two states."""
        return [[each.body, each.visible_at, each.delayed_until] for each in self._queue._messages]

    def is_ready(self) -> bool:
        """Whether a message can be received now."""
        return bool(self._queue._messages) and bool(self._queue.messages)

    def next_due(self) -> datetime | None:
        """When the next hidden message becomes visible."""
        now = self._now().timestamp() * 1000
        hidden = [max(each.visible_at, each.delayed_until) for each in self._queue._messages]
        later = [time for time in hidden if time >= now]
        if not later:
            return None
        return datetime.fromtimestamp(min(later) / 1000, UTC) + timedelta(milliseconds=1)

    def step(self) -> bool:
        """Pass one batch to the function; False if no message can be received."""
        if not self._queue._messages:
            return False
        visibility = self._queue.visibility_timeout  # type: ignore[attr-defined]
        messages = self._backend.receive_message(self._name, self._source.batch_size, 0, visibility)
        if not messages:
            return False
        failed = self._failed(self._event(messages), {message.id for message in messages})
        for message in messages:
            if message.id not in failed:
                self._backend.delete_message(self._name, str(message.receipt_handle))
        return True

    def _failed(self, event: Event, ids: set[str]) -> set[str]:
        """The identifiers of the messages that stay on the queue until their visibility time-out."""
        try:
            answer = self._handler(event)
            for _ in range(self._redeliver(self._source.function, event)):
                self._handler(event)
        except Exception:
            return ids
        if not self._source.report_failures or not isinstance(answer, dict):
            return set()
        reported = {failure.get("itemIdentifier") for failure in answer.get("batchItemFailures") or ()}
        return reported if reported <= ids else ids

    def _event(self, messages: list[moto_sqs.Message]) -> Event:
        return {"Records": [self._record(message) for message in messages]}

    def _record(self, message: moto_sqs.Message) -> dict[str, Any]:
        attributes = {
            "ApproximateReceiveCount": str(message.approximate_receive_count),
            "SentTimestamp": str(message.sent_timestamp),
            "SenderId": "AIDAIENQZJOLO23YVJ4VO",
            "ApproximateFirstReceiveTimestamp": str(message.approximate_first_receive_timestamp),
        }
        if self._source.fifo:
            attributes |= {
                "SequenceNumber": str(message.sequence_number),
                "MessageGroupId": str(message.group_id),
                "MessageDeduplicationId": str(message.deduplication_id),
            }
        return {
            "messageId": message.id,
            "receiptHandle": message.receipt_handle,
            "body": message.body,
            "attributes": attributes,
            "messageAttributes": message.message_attributes,
            "md5OfBody": message.body_md5,
            "eventSource": "aws:sqs",
            "eventSourceARN": self._queue.queue_arn,
            "awsRegion": REGION,
        }
