"""Lambda's filter criteria, compiled once: event patterns of exact values, prefix, suffix, exists and anything-but."""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

Matcher = Callable[[Any], bool]
ABSENT = object()


def matcher(patterns: Iterable[str]) -> Matcher:
    """Whether a record matches one of the patterns (JSON texts); without patterns every record does.

    Raises ValueError for an operator that is not supported here.
    """
    compiled = [_node(json.loads(pattern)) for pattern in patterns]
    if not compiled:
        return lambda record: True
    return lambda record: any(matches(record) for matches in compiled)


def reads_only_keys(patterns: Iterable[str]) -> bool:
    """Whether the patterns read only a record's keys and the name of its event."""
    return all(_looks_only_at_keys(json.loads(pattern)) for pattern in patterns)


def _looks_only_at_keys(pattern: Mapping[str, Any]) -> bool:
    return set(pattern) <= {"eventName", "dynamodb"} and set(pattern.get("dynamodb", {})) <= {"Keys"}


def _node(pattern: Any) -> Matcher:
    if isinstance(pattern, list):
        return _any_of(pattern)
    parts = [(name, _node(below)) for name, below in pattern.items()]

    def matches(value: Any) -> bool:
        inner = value if isinstance(value, Mapping) else {}
        return all(part(inner.get(name, ABSENT)) for name, part in parts)

    return matches


def _any_of(alternatives: list[Any]) -> Matcher:
    exact = tuple(each for each in alternatives if not isinstance(each, dict))
    prefixes = tuple(each["prefix"] for each in alternatives if isinstance(each, dict) and set(each) == {"prefix"})
    others = [_operator(each) for each in alternatives if isinstance(each, dict) and set(each) != {"prefix"}]

    def matches(value: Any) -> bool:
        if value in exact or (isinstance(value, str) and value.startswith(prefixes)):
            return True
        return any(other(value) for other in others)

    return matches


def _operator(operator: Mapping[str, Any]) -> Matcher:
    match operator:
        case {"exists": wanted}:
            return lambda value: (value is not ABSENT) == wanted
        case {"suffix": str(suffix)}:
            return lambda value: isinstance(value, str) and value.endswith(suffix)
        case {"anything-but": excluded}:
            refused = excluded if isinstance(excluded, list) else [excluded]
            return lambda value: value is not ABSENT and value not in refused
        case _:
            raise ValueError(f"the filter operator is not supported here: {dict(operator)!r}")
