"""The log, as lines of JSON that tell of no person: this is the one place where that is held.

A line has a constant message, the fields listed here, and of an error its kind and where in the code it was raised.
What an error says is left out, since it may be an address, a name or a token (SES quotes the address it refuses, and
Chalice the path, in which the token stands); only errors of ours, whose words are constants or codes, are quoted.
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
        "error",  # the kind of an error, or what one of those that are quoted says
        "detail",  # what one of those that are quoted says
        "periods",  # days and months of counters
        "kind",  # of an event of SES
        "sequence",  # a record's place in its stream
        "message_id",  # a message's on its queue
        "show",  # the command that shows whom a line is about
        "retry",  # the one that has it tried again
        "source",  # of a webhook, as in its path
        "topic",  # of a webhook, where it is one of those that are written like a name
    ]
)
"""What may stand on a line beside its message; everything else is dropped."""
QUOTED = (Conflict, InvalidJourney, InvalidSetting, InvalidToken, SendRejected, SendUnknown, Unavailable)
LIBRARIES = ("boto3", "botocore", "urllib3")
"""At the level DEBUG they would log whole requests: they never do, whatever level an operator sets."""
MOST_CAUSES = 8

_OF_EVERY_RECORD = frozenset(vars(logging.makeLogRecord({})))
_log = logging.getLogger("rekindle")


class _Formatter(LambdaPowertoolsFormatter):
    def format(self, record: logging.LogRecord) -> str:
        return super().format(_cleaned(record))


class Unhandled(RuntimeError):
    """What a function failed with, by its kind alone."""


def prepare(service: str) -> None:
    """From now on the logger of this name, and all below it, write such lines to standard output; times are UTC."""
    formatter = _Formatter(utc=True, use_rfc3339=True, serialize_stacktrace=False)
    Logger(service=service, logger_formatter=formatter)
    for library in LIBRARIES:
        logging.getLogger(library).setLevel(logging.INFO)


@contextmanager
def guarded() -> Iterator[None]:
    """Log what a function fails with, and raise ``Unhandled`` instead: Lambda logs the words of what it gets."""
    try:
        yield
    except QUOTED:
        raise
    except Exception as error:
        _log.exception("function failed")
        raise Unhandled(type(error).__name__) from None


def _cleaned(record: logging.LogRecord) -> logging.LogRecord:
    """The record without whatever could be personal; its message as it stands in the code, nothing filled in."""
    kept: dict[str, Any] = {name: vars(record)[name] for name in vars(record).keys() & (_OF_EVERY_RECORD | FIELDS)}
    kept |= {"args": (), "exc_info": None, "exc_text": None, "stack_info": None}
    if not isinstance(record.msg, str):
        kept["msg"] = type(record.msg).__name__
    if record.exc_info and record.exc_info[1]:
        error = record.exc_info[1]
        kept |= {"exception_name": type(error).__name__, "exception": _story(error)}
    return logging.makeLogRecord(kept)


def _story(error: BaseException) -> str:
    """An error and what it came of, like a traceback: each one's kind, then where it came by, the innermost last."""
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
