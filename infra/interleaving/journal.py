"""What the functions called, in order: every write and every mail, with the state of the invocation that made it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from chalicelib.adapters.dynamodb.attributes import load_item
from infra.interleaving.places import Place, about, reads
from infra.machine.calls import current_function, current_invocation


@dataclass(frozen=True, slots=True)
class Write:
    """One item that a call writes: a whole ``item``, or the ``values`` of an update; neither: it is deleted."""

    table: str
    pk: str
    sk: str
    item: Mapping[str, Any] | None = None
    values: Mapping[str, Any] | None = None

    @property
    def is_removal(self) -> bool:
        """Whether it deletes the item."""
        return self.item is None and self.values is None


@dataclass(slots=True)
class Call:
    """One call. ``work``: who made it, from 0, if works went on side by side; ``error``: what it was refused with.

    ``is_lost``: its answer never arrived.
    """

    number: int
    work: int | None
    function: str
    invocation: int
    service: str
    operation: str
    about: str
    writes: tuple[Write, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    to: tuple[str, ...] = ()
    error: str | None = None
    mishap: str | None = None
    reads: tuple[Place, ...] = ()

    @property
    def is_done(self) -> bool:
        """Whether it had an effect."""
        return self.error is None


class Journal:
    """All calls so far."""

    def __init__(self) -> None:
        self.calls: list[Call] = []

    def begin(self, work: int | None, service: str, operation: str, parameters: Mapping[str, Any]) -> Call:
        """Enter a call that is about to be made."""
        writes = tuple(_writes(operation, parameters)) if service == "dynamodb" else ()
        call = Call(
            *(len(self.calls), work, current_function(), current_invocation(), service, operation),
            about=about(operation, parameters),
            writes=writes,
            reads=tuple(reads(operation, parameters)),
        )
        if operation == "SendEmail":
            call.tags = {tag["Name"]: tag["Value"] for tag in parameters.get("EmailTags", ())}
            call.to = tuple(parameters["Destination"]["ToAddresses"])
        self.calls.append(call)
        return call


def _writes(operation: str, parameters: Mapping[str, Any]) -> Iterator[Write]:
    match operation:
        case "PutItem":
            yield _put(parameters["TableName"], parameters["Item"])
        case "UpdateItem":
            key, values = load_item(parameters["Key"]), load_item(parameters.get("ExpressionAttributeValues", {}))
            yield Write(parameters["TableName"], key["pk"], key["sk"], values=values)
        case "DeleteItem":
            key = load_item(parameters["Key"])
            yield Write(parameters["TableName"], key["pk"], key["sk"])
        case "BatchWriteItem":
            for table, requests in parameters["RequestItems"].items():
                for request in requests:
                    if "PutRequest" in request:
                        yield _put(table, request["PutRequest"]["Item"])
                    else:
                        key = load_item(request["DeleteRequest"]["Key"])
                        yield Write(table, key["pk"], key["sk"])
        case "TransactWriteItems":
            for action in parameters["TransactItems"]:
                ((verb, inner),) = action.items()
                yield from _writes(f"{verb}Item", inner)
        case _:
            return


def _put(table: str, item: Mapping[str, Any]) -> Write:
    plain = load_item(item)
    return Write(table, plain["pk"], plain["sk"], item=plain)
