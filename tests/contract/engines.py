"""The engines on which the stores are held to one contract: memory, moto, and DynamoDB Local where it is named.

``make test-dynamodb`` names it in ``REKINDLE_DYNAMODB``, its URL.
"""

import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any
from unittest.mock import patch
from uuid import uuid4

from moto import mock_aws
from moto.dynamodb.parsing.reserved_keywords import ReservedKeywords

from chalicelib.adapters import aws
from chalicelib.adapters.dynamodb.commerce import CommerceStore
from chalicelib.adapters.dynamodb.counters import CounterStore
from chalicelib.adapters.dynamodb.engagement import EngagementStore
from chalicelib.adapters.dynamodb.table import Table
from chalicelib.adapters.identity import Identity
from chalicelib.sources.registry import id_sources
from infra.machine.engines.dynamodb_local.process import VARIABLE
from infra.machine.environment import ACCOUNT
from infra.package.packaged import merge_template
from tests.fakes import SECRET, FakeCommerce, FakeCounters, FakeEngagement

LANES = 4
WORD = re.compile(r"(?<![\w:#])[A-Za-z]\w*")
SYNTAX = {"SET", "ADD", "REMOVE", "DELETE", "AND", "OR", "NOT", "BETWEEN", "IN"}
RESERVED = set(ReservedKeywords.get_reserved_keywords())
SHAPE = ("BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")
TABLES = {"commerce": "CommerceTable", "engagement": "EngagementTable", "kpis": "KpisTable"}


@dataclass(frozen=True)
class Stores:
    """The three stores of one engine."""

    commerce: CommerceStore | FakeCommerce
    engagement: EngagementStore | FakeEngagement
    counters: CounterStore | FakeCounters


@contextmanager
def in_memory() -> Iterator[None]:
    """Nothing has to run."""
    yield


@contextmanager
def on_moto() -> Iterator[None]:
    """moto, as it comes; it goes a few calls deeper for each clause of an expression, and we write long ones."""
    usual = sys.getrecursionlimit()
    sys.setrecursionlimit(10 * usual)
    try:
        with patch.dict(os.environ, ACCOUNT), mock_aws(), _new_clients():
            yield
    finally:
        sys.setrecursionlimit(usual)


@contextmanager
def on_dynamodb_local() -> Iterator[None]:
    """DynamoDB Local, wherever it runs."""
    endpoint = {"AWS_ENDPOINT_URL_DYNAMODB": os.environ[VARIABLE]}
    with patch.dict(os.environ, ACCOUNT | endpoint), _new_clients():
        yield


MEMORY = "memory"
ENGINES: dict[str, Callable[[], AbstractContextManager[None]]] = {MEMORY: in_memory, "moto": on_moto}
if os.environ.get(VARIABLE):
    ENGINES["dynamodb"] = on_dynamodb_local
REAL = [name for name in ENGINES if name != MEMORY]


@contextmanager
def stores_on(engine: str) -> Iterator[Stores]:
    """Empty stores, while the engine runs."""
    if engine == MEMORY:
        yield Stores(FakeCommerce(), FakeEngagement(LANES), FakeCounters())
        return
    with tables() as made:
        yield Stores(
            CommerceStore(made["commerce"], Identity(SECRET), id_sources),
            EngagementStore(made["engagement"], LANES),
            CounterStore(made["kpis"]),
        )


@contextmanager
def tables() -> Iterator[dict[str, Table]]:
    """Tables as ``infra/template.yaml`` declares them, by short name; removed afterwards."""
    with ExitStack() as undo:
        client, made = aws.dynamodb(), {}
        for short, logical in TABLES.items():
            name = f"{short}-{uuid4().hex[:8]}"
            client.create_table(TableName=name, **_declared(logical))
            undo.callback(client.delete_table, TableName=name)
            made[short] = Table(name)
        yield made


@cache
def _declared(logical: str) -> Any:
    """What of a table's declaration makes a difference to the stores."""
    declared = merge_template()["Resources"][logical]["Properties"]
    return {name: declared[name] for name in SHAPE if name in declared}


@contextmanager
def _new_clients() -> Iterator[None]:
    aws.forget_clients()
    aws.dynamodb().meta.events.register("before-parameter-build.dynamodb", no_reserved_words)
    yield
    aws.forget_clients()


def no_reserved_words(params: Mapping[str, Any], **_: Any) -> None:
    """DynamoDB refuses an expression that names an attribute by one of its reserved words; moto lets some pass."""
    for name, expression in params.items():
        if name.endswith("Expression"):
            words = {word.upper() for word in WORD.findall(expression)} - SYNTAX
            assert not words & RESERVED, f"{name} {expression!r}: {sorted(words & RESERVED)} is a reserved word"
