"""What Lambda's runtime does: import a handler by its string, from one folder, and call it once with an event.

Run as a script, isolated and without site-packages: ``lambda_process.py FOLDER HANDLER ANSWER_FILE``, the event on
standard input. The answer, or the error, the files of all modules that were imported, and every call of AWS with the
parameters that name a resource go to ``ANSWER_FILE``.
"""

import importlib
import json
import sys
import traceback
from typing import Any


class Context:
    """As much of Lambda's context as handlers look at."""

    function_name = memory_limit_in_mb = function_version = "test"
    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:test"
    aws_request_id = "00000000-0000-0000-0000-000000000000"

    def get_remaining_time_in_millis(self) -> int:
        """All the time there is."""
        return 60_000


def record_calls(calls: list[Any]) -> None:
    """Note every call that a client of AWS makes from now on: service, operation, parameters."""
    client = importlib.import_module("botocore.client").BaseClient
    call = client._make_api_call

    def noted(self: Any, operation: str, parameters: dict[str, Any]) -> Any:
        names = ("TableName", "IndexName", "QueueUrl", "RequestItems", "TransactItems", "ConfigurationSetName", "Name")
        seen = {name: parameters[name] for name in names if name in parameters}
        as_they_are_now = json.loads(json.dumps(seen, default=str))
        calls.append([self.meta.service_model.service_name, operation, as_they_are_now])
        return call(self, operation, parameters)

    client._make_api_call = noted


def main() -> None:
    """Handle one event."""
    folder, handler, answer_file = sys.argv[1:]
    sys.path[0] = folder
    seen: dict[str, Any] = {"calls": []}
    try:
        record_calls(seen["calls"])
        module, _, name = handler.rpartition(".")
        seen["answer"] = getattr(importlib.import_module(module), name)(json.load(sys.stdin), Context())
    except BaseException:
        seen["error"] = traceback.format_exc()
    files = (getattr(each, "__file__", None) for each in list(sys.modules.values()))
    seen["files"] = sorted(file for file in files if file)
    with open(answer_file, "w", encoding="utf-8") as file:
        json.dump(seen, file)


main()
