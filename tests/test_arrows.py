"""The arrows of the design hold: who may import whom, who may read the environment and the clock.

The sources are parsed, never imported: an arrow inside a function, or under ``TYPE_CHECKING``, counts like any other.
"""

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

PARTS = (
    "chalicelib.domain",
    "chalicelib.services",
    "chalicelib.adapters",
    "chalicelib.api",
    "chalicelib.config",
    "chalicelib.wiring",
    "workflows",
    "infra",
    "tests",
    "app",
)
OURS = {part.partition(".")[0] for part in PARTS}


@dataclass(frozen=True)
class Rule:
    """Which parts of ours, and which libraries beyond the standard one, a part may import besides itself."""

    parts: frozenset[str]
    libraries: frozenset[str] | None = frozenset()
    """None: any library."""


RULES = {
    "chalicelib": Rule(frozenset()),
    "chalicelib.domain": Rule(frozenset()),
    "chalicelib.services": Rule(frozenset({"chalicelib.domain"})),
    "chalicelib.adapters": Rule(frozenset({"chalicelib.domain"}), None),
    "chalicelib.api": Rule(
        frozenset({"chalicelib.domain", "chalicelib.services"}),
        frozenset({"chalice", "jinja2", "msgspec", "standardwebhooks"}),
    ),
    "workflows": Rule(frozenset({"chalicelib.domain"})),
    "app": Rule(frozenset({"chalicelib.wiring", "chalicelib.api", "chalicelib.services"}), frozenset({"chalice"})),
    "chalicelib.config": Rule(frozenset(PARTS) - {"infra", "tests", "app"}, None),
    "chalicelib.wiring": Rule(frozenset(PARTS) - {"infra", "tests", "app"}, None),
}
MAY_IMPORT_ALL = {"infra", "tests"}

ENVIRONMENT = {"os.environ", "os.environb", "os.getenv", "os.getenvb"}
MAY_READ_THE_ENVIRONMENT = {"chalicelib.config"}

CLOCK = {
    "datetime.date.today",
    "datetime.datetime.now",
    "datetime.datetime.today",
    "datetime.datetime.utcnow",
    "time.time",
    "time.time_ns",
}
MAY_READ_THE_CLOCK = {"chalicelib.config", "chalicelib.wiring"}


def part_of(name: str) -> str | None:
    """The part of ours that a dotted name (of a module, or of something in it) belongs to, if any."""
    return next((part for part in PARTS if f"{name}.".startswith(f"{part}.")), None)


@dataclass(frozen=True)
class Import:
    """One imported name: where, what it is in full, and what the module then calls which thing."""

    line: int
    name: str
    bound: str
    meaning: str


def imports(tree: ast.Module, module: str, is_package: bool) -> Iterator[Import]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                first = alias.name.partition(".")[0]
                yield Import(node.lineno, alias.name, alias.asname or first, alias.name if alias.asname else first)
        elif isinstance(node, ast.ImportFrom):
            package = module.split(".") if is_package else module.split(".")[:-1]
            above = package[: len(package) - node.level + 1] if node.level else []
            source = ".".join([*above, *([node.module] if node.module else [])])
            for alias in node.names:
                name = f"{source}.{alias.name}"
                yield Import(node.lineno, name, alias.asname or alias.name, name)


def uses(tree: ast.Module, found: list[Import]) -> Iterator[tuple[int, str]]:
    """Every name a module takes from its imports, with its line, spelled in full whatever it was imported as."""
    meaning = {each.bound: each.meaning for each in found}

    def full(node: ast.expr) -> str | None:
        if isinstance(node, ast.Name):
            return meaning.get(node.id)
        if isinstance(node, ast.Attribute) and (owner := full(node.value)):
            return f"{owner}.{node.attr}"
        return None

    yield from ((each.line, each.name) for each in found)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and (name := full(node)):
            yield node.lineno, name


def faults(path: str, source: str) -> list[str]:
    """What a source file, at this path below the project's folder, does against the arrows: one line each."""
    module = path.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
    part = "chalicelib" if module == "chalicelib" else part_of(module)
    if part is None:
        return [f"{path}: belongs to no part"]
    if part in MAY_IMPORT_ALL:
        return []

    tree = ast.parse(source, path)
    rule = RULES[part]
    found = list(imports(tree, module, path.endswith("/__init__.py")))
    told = []
    for each in found:
        library = each.name.partition(".")[0]
        if library in OURS:
            target = part_of(each.name)
            allowed = target == part or target in rule.parts
        else:
            allowed = library in sys.stdlib_module_names or rule.libraries is None or library in rule.libraries
        if not allowed:
            told.append(f"{path}:{each.line}: {part} may not import {each.name}")
    for line, name in uses(tree, found):
        if name in ENVIRONMENT and part not in MAY_READ_THE_ENVIRONMENT:
            told.append(f"{path}:{line}: only chalicelib/config.py reads the environment ({name})")
        if name in CLOCK and part not in MAY_READ_THE_CLOCK:
            told.append(f"{path}:{line}: the time is an argument ({name})")
    return told


def our_sources() -> dict[str, str]:
    paths = [ROOT / "app.py", *(ROOT / "chalicelib").rglob("*.py"), *(ROOT / "workflows").rglob("*.py")]
    return {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in sorted(paths)}


def test_the_arrows_hold() -> None:
    sources = our_sources()

    found = [fault for path, source in sources.items() for fault in faults(path, source)]

    assert {"app.py", "chalicelib/domain/journey.py"} <= set(sources), "the sources are not where they were looked for"
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("chalicelib/domain/journey.py", "import boto3"),
        ("chalicelib/domain/journey.py", "import msgspec"),
        ("chalicelib/domain/journey.py", "from chalicelib.services import dispatch"),
        ("chalicelib/domain/journey.py", "from ..services.dispatch import Dispatch"),
        ("chalicelib/domain/__init__.py", "from .. import adapters"),
        ("chalicelib/domain/journey.py", "def late():\n    from chalicelib import wiring"),
        ("chalicelib/domain/journey.py", "from workflows import registry"),
        ("chalicelib/services/sweep.py", "from chalicelib.adapters import keys"),
        ("chalicelib/services/sweep.py", "from chalicelib import config"),
        ("chalicelib/services/sweep.py", "from chalicelib.api import routes"),
        ("chalicelib/services/sweep.py", "import botocore.exceptions"),
        ("chalicelib/adapters/ses.py", "from chalicelib.services.dispatch import Mailer"),
        ("chalicelib/adapters/ses.py", "import chalicelib.config as settings"),
        ("chalicelib/adapters/webhooks/shopify.py", "from ...services import ingest"),
        ("chalicelib/api/facts.py", "from chalicelib.adapters import tokens"),
        ("chalicelib/api/facts.py", "import boto3"),
        ("chalicelib/wiring.py", "from infra import cli"),
        ("workflows/win_back/__init__.py", "from chalicelib.services import enroll"),
        ("workflows/win_back/__init__.py", "import jinja2"),
        ("app.py", "from chalicelib.adapters import ses"),
        ("app.py", "from chalicelib.domain import journey"),
        ("chalicelib/helpers.py", ""),
        ("chalicelib/services/sweep.py", "import os\nstage = os.environ['STAGE']"),
        ("chalicelib/wiring.py", "import os as system\nstage = system.getenv('STAGE')"),
        ("chalicelib/adapters/ses.py", "from os import environ"),
        ("workflows/win_back/__init__.py", "import os\nstage = os.environ.get('STAGE')"),
        ("app.py", "import os\nstage = os.environ['STAGE']"),
        ("chalicelib/domain/journey.py", "from datetime import UTC, datetime\nnow = datetime.now(UTC)"),
        ("chalicelib/services/sweep.py", "import datetime as dt\ndef f(clock=dt.datetime.utcnow): ..."),
        ("chalicelib/adapters/tokens.py", "import time\nnow = time.time()"),
        ("chalicelib/adapters/tokens.py", "from time import time as seconds"),
    ],
)
def test_a_broken_arrow_is_found(path: str, source: str) -> None:
    assert len(faults(path, source)) == 1, faults(path, source)


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("chalicelib/domain/journey.py", "import json\nfrom datetime import datetime\nfrom . import events"),
        ("chalicelib/domain/enrollment.py", "def late(now):\n    return now.time() < datetime.time(8)"),
        (
            "chalicelib/services/sweep.py",
            "from ..domain.errors import RekindleError\nfrom chalicelib.services import x",
        ),
        ("chalicelib/adapters/ses.py", "import boto3\nfrom chalicelib.domain import outcomes\nfrom .keys import PK"),
        ("chalicelib/api/facts.py", "from chalice import Blueprint\nfrom chalicelib.services import ingest"),
        ("chalicelib/config.py", "import os\nstage = os.environ['STAGE']"),
        ("chalicelib/wiring.py", "import boto3, workflows\nfrom datetime import UTC, datetime\nx = datetime.now(UTC)"),
        (
            "workflows/win_back/__init__.py",
            "from chalicelib.domain.journey import Journey\nfrom workflows import shared",
        ),
        ("app.py", "from chalice.app import Chalice\nfrom chalicelib import wiring\nfrom chalicelib.api import routes"),
        ("infra/cli.py", "import os, app\nfrom chalicelib.adapters import ses\nhome = os.environ['HOME']"),
    ],
)
def test_a_good_arrow_passes(path: str, source: str) -> None:
    assert faults(path, source) == []
