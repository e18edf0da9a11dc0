"""The stores that commands read: those of the deployed tables, or of what the last local run saved."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import workflows
from chalicelib import wiring
from chalicelib.adapters.dynamodb.commerce import CommerceStore
from chalicelib.adapters.dynamodb.counters import CounterStore
from chalicelib.adapters.dynamodb.engagement import EngagementStore
from chalicelib.adapters.dynamodb.table import Plain
from chalicelib.adapters.identity import Identity
from chalicelib.domain.journeys.run import Enrollment
from chalicelib.domain.time import to_text
from chalicelib.services.compose import codes_of
from infra.saved.reader import SavedEngagement, SavedTable
from infra.saved.state import NAMES, STATE, SavedHeader, is_deployed, reading, require_header
from infra.stack import deployed


@dataclass(frozen=True)
class Stores:
    """Where figures and customers are read.

    ``now``: the time, or when a local run ended, on its virtual clock. ``zone``: the shop's. ``origin`` says in words
    where the tables are.
    """

    commerce: CommerceStore
    engagement: EngagementStore
    counters: CounterStore
    now: datetime
    zone: str
    origin: str
    is_deployed: bool
    identity: Identity

    def codes_of(self, run: Enrollment) -> Iterator[str]:
        """Every coupon code that a run may have issued."""
        return codes_of(self.identity.secret, workflows.versions(), run)


def stores(path: Path = STATE, environment: Mapping[str, str] = os.environ) -> Stores:
    """The deployed tables where the environment names them, else the saved ones, read-only; raises ``Problem``."""
    return deployed_stores(environment) if is_deployed(environment) else _saved_stores(path)


def deployed_stores(environment: Mapping[str, str] = os.environ) -> Stores:
    """The deployed tables."""
    stack = environment.get(deployed.VARIABLE)
    return wired_stores(f"the stack {stack}" if stack else "the deployed tables", is_deployed=True)


def wired_stores(origin: str, *, is_deployed: bool) -> Stores:
    """The tables that ``wiring`` uses."""
    return Stores(
        wiring.commerce(),
        wiring.engagement(),
        wiring.counters(),
        wiring.now(),
        wiring.settings().policy.zone,
        origin,
        is_deployed,
        wiring.identity(),
    )


def origin_of(header: SavedHeader, path: Path) -> str:
    """Where the saved tables are, in words."""
    return f"{path}, as of {to_text(header.now)}"


def _saved_stores(path: Path) -> Stores:
    require_header(path)
    items: dict[str, list[Plain]] = {name: [] for name in NAMES}
    with reading(path) as (header, rows):
        for table, item in rows:
            items[table].append(item)
    tables = {name: SavedTable(name, items[name]) for name in NAMES}
    identity = Identity(bytes.fromhex(header.identity_key))
    return Stores(
        CommerceStore(tables["commerce"], identity),
        SavedEngagement(tables["engagement"], header.lanes),
        CounterStore(tables["kpis"]),
        header.now,
        header.zone,
        origin_of(header, path),
        is_deployed=False,
        identity=identity,
    )
