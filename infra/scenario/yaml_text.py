"""YAML as scenarios use it: plain data with the line of each value.

Only what everybody reads alike: ``true``, ``false``, ``null``, numbers and text. Dates stay text, and ``no``, ``on``
and ``12:30`` are text too (YAML 1.2's core schema; PyYAML's own follows 1.1). There are no tags and no merges.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import inf, isinf
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from yaml.reader import ReaderError

Path = tuple[str | int, ...]
Wrong = tuple[Path, str]
"""A part of a document, and what is wrong with it."""
_INTEGER = re.compile(r"[-+]?\d+", re.ASCII)
_FLOAT = re.compile(r"[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?", re.ASCII)
_SURROGATE = re.compile("[\ud800-\udfff]")
_WORDS = {"": None, "~": None, "null": None, "true": True, "false": False}


class NotYaml(ValueError):
    """The text cannot be read; ``line`` counts from 1."""

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(problem)
        self.line = line


@dataclass(frozen=True)
class Document:
    """One document: its value, and the lines of its parts by their path, from 1."""

    value: Any
    lines: Mapping[Path, int]

    def line_of(self, path: Path) -> int:
        """The line of a part, or of the nearest one that contains it."""
        while path not in self.lines:
            path = path[:-1]
        return self.lines[path]


def documents(text: str) -> list[Document]:
    """The documents of a text, between lines of ``---``; empty ones are left out. Raises ``NotYaml``."""
    try:
        nodes = [node for node in yaml.compose_all(text, Loader=yaml.SafeLoader) if not _is_empty(node)]
        return [_document(node) for node in nodes]
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise NotYaml(mark.line + 1 if mark else 1, f"not YAML: {error.problem or error.context}") from None
    except ReaderError as error:
        line, character = text.count("\n", 0, error.position) + 1, ord(text[error.position])
        raise NotYaml(line, f"not YAML: the character U+{character:04X} is not allowed") from None
    except RecursionError:
        raise NotYaml(1, "not YAML: nested too deeply") from None


def _is_empty(node: Node | None) -> bool:
    return node is None or (isinstance(node, ScalarNode) and node.style is None and node.value == "")


def _document(node: Node) -> Document:
    lines: dict[Path, int] = {}
    return Document(_value(node, (), lines), lines)


def _value(node: Node, path: Path, lines: dict[Path, int]) -> Any:
    if path in lines:
        raise NotYaml(node.start_mark.line + 1, f"{path[-1]!r} is there twice")
    lines[path] = node.start_mark.line + 1
    match node:
        case MappingNode():
            found: dict[str, Any] = {}
            for key, value in node.value:
                if not isinstance(key, ScalarNode):
                    raise NotYaml(key.start_mark.line + 1, "expected a name before the colon")
                found[key.value] = _value(value, (*path, key.value), lines)
                lines[*path, key.value] = key.start_mark.line + 1
            return found
        case SequenceNode():
            return [_value(each, (*path, index), lines) for index, each in enumerate(node.value)]
        case _:
            return _scalar(node)


def _scalar(node: Node) -> Any:
    text: str = node.value
    if not text.isascii() and _SURROGATE.search(text):
        raise NotYaml(node.start_mark.line + 1, "expected text, got half a character (a surrogate)")
    if isinstance(node, ScalarNode) and node.style is not None:  # quoted, or a block
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text) or _FLOAT.fullmatch(text):
        return _number(node, text)
    return text


def _number(node: Node, text: str) -> int | float:
    try:
        number = int(text) if _INTEGER.fullmatch(text) else float(text)
    except ValueError:  # so many digits that Python refuses them
        number = inf
    if isinf(number):
        raise NotYaml(node.start_mark.line + 1, "expected a smaller number")
    return number
