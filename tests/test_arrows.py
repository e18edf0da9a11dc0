"""Which libraries each room may use, and that nothing but the settings reads the environment or the clock.

Which of our rooms may import which is held by import-linter (``.importlinter``, in ``make check``): here stands what it
cannot see. The sources are parsed, never imported: an import inside a function, or under ``TYPE_CHECKING``, counts like
any other.
"""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OURS = {"app", "chalicelib", "infra", "workflows"}
LIBRARIES: dict[str, set[str] | None] = {
    "chalicelib/domain/": set(),
    "chalicelib/services/": set(),
    "chalicelib/sources/": {"jmespath", "msgspec", "standardwebhooks"},
    "chalicelib/api/": {"chalice", "jinja2", "msgspec"},
    "chalicelib/": None,
    "workflows/": set(),
    "app.py": {"chalice"},
}
"""By the beginning of the path, the first that fits: the libraries beside Python's own. None: any."""


def imported(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name.partition(".")[0]) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.lineno, node.module.partition(".")[0]


def faults(path: str, source: str) -> list[str]:
    """The libraries that a source file, at this path below the project's folder, must not import: one line each."""
    allowed = next((libraries for start, libraries in LIBRARIES.items() if path.startswith(start)), set())
    if allowed is None:
        return []
    known = OURS | allowed | sys.stdlib_module_names
    return [f"{path}:{line}: {name}" for line, name in imported(ast.parse(source, path)) if name not in known]


def our_sources() -> dict[str, str]:
    paths = [ROOT / "app.py", *(ROOT / "chalicelib").rglob("*.py"), *(ROOT / "workflows").rglob("*.py")]
    return {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in sorted(paths)}


def test_each_room_uses_its_own_libraries_only() -> None:
    sources = our_sources()

    found = [fault for path, source in sources.items() for fault in faults(path, source)]

    assert {"app.py", "chalicelib/domain/journeys/journey.py"} <= set(sources), "the sources are somewhere else"
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("chalicelib/domain/journeys/journey.py", "import boto3"),
        ("chalicelib/domain/journeys/journey.py", "import msgspec"),
        ("chalicelib/domain/journeys/journey.py", "def late():\n    import msgspec"),
        ("chalicelib/services/sweep.py", "import botocore.exceptions"),
        ("chalicelib/sources/shopify/webhook.py", "from boto3 import client"),
        ("chalicelib/api/facts.py", "import boto3"),
        ("workflows/win_back/__init__.py", "import jinja2"),
        ("app.py", "import boto3"),
    ],
)
def test_a_library_out_of_place_is_found(path: str, source: str) -> None:
    assert len(faults(path, source)) == 1


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("chalicelib/domain/journeys/journey.py", "import json\nfrom datetime import datetime\nfrom . import events"),
        ("chalicelib/adapters/mail/ses.py", "import boto3"),
        ("chalicelib/wiring.py", "import boto3, workflows"),
        ("app.py", "from chalice.app import Chalice\nfrom chalicelib import wiring"),
    ],
)
def test_a_library_in_its_place_passes(path: str, source: str) -> None:
    assert faults(path, source) == []


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("chalicelib/services/sweep.py", "import os\n\nstage = os.environ['STAGE']\n"),
        ("chalicelib/wiring.py", "import os as system\n\nstage = system.getenv('STAGE')\n"),
        ("chalicelib/adapters/mail/ses.py", "from os import environ\n\nhome = environ\n"),
        ("workflows/win_back/__init__.py", "import os\n\nstage = os.environ.get('STAGE')\n"),
        ("app.py", "import os\n\nstage = os.environ['STAGE']\n"),
        ("chalicelib/domain/journeys/journey.py", "from datetime import UTC, datetime\n\nnow = datetime.now(UTC)\n"),
        ("chalicelib/services/sweep.py", "import datetime as dt\n\nclock = dt.datetime.utcnow\n"),
        ("chalicelib/adapters/tokens.py", "import time\n\nnow = time.time()\n"),
        ("chalicelib/adapters/tokens.py", "from time import time as seconds\n\nnow = seconds()\n"),
    ],
)
def test_reading_the_environment_or_the_clock_is_found_by_ruff(path: str, source: str) -> None:
    found = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--select", "TID251", "--stdin-filename", path, "-"],
        input=source, cwd=ROOT, text=True, capture_output=True, check=False,
    )  # fmt: skip

    assert found.returncode == 1, found.stdout + found.stderr
    assert "TID251" in found.stdout
