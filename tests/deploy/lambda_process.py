"""What Lambda's runtime does: import a handler by its string, from one folder, and call it once with an event.

Run as a script, isolated and without site-packages: ``lambda_process.py FOLDER HANDLER ANSWER_FILE``, the event on
standard input. The answer, or the error, and the files of all modules that were imported go to ``ANSWER_FILE``.
"""

import importlib
import json
import sys
import traceback


class Context:
    """As much of Lambda's context as handlers look at."""

    function_name = memory_limit_in_mb = function_version = "test"
    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:test"
    aws_request_id = "00000000-0000-0000-0000-000000000000"

    def get_remaining_time_in_millis(self) -> int:
        """All the time there is."""
        return 60_000


def main() -> None:
    """Handle one event."""
    folder, handler, answer_file = sys.argv[1:]
    sys.path[0] = folder
    told: dict[str, object] = {}
    try:
        module, _, name = handler.rpartition(".")
        told["answer"] = getattr(importlib.import_module(module), name)(json.load(sys.stdin), Context())
    except BaseException:
        told["error"] = traceback.format_exc()
    files = (getattr(each, "__file__", None) for each in list(sys.modules.values()))
    told["files"] = sorted(file for file in files if file)
    with open(answer_file, "w", encoding="utf-8") as file:
        json.dump(told, file)


main()
