"""What a handler is called with on the local machine: Lambda's context, a schedule's event, and a crash."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5


class Crash(BaseException):
    """Simulates the end of the process: raised by a fake, it stops a handler; no ``except Exception`` catches it."""


@dataclass(frozen=True)
class LambdaContext:
    """Lambda's context: the function's name and the time left, in milliseconds."""

    function_name: str
    memory_limit_in_mb: int = 512
    function_version: str = "$LATEST"
    log_stream_name: str = "local"

    @property
    def aws_request_id(self) -> str:
        """The same for each call of a function, so that runs can be compared."""
        return str(uuid5(NAMESPACE_URL, self.function_name))

    @property
    def invoked_function_arn(self) -> str:
        """As on AWS."""
        return f"arn:aws:lambda:us-east-1:123456789012:function:{self.function_name}"

    @property
    def log_group_name(self) -> str:
        """As on AWS."""
        return f"/aws/lambda/{self.function_name}"

    def get_remaining_time_in_millis(self) -> int:
        """Always a minute: virtual time does not advance while a function runs."""
        return 60_000


def scheduled_event(time: datetime, expression: str) -> dict[str, Any]:
    """EventBridge's event for a schedule that runs at ``time``, UTC."""
    return {
        "version": "0",
        "id": str(uuid5(NAMESPACE_URL, f"{expression} {time.isoformat()}")),
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": "123456789012",
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": "us-east-1",
        "resources": [],
        "detail": {},
    }
