"""The FIFO queue of batches of due enrollments."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.entry.messages import Answer, messages
from chalicelib.services.dispatch import Dispatch


@dataclass(frozen=True)
class DueQueue:
    """The FIFO queue: each message is ``{"keys": [[pk, sk], …]}``, and ``"probe": true`` if it is one."""

    service: Dispatch

    def __call__(self, event: Mapping[str, Any], has_time: Callable[[], bool] = lambda: True) -> Answer:
        """Handle batches; ``has_time``: whether there is time for another customer."""
        for _, body in messages(event):
            batch = json.loads(body)
            self.service([(pk, sk) for pk, sk in batch["keys"]], has_time, is_probe=batch.get("probe", False))
        return {}
