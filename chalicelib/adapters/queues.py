"""The queues: pages of due enrollments, the audience's continuations, records that nobody could handle."""

import json
from collections.abc import Mapping
from typing import Any

from chalicelib.adapters import aws


class Queue:
    """One SQS queue of JSON messages."""

    def __init__(self, url: str) -> None:
        self._url = url

    def put(self, body: Mapping[str, Any], group: str | None = None, deduplication: str | None = None) -> None:
        """Send a message; ``group`` and ``deduplication`` (an id good for five minutes) on a FIFO queue."""
        extra: dict[str, Any] = {}
        if group and deduplication:
            extra = {"MessageGroupId": group, "MessageDeduplicationId": deduplication}
        with aws.translated():
            aws.sqs().send_message(QueueUrl=self._url, MessageBody=json.dumps(body, separators=(",", ":")), **extra)

    def depth(self) -> int:
        """About how many messages wait to be taken."""
        name = "ApproximateNumberOfMessages"
        with aws.translated():
            answer = aws.sqs().get_queue_attributes(QueueUrl=self._url, AttributeNames=["ApproximateNumberOfMessages"])
        return int(answer["Attributes"][name])  # type: ignore[index]
