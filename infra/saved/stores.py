"""The stores that commands read: those of the deployed tables, or of the last local run's saved tables."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

import workflows
from chalicelib.adapters.dynamodb.due import DueStore
from chalicelib.adapters.dynamodb.lanes import Lanes
from chalicelib.adapters.dynamodb.table import Plain, Table
from chalicelib.adapters.identity import Identity
from chalicelib.domain.journeys.run import Enrollment
from chalicelib.domain.time import to_text
from chalicelib.services.compose import codes_of
from chalicelib.wiring import Parts
from infra.saved.reader import SavedDue, SavedTable
from infra.saved.state import NAMES, STATE, TABLES, SavedHeader, is_deployed, reading, require_header
from infra.stack import deployed


@dataclass(frozen=True)
class Stores:
    """The stores of the deployed tables, or of the saved ones: ``parts``.

    ``now``: the time, or when a local run ended, on its virtual clock. ``zone``: the shop's time zone. ``origin``
    describes where the tables are.
    """

    parts: Parts
    now: datetime
    zone: str
    origin: str
    is_deployed: bool

    def codes_of(self, run: Enrollment) -> Iterator[str]:
        """Every coupon code that a run may have issued."""
        return codes_of(self.parts.identity.secret, workflows.versions(), run)


class SavedParts(Parts):
    """Parts that read the saved tables, as of the end of the run that saved them."""

    def __init__(self, header: SavedHeader, tables: Mapping[str, SavedTable]) -> None:
        super().__init__(journeys=workflows.registered, clock=lambda: header.now)
        self._header, self._tables = header, tables

    @cached_property
    def _commerce_table(self) -> Table:
        return self._tables["commerce"]

    @cached_property
    def _engagement_table(self) -> Table:
        return self._tables["engagement"]

    @cached_property
    def _kpis_table(self) -> Table:
        return self._tables["kpis"]

    @cached_property
    def identity(self) -> Identity:
        """Hashes with the run's identity key."""
        return Identity(bytes.fromhex(self._header.identity_key))

    @cached_property
    def lanes(self) -> Lanes:
        """The run's lanes."""
        return Lanes(self._engagement_table, self._header.lanes)

    @cached_property
    def due(self) -> DueStore:
        """The enrollments that were due."""
        return SavedDue(self._engagement_table, self.lanes)


def stores(path: Path = STATE, environment: Mapping[str, str] = os.environ) -> Stores:
    """The deployed tables if the environment names them, else the saved ones, read-only; raises ``Problem``."""
    return deployed_stores(environment) if is_deployed(environment) else _saved_stores(path)


def place(path: Path = STATE, environment: Mapping[str, str] = os.environ) -> str:
    """In words, which tables a command would use, for a question about them; raises ``Problem`` if there are none."""
    if not is_deployed(environment):
        return f"the last local run ({origin_of(require_header(path), path)})"
    if environment.get(deployed.VARIABLE):
        return deployed_origin(environment)
    return f"{deployed_origin(environment)} ({', '.join(name for each in TABLES if (name := environment.get(each)))})"


def deployed_stores(environment: Mapping[str, str] = os.environ) -> Stores:
    """The deployed tables."""
    return wired_stores(deployed_origin(environment), is_deployed=True)


def deployed_origin(environment: Mapping[str, str] = os.environ) -> str:
    """A description of where the deployed tables are."""
    stack = environment.get(deployed.VARIABLE)
    return f"the stack {stack}" if stack else "the deployed tables"


def wired_stores(origin: str, *, is_deployed: bool) -> Stores:
    """The tables that the functions use: those of the running machine, or those that the environment names."""
    import app

    parts: Parts = app.parts
    return Stores(parts, parts.now(), parts.settings.policy.zone, origin, is_deployed)


def origin_of(header: SavedHeader, path: Path) -> str:
    """A description of where the saved tables are."""
    return f"{path}, as of {to_text(header.now)}"


def _saved_stores(path: Path) -> Stores:
    require_header(path)
    items: dict[str, list[Plain]] = {name: [] for name in NAMES}
    with reading(path) as (header, rows):
        for table, item in rows:
            items[table].append(item)
    parts = SavedParts(header, {name: SavedTable(name, items[name]) for name in NAMES})
    return Stores(parts, header.now, header.zone, origin_of(header, path), is_deployed=False)
