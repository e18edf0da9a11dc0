"""JSON on standard output is valid whatever its encoding."""

import json
import os
import subprocess
import sys

import pytest

from infra.package.packaged import CHECKOUT

NAMES = {"name": "Zoë 김민아 😀"}
CODE = f"""
import sys
from infra.cli import main as cli
from infra.cli.arguments import print_json
cli._run = lambda words: print_json({NAMES!r}) or 0
sys.exit(cli.main([]))
"""


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "utf-8"])
def test_json_is_valid_in_any_encoding(encoding: str) -> None:
    here = {**os.environ, "PYTHONPATH": str(CHECKOUT), "PYTHONIOENCODING": encoding}

    done = subprocess.run([sys.executable, "-c", CODE], env=here, capture_output=True, check=True)

    assert json.loads(done.stdout.decode(encoding)) == NAMES
    assert ("Zoë" in done.stdout.decode(encoding)) is (encoding == "utf-8")
