"""A process with everything imported, which forks one worker a line of its input; a worker may be ordered to die.

Arguments: the keys of the journeys.

Input: ``{"handler": "dispatch", "event": {...}, "now": "2026-...", "kill": [3, "before"]}``: the worker sends itself
SIGKILL right before its third call to AWS leaves (``after``: as soon as the answer is there). Output, a line each:
``{"killed": true}``, or ``{"killed": false, "answer": {...}, "calls": 12}``, or ``{"error": "traceback"}``.
"""

import json
import os
import signal
import sys
import traceback
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

import app
import workflows
from chalicelib import wiring
from infra.messages.local import templates

HANDLERS = {
    "enroll": "commerce_stream",
    "dispatch": "due_queue",
    "rollup": "engagement_stream",
    "feedback": "report_queue",
}
"""The part that each function calls."""


class Worker:
    """What a forked process looks at: its time, how many calls it has made, and when it is to die."""

    now = datetime.min.replace(tzinfo=UTC)
    calls = 0
    kill: tuple[int, str] | None = None

    @classmethod
    def before(cls, **_: Any) -> None:
        """botocore's ``before-send``."""
        cls.calls += 1
        cls._die_if("before")

    @classmethod
    def after(cls, **_: Any) -> None:
        """botocore's ``after-call``."""
        cls._die_if("after")

    @classmethod
    def _die_if(cls, moment: str) -> None:
        if cls.kill == (cls.calls, moment):
            os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    """Prepare once, then serve orders until the input ends."""
    reports = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # the log goes elsewhere: its lines are no reports
    app.parts = wiring.Parts(
        templates=templates, clock=lambda: Worker.now, journeys=partial(workflows.registered, only=sys.argv[1:])
    )
    handlers: dict[str, Callable[[Any], Any]] = {name: getattr(app.parts, part) for name, part in HANDLERS.items()}
    aws = app.parts.aws
    for client in (aws.dynamodb, aws.sqs, aws.ses):
        client.meta.events.register_first("before-send", Worker.before)
        client.meta.events.register_last("after-call", Worker.after)
    print("ready", file=reports, flush=True)
    for line in sys.stdin:
        print(_forked(handlers, json.loads(line)), file=reports, flush=True)


def _forked(handlers: Mapping[str, Callable[[Any], Any]], order: Mapping[str, Any]) -> str:
    reading, writing = os.pipe()
    pid = os.fork()
    if not pid:
        os.write(writing, _told(handlers, order).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        line_back = pipe.read()
    _, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return json.dumps({"killed": True})
    return line_back


def _told(handlers: Mapping[str, Callable[[Any], Any]], order: Mapping[str, Any]) -> str:
    Worker.now = datetime.fromisoformat(order["now"])
    Worker.kill = tuple(order["kill"]) if order["kill"] else None
    try:
        answer = handlers[order["handler"]](order["event"])
    except BaseException:
        return json.dumps({"error": traceback.format_exc()})
    return json.dumps({"killed": False, "answer": answer, "calls": Worker.calls})


if __name__ == "__main__":
    main()
