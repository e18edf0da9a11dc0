"""Checks the expressions of ``infra/sources.yaml``, as far as possible without an item."""

import json
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import jmespath  # type: ignore[import-untyped]
from jmespath.functions import TYPES_MAP  # type: ignore[import-untyped]
from jmespath.lexer import Lexer  # type: ignore[import-untyped]

from chalicelib.sources.own_tables.functions import Functions

Node = Mapping[str, Any]
_CODE = re.compile(r"[A-Z]{3}")


def expression_fault(text: str) -> str | None:
    """The fault of an expression: it is not JMESPath, or a function never accepts its arguments."""
    try:
        _read_literals(text)
        parsed = jmespath.compile(text).parsed
    except PendingDeprecationWarning:
        return "not JMESPath: expected JSON between backquotes; a text is written between '...'"
    except ValueError as error:
        return f"not JMESPath: {str(error).splitlines()[0].rstrip(':')}"
    except RecursionError:
        return "not JMESPath: nested too deeply"
    return next((fault for node in _nodes(parsed) if (fault := _node_fault(node))), None)


def currency_fault(text: str) -> str | None:
    """The fault of an expression for a currency: a code without quotes is the name of a field."""
    parsed = jmespath.compile(text).parsed
    if parsed["type"] != "field" or not _CODE.fullmatch(parsed["value"]):
        return None
    code = parsed["value"]
    return f"""expected "'{code}'" for a constant: this asks the item for a field {code} (if it has one: "@.{code}")"""


def _read_literals(text: str) -> None:
    """Refuse literals that JMESPath accepts although they are not JSON, and NaN, which Python's JSON accepts."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", PendingDeprecationWarning)
        for token in Lexer().tokenize(text):
            if token["type"] == "literal":
                json.dumps(token["value"], allow_nan=False)


def _nodes(parsed: Node) -> Iterator[Node]:
    """An expression and all its parts."""
    left = [parsed]
    while left:
        node = left.pop()
        yield node
        left += [child for child in node.get("children", ()) if isinstance(child, dict)]


def _node_fault(node: Node) -> str | None:
    if node["type"] != "function_expression":
        return None
    name, arguments = node["value"], node["children"]
    if name not in Functions.FUNCTION_TABLE:
        return f"JMESPath has no function {name}"
    signature = Functions.FUNCTION_TABLE[name]["signature"]
    is_variadic = bool(signature) and signature[-1].get("variadic", False)
    if len(arguments) < len(signature) or (len(arguments) > len(signature) and not is_variadic):
        expected = f"{len(signature)} or more" if is_variadic else f"{len(signature)}"
        return f"{name}() takes {expected} values, not {len(arguments)}"
    for number, (argument, wanted) in enumerate(zip(arguments, signature, strict=False), 1):
        if not _may_be(argument, wanted["types"]):
            expected = " or ".join(wanted["types"]).replace("expref", "an expression after &")
            return f"{name}() takes {expected} as its value {number}"
    return None


def _may_be(argument: Node, types: Sequence[str]) -> bool:
    """Whether an argument may have one of these types (none: any type), as far as it is known without an item."""
    if not types:
        return True
    if argument["type"] == "expref" or "expref" in types:
        return argument["type"] == "expref" and "expref" in types
    return argument["type"] != "literal" or any(_is_of(argument["value"], each) for each in types)


def _is_of(value: Any, kind: str) -> bool:
    """Whether a literal has a type of JMESPath, such as ``array-number``."""
    outer, _, inner = kind.partition("-")
    return TYPES_MAP[type(value).__name__] == outer and (not inner or all(_is_of(each, inner) for each in value))
