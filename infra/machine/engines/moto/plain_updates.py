"""Parses each text of an update expression once, and executes plain updates without moto's visitors.

A plain update sets, counts up or removes whole attributes or entries of maps. moto executes all others, and every one
that could be refused.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from moto.dynamodb import models
from moto.dynamodb.exceptions import ItemSizeTooLarge
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import Table
from moto.dynamodb.parsing import expressions
from moto.dynamodb.parsing.executors import UpdateExpressionExecutor
from moto.dynamodb.parsing.reserved_keywords import ReservedKeywords
from moto.dynamodb.parsing.validators import UpdateExpressionValidator

from infra.machine.engines.moto.swaps import Patch, Swap, instead

MOST_BYTES = 405_000
CLAUSES = re.compile(r"\b(SET|REMOVE|ADD)\b")
NAME, VALUE = r"#?\w+", r":\w+"
SET = re.compile(rf"({NAME}) ?= ?(?:({NAME}) ?\+ ?)?({VALUE})")
SET_INSIDE = re.compile(rf"({NAME})\.(#\w+) ?= ?({VALUE})")
ADD = re.compile(rf"({NAME}) ({VALUE})")

_make: Any = expressions.UpdateExpressionParser.make  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Action:
    """One plain action. ``counted`` is the attribute that the value is added to; no ``value`` means: remove ``name``.

    ``inside``: the entry of the map ``name`` that is set.
    """

    name: str
    value: str | None = None
    counted: str | None = None
    may_be_new: bool = False
    inside: str | None = None


@lru_cache(maxsize=1000)
def parsed_once(text: str) -> Any:
    """Replaces ``UpdateExpressionParser.make``: the tree of an expression, which moto copies before it changes it."""
    tree = _make(text)
    tree.plain_actions = plain_actions(text)
    return tree


def plain_actions(text: str) -> tuple[Action, ...] | None:
    """The actions of an update expression if all are plain and of different attributes, else ``None``."""
    parts = [part.strip() for part in CLAUSES.split(" ".join(text.split()))]
    if parts[0]:
        return None
    actions: list[Action] = []
    for clause, body in zip(parts[1::2], parts[2::2], strict=True):
        for each in body.split(","):
            action = _action(clause, each.strip())
            if action is None or _is_reserved(action.name) or _is_reserved(action.counted or ""):
                return None
            actions.append(action)
    return tuple(actions)


@lru_cache(maxsize=1000)
def is_plain(text: str) -> bool:
    """Whether an update expression only sets, counts up or removes whole attributes or entries of maps."""
    return plain_actions(text) is not None


def _is_reserved(name: str) -> bool:
    return name.upper() in ReservedKeywords.get_reserved_keywords()


def _action(clause: str, text: str) -> Action | None:
    if clause == "REMOVE":
        return Action(text) if re.fullmatch(NAME, text) else None
    if clause == "ADD":
        found = ADD.fullmatch(text)
        return Action(found[1], found[2], found[1], may_be_new=True) if found else None
    if found := SET_INSIDE.fullmatch(text):
        return Action(found[1], found[3], inside=found[2])
    found = SET.fullmatch(text)
    return Action(found[1], found[3], found[2]) if found else None


class PlainUpdate:
    """Replaces both the validated tree and its executor if an update is plain for this item."""

    def __init__(self, changes: dict[str, DynamoType | None]) -> None:
        self.changes = changes

    def validate(self) -> "PlainUpdate":
        return self

    def normalize(self) -> None:
        """Nothing to sort: no element of a list changes."""


def validator(
    tree: Any, expression_attribute_names: Any, expression_attribute_values: Any, item: Item, table: Table
) -> Any:
    """Replaces ``UpdateExpressionValidator``."""
    names, values = expression_attribute_names or {}, expression_attribute_values or {}
    if tree.plain_actions is not None:
        changes = _changes(tree.plain_actions, names, values, item, table)
        if changes is not None:
            return PlainUpdate(changes)
    return UpdateExpressionValidator(
        tree,
        expression_attribute_names=expression_attribute_names,
        expression_attribute_values=expression_attribute_values,
        item=item,
        table=table,
    )


def _changes(
    actions: tuple[Action, ...], names: Any, values: Any, item: Item, table: Table
) -> dict[str, DynamoType | None] | None:
    """The new value of each attribute (``None``: removed); ``None`` if moto must check or refuse something."""
    indexed = {each["AttributeName"] for each in table.attr}
    changes: dict[str, DynamoType | None] = {}
    inside: set[str | tuple[str, str]] = set()
    for action in actions:
        name = names.get(action.name, action.name)
        if action.inside is not None:
            if (name in changes and name not in inside) or (name, action.inside) in inside:
                return None
            if (grown := _grown(changes.get(name) or item.attrs.get(name), action, names, values)) is None:
                return None
            changes[name] = grown
            inside |= {name, (name, action.inside)}
            continue
        if name in changes or name in table.table_key_attrs or name.startswith("#"):
            return None
        if action.value is None:
            changes[name] = None
            continue
        value = _value(action, names, values, item)
        if value is None or (name in indexed and (value.type != "S" or not value.value)):
            return None
        changes[name] = value
    return changes


def _grown(known: DynamoType | None, action: Action, names: Any, values: Any) -> DynamoType | None:
    """The map with one entry set; ``None`` if it is not a map, or a name or value is missing."""
    entry = names.get(action.inside)
    if known is None or known.type != "M" or entry is None or action.value not in values:
        return None
    grown: DynamoType = object.__new__(DynamoType)
    grown.type, grown.value = "M", {**known.value, entry: DynamoType(values[action.value])}
    return grown


def _value(action: Action, names: Any, values: Any, item: Item) -> DynamoType | None:
    if action.value not in values:
        return None
    value = DynamoType(values[action.value])
    if action.counted is None:
        return value
    counted = item.attrs.get(names.get(action.counted, action.counted))
    if counted is None and action.may_be_new:
        counted = DynamoType({"N": "0"})
    return counted + value if counted is not None and counted.type == value.type == "N" else None


class Executor(UpdateExpressionExecutor):
    """moto's executor, which also executes plain updates."""

    def execute(self, node: Any = None) -> None:
        tree: Any = self.update_ast
        if not isinstance(tree, PlainUpdate):
            super().execute(node)
            return
        for name, value in tree.changes.items():
            if value is None:
                self.item.attrs.pop(name, None)
            else:
                dict.__setitem__(self.item.attrs, name, value)
        self.item.__dict__.pop("_bytes", None)
        if self.item.size() > MOST_BYTES:
            raise ItemSizeTooLarge


PLAIN_UPDATES = Patch(
    name="plain-updates",
    purpose="Each text of an update expression is parsed once; a simple one is executed directly.",
    swaps=(
        Swap(vars(expressions)["UpdateExpressionParser"], "make", instead(parsed_once)),
        Swap(models, "UpdateExpressionValidator", instead(validator)),
        Swap(models, "UpdateExpressionExecutor", instead(Executor)),
    ),
)


def are_planned() -> bool:
    """Whether plain updates are executed here: moto's executor changes the values of an item in place."""
    return vars(models)["UpdateExpressionExecutor"] is Executor
