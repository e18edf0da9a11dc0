"""The engines on which the stores are held to one contract: memory, moto, and DynamoDB Local where it is named.

``make test-dynamodb`` names it in ``REKINDLE_DYNAMODB``, its URL.
"""

import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import cache
from typing import Any
from unittest.mock import patch
from uuid import uuid4

from moto import mock_aws
from moto.dynamodb.parsing.reserved_keywords import ReservedKeywords

from chalicelib.adapters.aws import Aws
from chalicelib.adapters.dynamodb.counters import CounterStore
from chalicelib.adapters.dynamodb.lanes import Lanes
from chalicelib.adapters.dynamodb.table import Table
from chalicelib.adapters.identity import Identity
from chalicelib.domain.journeys.registry import Journeys
from chalicelib.wiring import stores as wiring
from infra.machine.engines.dynamodb_local.process import VARIABLE
from infra.machine.environment import ACCOUNT
from infra.package.packaged import merge_template
from tests.fakes import SECRET, FakeCommerce, FakeCounters, FakeCredits, FakeEngagement

LANES = 4
WORD = re.compile(r"(?<![\w:#])[A-Za-z]\w*")
SYNTAX = {"SET", "ADD", "REMOVE", "DELETE", "AND", "OR", "NOT", "BETWEEN", "IN", "SIZE"}
RESERVED = set(ReservedKeywords.get_reserved_keywords())
SHAPE = ("BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")
TABLES = {"commerce": "CommerceTable", "engagement": "EngagementTable", "kpis": "KpisTable"}


class Stores(wiring.Stores):
    """The stores of one engine, each by the name that ``Parts`` has for it."""

    def __init__(self, **made: Any) -> None:
        super().__init__(journeys=lambda languages: Journeys())
        self.__dict__ |= made


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
        with patch.dict(os.environ, ACCOUNT), mock_aws():
            yield
    finally:
        sys.setrecursionlimit(usual)


@contextmanager
def on_dynamodb_local() -> Iterator[None]:
    """DynamoDB Local, wherever it runs."""
    endpoint = {"AWS_ENDPOINT_URL_DYNAMODB": os.environ[VARIABLE]}
    with patch.dict(os.environ, ACCOUNT | endpoint):
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
        commerce = dict.fromkeys(
            ("facts", "names", "bearers", "moves", "visitors", "webhook_deliveries", "coupons"), FakeCommerce()
        )
        names = ("engagement", "runs", "standings", "due", "contacts", "suppressions", "bounces", "pauses")
        decisions = FakeEngagement(LANES)
        engagement = dict.fromkeys(names, decisions) | {"credits": FakeCredits(decisions)}
        circuits, counters = decisions.circuits, FakeCounters()
        yield Stores(**commerce, **engagement, circuits=circuits, counters=counters)
        return
    with tables() as made:
        yield Stores(
            _commerce_table=made["commerce"],
            _engagement_table=made["engagement"],
            counters=CounterStore(made["kpis"]),
            identity=Identity(SECRET),
            lanes=Lanes(made["engagement"], LANES),
        )


@contextmanager
def tables() -> Iterator[dict[str, Table]]:
    """Tables as ``infra/template.yaml`` declares them, by short name; removed afterwards."""
    with ExitStack() as undo:
        aws, made = a_client(), {}
        for short, logical in TABLES.items():
            name = f"{short}-{uuid4().hex[:8]}"
            aws.dynamodb.create_table(TableName=name, **_declared(logical))
            undo.callback(aws.dynamodb.delete_table, TableName=name)
            made[short] = Table(name, aws)
        yield made


@cache
def _declared(logical: str) -> Any:
    """What of a table's declaration makes a difference to the stores."""
    declared = merge_template()["Resources"][logical]["Properties"]
    return {name: declared[name] for name in SHAPE if name in declared}


def a_client() -> Aws:
    """Clients that refuse reserved words in expressions."""
    aws = Aws()
    aws.dynamodb.meta.events.register("before-parameter-build.dynamodb", no_reserved_words)
    return aws


def no_reserved_words(params: Mapping[str, Any], **_: Any) -> None:
    """DynamoDB refuses an expression that names an attribute by one of its reserved words; moto lets some pass."""
    for name, expression in params.items():
        if name.endswith("Expression"):
            words = {word.upper() for word in WORD.findall(expression)} - SYNTAX
            assert not words & RESERVED, f"{name} {expression!r}: {sorted(words & RESERVED)} is a reserved word"
