"""The functions' calls to AWS, and what DynamoDB bills for them.

Hooks of botocore see each call before it is sent and when its answer comes back, so no call is missed, however it is
made.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import redirect_stdout
from copy import deepcopy
from dataclasses import dataclass, field
from io import StringIO
from typing import Any

from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.table import Table

from infra.bench.units import Attributes, index_write_units, item_size, read_units, write_units
from infra.machine.engines.moto.stream_tap import attributes
from infra.machine.stack import ACCOUNT_ID, REGION

Handler = Callable[[Any, Any], Any]
Item = Mapping[str, Any]


@dataclass(frozen=True)
class Call:
    """One call to AWS: the function and the run that made it, its parameters, and what DynamoDB bills for it."""

    function: str
    run: int
    service: str
    operation: str
    parameters: Mapping[str, Any] = field(repr=False)
    answer: Mapping[str, Any] = field(repr=False)
    reads: float = 0
    writes: int = 0
    index_writes: int = 0

    @property
    def items(self) -> int:
        """The number of items in the answer."""
        found = self.answer.get("Items") or [i for items in self.answer.get("Responses", {}).values() for i in items]
        return len(found)


class _Counted(StringIO):
    """The output for a function's log: only its length is kept."""

    length = 0

    def write(self, text: str) -> int:
        self.length += len(text.encode())
        return len(text)


class Meter:
    """Counts the calls, runs and logged bytes of functions that were wrapped with ``metered``."""

    def __init__(self) -> None:
        self.log = _Counted()
        self._function = ""
        self._heard: list[Any] = []
        self.reset()

    def reset(self) -> None:
        """Set all counts to zero."""
        self.calls: list[Call] = []
        self.runs: Counter[str] = Counter()
        self.log.length = 0

    def metered(self, function: str, handler: Handler) -> Handler:
        """The handler, counted under this name."""

        def run(event: Any, context: Any) -> Any:
            self.runs[function] += 1
            self._function = function
            try:
                with redirect_stdout(self.log):
                    return handler(event, context)
            finally:
                self._function = ""

        return run

    def listen(self, *clients: Any) -> None:
        """Count the calls of these clients of boto3 as well, until the meter is closed."""
        for client in {id(client): client for client in clients}.values():
            service = client.meta.service_model.service_name
            self._heard.append(client)
            client.meta.events.register("before-parameter-build", self._begins)
            client.meta.events.register_first(f"after-call.{service}", self._ends)  # before boto3.resource unpacks it

    def close(self) -> None:
        """Count no calls any more: the clients are those of the next machine, too."""
        for client in self._heard:
            client.meta.events.unregister("before-parameter-build", self._begins)
            client.meta.events.unregister(f"after-call.{client.meta.service_model.service_name}", self._ends)
        self._heard.clear()

    def _begins(self, params: Mapping[str, Any], model: Any, context: dict[str, Any], **_: Any) -> None:
        if self._function:
            context["parameters"] = deepcopy(params)  # boto3 empties those of a batch when it is done
            context["before"] = [_stored(table, key) for table, key in _written(model.name, params)]

    def _ends(self, parsed: Mapping[str, Any], model: Any, context: dict[str, Any], **_: Any) -> None:
        if "parameters" not in context:  # no metered function made this call
            return
        parameters, before = context["parameters"], context["before"]
        service = model.service_model.service_name
        call = Call(self._function, self.runs[self._function], service, model.name, parameters, parsed)
        self.calls.append(_billed(call, before) if service == "dynamodb" else call)


def _billed(call: Call, before: list[Attributes | None]) -> Call:
    after = list(_written(call.operation, call.parameters))
    changes = [(table, old, _stored(table, key)) for (table, key), old in zip(after, before, strict=True)]
    return Call(
        call.function, call.run, call.service, call.operation, call.parameters, call.answer,
        reads=_reads(call),
        writes=sum(write_units(old, new) for _, old, new in changes),
        index_writes=sum(
            index_write_units(old, new, tuple(index.schema_key_attrs))
            for table, old, new in changes
            for index in _table(table).global_indexes
        ),
    )  # fmt: skip


def _reads(call: Call) -> float:
    match call.operation, call.parameters:
        case "BatchGetItem", {"RequestItems": wanted}:
            return sum(
                read_units(_padded(call.answer["Responses"].get(table, ()), len(keys["Keys"])),
                           consistent=keys.get("ConsistentRead", False), together=False)
                for table, keys in wanted.items()
            )  # fmt: skip
        case "GetItem", parameters:
            found = [call.answer["Item"]] if "Item" in call.answer else []
            consistent = parameters.get("ConsistentRead", False)
            return read_units(_padded(found, 1), consistent=consistent, together=False)
        case "Query" | "Scan", parameters:
            sizes = map(item_size, call.answer["Items"])
            return read_units(sizes, consistent=parameters.get("ConsistentRead", False), together=True)
        case _:
            return 0


def _padded(found: Any, wanted: int) -> list[int]:
    sizes = [item_size(item) for item in found]
    return sizes + [0] * (wanted - len(sizes))


def _written(operation: str, parameters: Mapping[str, Any]) -> Iterator[tuple[str, Item]]:
    """The table and the key of each item that a call writes."""
    match operation, parameters:
        case "PutItem", {"TableName": table, "Item": item}:
            yield table, _key(table, item)
        case "UpdateItem" | "DeleteItem", {"TableName": table, "Key": key}:
            yield table, _key(table, key)
        case "BatchWriteItem", {"RequestItems": wanted}:
            for table, requests in wanted.items():
                for request in requests:
                    put, delete = request.get("PutRequest"), request.get("DeleteRequest")
                    yield table, _key(table, put["Item"] if put else delete["Key"])
        case _:
            return


def _key(table: str, item: Item) -> Item:
    return {name: item[name] for name in _table(table).table_key_attrs}


def _stored(table: str, key: Item) -> Attributes | None:
    item = dynamodb_backends[ACCOUNT_ID][REGION].get_item(table, dict(key))
    return None if item is None else attributes(item)


def _table(name: str) -> Table:
    return dynamodb_backends[ACCOUNT_ID][REGION].get_table(name)
