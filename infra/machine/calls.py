"""The calls to AWS that each function makes, recorded for the tests, which compare them with the functions' policies.

They are recorded only if the environment names a folder; each process writes its own file there.
"""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import astuple, dataclass, replace
from pathlib import Path
from typing import Any

from botocore.client import BaseClient

from infra.machine.stack import Stack
from infra.scoped.changes import replaced

VARIABLE = "REKINDLE_CALLS"


@dataclass(frozen=True, order=True, slots=True)
class AwsCall:
    """A kind of call. ``target`` is the table or queue, by its logical name; ``index`` the table's index, if any.

    ``function`` is the handler's name in ``app.py``. A batch or a transaction is several calls.
    """

    function: str
    service: str
    operation: str
    target: str = ""
    index: str = ""


class _Handling:
    function = ""
    """The function whose handler runs: the machine runs one at a time."""
    invocation = 0
    """The number of this call of a function; 0 if none runs."""
    invocations = 0
    """How many there were."""


HANDLING: tuple[tuple[type, str], ...] = ((_Handling, "function"), (_Handling, "invocation"))
"""What belongs to the call of a function that runs, as (holder, name)."""


def current_function() -> str:
    """The function whose handler runs now; empty if none does."""
    return _Handling.function


def current_invocation() -> int:
    """The number of the call of a function that runs now; 0 if none does."""
    return _Handling.invocation


@contextmanager
def handling(function: str) -> Iterator[None]:
    """Inside, calls are recorded as this function's."""
    before = _Handling.function, _Handling.invocation
    _Handling.invocations += 1
    _Handling.function, _Handling.invocation = function, _Handling.invocations
    try:
        yield
    finally:
        _Handling.function, _Handling.invocation = before


@contextmanager
def recorded(stack: Stack) -> Iterator[None]:
    """Inside, calls are recorded, if the environment names a folder; they are written to it at the end."""
    folder = os.environ.get(VARIABLE)
    if not folder:
        yield
        return
    seen: set[AwsCall] = set()
    call = vars(BaseClient)["_make_api_call"]

    def _make_api_call(client: BaseClient, operation: str, parameters: Mapping[str, Any]) -> Any:
        if _Handling.function:
            service = client.meta.service_model.service_name
            seen.update(calls_of(_Handling.function, service, operation, parameters))
        return call(client, operation, parameters)

    try:
        with replaced(BaseClient, "_make_api_call", _make_api_call):
            yield
    finally:
        write(Path(folder), with_logical_names(seen, stack))


def calls_of(function: str, service: str, operation: str, parameters: Mapping[str, Any]) -> Iterator[AwsCall]:
    """The kinds of call that one call is, its tables and queues by their physical names."""
    match parameters:
        case {"TransactItems": actions}:
            for action in actions:
                ((verb, inner),) = action.items()
                yield AwsCall(function, service, f"{verb}Item", inner["TableName"])
        case {"RequestItems": tables}:
            yield from (AwsCall(function, service, operation, table) for table in tables)
        case _:
            target = parameters.get("TableName") or parameters.get("QueueUrl") or parameters.get("Name") or ""
            yield AwsCall(function, service, operation, target, parameters.get("IndexName", ""))


def with_logical_names(calls: Iterable[AwsCall], stack: Stack) -> set[AwsCall]:
    """The same calls, the stack's tables and queues by their logical names."""
    names = {physical: logical for logical, physical in [*stack.tables.items(), *stack.queues.items()]}
    return {replace(call, target=names.get(call.target, call.target)) for call in calls}


def write(folder: Path, calls: set[AwsCall]) -> None:
    """Write the calls that this process has not written yet."""
    file = folder / f"{os.getpid()}.jsonl"
    known = _read(file) if file.exists() else set()
    with file.open("a", encoding="utf-8") as lines:
        lines.writelines(json.dumps(astuple(call)) + "\n" for call in sorted(calls - known))


def read(folder: Path) -> set[AwsCall]:
    """The calls that all processes have written."""
    return {call for file in folder.glob("*.jsonl") for call in _read(file)}


def _read(file: Path) -> set[AwsCall]:
    return {AwsCall(*json.loads(line)) for line in file.read_text("utf-8").splitlines()}
