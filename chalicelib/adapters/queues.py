"""The queues: batches of due enrollments, continuations of a launch's audience, records that failed."""

import json
from collections.abc import Mapping
from typing import Any

from chalicelib.adapters.aws import Aws, translated


class SqsQueue:
    """One SQS queue of JSON messages."""

    def __init__(self, url: str, aws: Aws) -> None:
        self._url = url
        self._aws = aws

    def put(self, body: Mapping[str, Any], group: str | None = None, deduplication: str | None = None) -> None:
        """Send a message; for a FIFO queue, with ``group`` and ``deduplication`` (an id, valid for five minutes)."""
        extra: dict[str, Any] = {}
        if group and deduplication:
            extra = {"MessageGroupId": group, "MessageDeduplicationId": deduplication}
        with translated():
            self._aws.sqs.send_message(QueueUrl=self._url, MessageBody=json.dumps(body, separators=(",", ":")), **extra)

    def depth(self) -> int:
        """The approximate number of messages that wait to be received."""
        name = "ApproximateNumberOfMessages"
        with translated():
            answer = self._aws.sqs.get_queue_attributes(
                QueueUrl=self._url, AttributeNames=["ApproximateNumberOfMessages"]
            )
        return int(answer["Attributes"][name])  # type: ignore[index]
