"""The log: lines of JSON without personal data. Only this module ensures that.

A line has a constant message, the fields listed here, and for an error its kind and the place in the code that raised
it. The text of an error is left out, since it may contain an address, a name or a token (SES quotes a refused address,
Chalice the path with its token); only our own errors are quoted, whose texts are constants or codes.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from traceback import walk_tb
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter

from chalicelib.domain.errors import (
    Conflict,
    InvalidJourney,
    InvalidSetting,
    InvalidToken,
    SendRejected,
    SendUnknown,
    Unavailable,
)

FIELDS = frozenset(
    [
        "customer",  # the opaque key
        "enrollment",
        "journey",
        "send_id",
        "error",  # the kind of an error, or the text of one that may be quoted
        "detail",  # the text of an error that may be quoted
        "periods",  # days and months of counters
        "kind",  # of an event of SES
        "sequence",  # a record's place in its stream
        "message_id",  # of a message on its queue
        "show",  # the command that shows the customer of the line
        "retry",  # the command that retries the enrollment
        "source",  # of a webhook, as in its path
        "channel",  # of a message
        "topic",  # of a webhook, if it looks like a name
        "field",  # the path of what was expected to be otherwise, without names that a sender chose
        "problem",  # what was expected there
    ]
)
"""The fields that a line may have besides its message; all others are dropped."""
QUOTED = (Conflict, InvalidJourney, InvalidSetting, InvalidToken, SendRejected, SendUnknown, Unavailable)
LIBRARIES = ("boto3", "botocore", "urllib3")
"""At level DEBUG these would log whole requests, so their level is fixed, whatever level an operator sets."""
MOST_CAUSES = 8

_OF_EVERY_RECORD = frozenset(vars(logging.makeLogRecord({})))
_log = logging.getLogger("rekindle")


class _Formatter(LambdaPowertoolsFormatter):
    def format(self, record: logging.LogRecord) -> str:
        return super().format(_cleaned(record))


class Unhandled(RuntimeError):
    """The kind of error with which a function failed."""


def prepare(service: str) -> None:
    """Make the logger of this name, and all below it, write such lines to standard output; times are UTC."""
    formatter = _Formatter(utc=True, use_rfc3339=True, serialize_stacktrace=False)
    Logger(service=service, logger_formatter=formatter)
    for library in LIBRARIES:
        logging.getLogger(library).setLevel(logging.INFO)


@contextmanager
def guarded() -> Iterator[None]:
    """Log a function's error, and raise ``Unhandled`` instead: Lambda logs the text of the error that it gets."""
    try:
        yield
    except QUOTED:
        raise
    except Exception as error:
        _log.exception("function failed")
        raise Unhandled(type(error).__name__) from None


def _cleaned(record: logging.LogRecord) -> logging.LogRecord:
    """The record without anything that could be personal; its message as in the code, with no value filled in."""
    kept: dict[str, Any] = {name: vars(record)[name] for name in vars(record).keys() & (_OF_EVERY_RECORD | FIELDS)}
    kept |= {"args": (), "exc_info": None, "exc_text": None, "stack_info": None}
    if not isinstance(record.msg, str):
        kept["msg"] = type(record.msg).__name__
    if record.exc_info and record.exc_info[1]:
        error = record.exc_info[1]
        kept |= {"exception_name": type(error).__name__, "exception": _story(error)}
    return logging.makeLogRecord(kept)


def _story(error: BaseException) -> str:
    """An error and its causes, like a traceback: the kind of each, then its places in the code, the innermost last."""
    lines: list[str] = []
    each: BaseException | None = error
    for _ in range(MOST_CAUSES):
        if each is None:
            break
        lines.append(f"{type(each).__name__}: {each}" if isinstance(each, QUOTED) else type(each).__name__)
        for frame, line in walk_tb(each.__traceback__):
            lines.append(f"  {frame.f_code.co_filename}:{line} {frame.f_code.co_name}")
        each = each.__cause__ or (None if each.__suppress_context__ else each.__context__)
    return "\n".join(lines)
