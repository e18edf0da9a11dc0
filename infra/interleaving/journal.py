"""What the functions called, in order: every write and every mail, with the state of the invocation that made it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from chalicelib.adapters.dynamodb.attributes import load_item
from infra.interleaving.places import Place, about, reads
from infra.interleaving.schedule import Mishap
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


@dataclass(frozen=True, slots=True)
class Call:
    """One call, or one of its requests. ``work``: who made it, from 0, if works went on side by side.

    ``error``: what it was refused with, or the mishap because of which it was not carried out.
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
    mishap: Mishap | None = None
    reads: tuple[Place, ...] = ()

    @property
    def is_done(self) -> bool:
        """Whether it had an effect."""
        return self.error is None

    def without(self, left: Mapping[str, Any]) -> "Call":
        """The same batch without the writes that were ``left`` undone, by table, as AWS answers."""
        undone = {(each.table, each.pk, each.sk) for each in _writes("BatchWriteItem", {"RequestItems": left})}
        return replace(self, writes=tuple(w for w in self.writes if (w.table, w.pk, w.sk) not in undone))


class Journal:
    """All calls so far."""

    def __init__(self) -> None:
        self.calls: list[Call] = []

    def entry(self, work: int | None, service: str, operation: str, parameters: Mapping[str, Any]) -> Call:
        """A call that is about to be made: it is entered when it is known what became of it."""
        is_mail = operation == "SendEmail"
        return Call(
            *(0, work, current_function(), current_invocation(), service, operation),
            about=about(operation, parameters),
            writes=tuple(_writes(operation, parameters)) if service == "dynamodb" else (),
            tags={tag["Name"]: tag["Value"] for tag in parameters.get("EmailTags", ())} if is_mail else {},
            to=tuple(parameters["Destination"]["ToAddresses"]) if is_mail else (),
            reads=tuple(reads(operation, parameters)),
        )

    def enter(self, call: Call, error: str | None, mishap: Mishap | None) -> None:
        """Enter what became of a call. Nobody else makes one meanwhile, so it stands where it was made."""
        self.calls.append(replace(call, number=len(self.calls), error=error, mishap=mishap))


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
