"""The queue of launches: each launch's segment is enrolled a page at a time."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.entry.messages import Answer, messages
from chalicelib.services.audience import Audience


@dataclass(frozen=True)
class AudienceQueue:
    """The queue of launches: each message is ``{"launch": id, "start": customer or null}``, or has ``members``."""

    service: Audience

    def __call__(self, event: Mapping[str, Any]) -> Answer:
        """Enroll a page of each launch's segment."""
        for _, body in messages(event):
            message = json.loads(body)
            self.service(message["launch"], message["start"], message.get("members"))
        return {"batchItemFailures": []}
