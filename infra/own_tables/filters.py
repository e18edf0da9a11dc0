"""Checks the filters of ``infra/sources.yaml``: whether a pattern can match a record of a DynamoDB stream at all.

The rules are Lambda's: https://docs.aws.amazon.com/lambda/latest/dg/with-ddb-filtering.html and, for the operators,
https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html. A pattern that Lambda accepts but never
matches, such as one without the attribute's type, is refused too: the function would silently miss every change.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

Faults = Callable[[str, Any], Iterator[str]]
Kind = type[str] | type[bool]
PARTS = ("Keys", "NewImage", "OldImage")
TEXTS, TRUTHS = ("S", "N", "B", "SS", "NS", "BS"), ("BOOL", "NULL")
TYPES = (*TEXTS, *TRUTHS, "M", "L")
OF_TEXT = ("prefix", "suffix", "equals-ignore-case")
OPERATORS = (*OF_TEXT, "anything-but", "exists")
OR = "$or"
"""Lambda's key for alternatives of several fields."""
EXAMPLE = "{Keys: {pk: {S: [{prefix: CART#}]}}}"


def filter_faults(where: str, pattern: Mapping[str, Any]) -> Iterator[str]:
    """The parts of a pattern that no record can match, each with its place; patterns are about ``dynamodb`` in it."""
    try:
        yield from _record_faults(where, pattern)
    except RecursionError:
        yield f"{where}: nested too deeply"


def _record_faults(where: str, node: Any) -> Iterator[str]:
    if not isinstance(node, dict) or not node:
        yield f"{where}: expected a pattern such as {EXAMPLE}"
        return
    for name, inner in node.items():
        if name == OR:
            yield from _alternatives(f"{where}.{name}", inner, _record_faults)
        elif name in PARTS:
            yield from _attribute_faults(f"{where}.{name}", inner)
        else:
            yield f"{where}.{name}: expected one of {', '.join(PARTS)}, as in {EXAMPLE}"


def _attribute_faults(where: str, node: Any) -> Iterator[str]:
    if not isinstance(node, dict) or not node:
        yield f"{where}: expected a pattern of attributes, by their names"
        return
    for name, inner in node.items():
        if name == OR:
            yield from _alternatives(f"{where}.{name}", inner, _attribute_faults)
        else:
            yield from _typed_faults(f"{where}.{name}", inner)


def _typed_faults(where: str, node: Any) -> Iterator[str]:
    if not isinstance(node, dict) or not node or not set(node) <= set(TYPES):
        yield f'{where}: expected the type of the attribute, then values: {{S: [...]}}, or N, B, BOOL, "NULL", SS, M, L'
        return
    for kind, inner in node.items():
        place = f"{where}.{kind}"
        if kind == "M":
            yield from _attribute_faults(place, inner)
        elif kind == "L":
            yield from _typed_faults(place, inner)
        elif not isinstance(inner, list) or not inner:
            yield f"{place}: expected a list of values"
        else:
            for number, value in enumerate(inner):
                if fault := _value_fault(value, str if kind in TEXTS else bool):
                    yield f"{place}[{number}]: {fault}"


def _alternatives(where: str, node: Any, faults: Faults) -> Iterator[str]:
    if not isinstance(node, list) or not node:
        yield f"{where}: expected a list of patterns"
        return
    for number, inner in enumerate(node):
        yield from faults(f"{where}[{number}]", inner)


def _value_fault(value: Any, kind: Kind) -> str | None:
    if isinstance(value, dict):
        return _operator_fault(value, kind)
    if isinstance(value, kind):
        return None
    if kind is bool:
        return "expected true or false"
    return "expected a text (numbers in quotes too: a stream has them as texts), or an operator"


def _operator_fault(node: Mapping[Any, Any], kind: Kind) -> str | None:
    known = f"expected an operator: {', '.join(OPERATORS)}"
    if len(node) != 1:
        return known
    ((operator, value),) = node.items()
    if operator == "numeric":
        return "a stream has numbers as texts, which Lambda does not compare"
    if operator == "exists":
        return None if isinstance(value, bool) else "exists: expected true or false"
    if operator in OF_TEXT:
        return (
            None if isinstance(value, str) and kind is str else f"{operator}: expected a text, of an attribute of texts"
        )
    return _exclusion_fault(value, kind) if operator == "anything-but" else known


def _exclusion_fault(value: Any, kind: Kind) -> str | None:
    """The fault of ``anything-but``: expected a value, a list of values, or an operator for texts."""
    if isinstance(value, dict):
        known = set(value) <= set(OF_TEXT)
        return (
            _operator_fault(value, kind) if known else f"anything-but: expected values, or one of {', '.join(OF_TEXT)}"
        )
    values = value if isinstance(value, list) and value else [value]
    return None if all(isinstance(each, kind) for each in values) else "anything-but: expected values of the type"
