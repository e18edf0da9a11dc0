"""Reduces botocore's data for clients to the operations that Rekindle calls: each byte costs start-up time.

A service's model keeps the operations of ``OPERATIONS``, all shapes they reach, and no documentation; the endpoints of
every region stay, of these services only. A call that is not listed here fails in the packaged handlers' tests.
"""

import gzip
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from infra.terminal.problem import PackagingProblem

OPERATIONS: Mapping[str, tuple[str, ...]] = {
    "dynamodb/2012-08-10": (
        *("BatchGetItem", "BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "Query", "Scan"),
        *("TransactWriteItems", "UpdateItem"),
        "DescribeEndpoints",  # botocore asks for it where endpoints are discovered
    ),
    "sqs/2012-11-05": ("GetQueueAttributes", "SendMessage"),
    "sesv2/2019-09-27": ("SendEmail",),
    "ssm/2014-11-06": ("GetParameter",),
}
"""By service, in the version of its interface that botocore takes: what ``adapters`` call."""
WORDS = ("documentation", "examples")


def trim(folder: Path) -> None:
    """Reduce the data below ``folder/botocore/data``; ``PackagingProblem`` for an operation that a model lacks."""
    data = folder / "botocore" / "data"
    prefixes = set()
    for service, operations in OPERATIONS.items():
        path = data / service / "service-2.json.gz"
        model = json.loads(gzip.decompress(path.read_bytes()))
        prefixes.add(model["metadata"]["endpointPrefix"])
        _write(path.with_suffix(""), trimmed(model, operations, service))
        path.unlink()
    for path in sorted(data.glob("*/*/endpoint-rule-set-1.json.gz")):
        _write(path.with_suffix(""), json.loads(gzip.decompress(path.read_bytes())))
        path.unlink()
    endpoints = json.loads((data / "endpoints.json").read_text("utf-8"))
    for partition in endpoints["partitions"]:
        partition["services"] = {name: each for name, each in partition["services"].items() if name in prefixes}
    _write(data / "endpoints.json", endpoints)


def trimmed(model: Mapping[str, Any], operations: tuple[str, ...], service: str = "") -> dict[str, Any]:
    """A service's model with these operations only. Raises ``PackagingProblem`` for one that it lacks."""
    if missing := set(operations) - model["operations"].keys():
        raise PackagingProblem(f"botocore has no operation {', '.join(sorted(missing))} of {service}")
    kept = {name: model["operations"][name] for name in operations}
    wanted, reached = list(_shapes(kept)), set[str]()
    while wanted:
        name = wanted.pop()
        if name not in reached:
            reached.add(name)
            wanted += _shapes(model["shapes"][name])
    shapes = {name: model["shapes"][name] for name in sorted(reached)}
    whole: dict[str, Any] = _without_documentation({**model, "operations": kept, "shapes": shapes})
    return whole


def _shapes(value: Any) -> Iterator[str]:
    """The names of the shapes that a part of a model refers to."""
    match value:
        case {"shape": str() as name, **rest}:
            yield name
            yield from _shapes(rest)
        case dict():
            for inner in value.values():
                yield from _shapes(inner)
        case list():
            for inner in value:
                yield from _shapes(inner)
        case _:
            return


def _without_documentation(value: Any, is_named: bool = False) -> Any:
    """A model without its documentation. ``is_named``: the keys are names of shapes, members or operations."""
    if isinstance(value, dict):
        return {
            name: _without_documentation(inner, name in ("shapes", "members", "operations"))
            for name, inner in value.items()
            if is_named or name not in WORDS
        }
    return [_without_documentation(inner) for inner in value] if isinstance(value, list) else value


def _write(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, separators=(",", ":")), "utf-8")
