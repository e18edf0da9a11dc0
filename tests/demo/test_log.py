"""Whatever goes wrong, the log tells of no person: a demo full of errors is lived through, its whole log searched."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from chalicelib.adapters.logs import FIELDS

ROOT = Path(__file__).parents[2]
FORMATTERS_OWN = {"level", "location", "message", "timestamp", "service", "exception", "exception_name"}
KINDS = ("addresses", "local parts", "names", "tokens", "coupons", "comments", "subjects", "secrets")
LINES = {
    "a customer requested their data",
    "Caught exception for path %s",
    "function failed",
    "enrollment failed",
    "item skipped",
    "member skipped",
    "not a delivery report",
    "enrollment postponed",
    "poison record",
    "send refused",
    "send unknown",
    "unknown tags",
}
"""What the troubled demo is to bring into the log."""
NEVER_RAW = {"subjects", "secrets"}
"""No error says these, so there is nothing to keep out."""


@pytest.fixture(scope="module")
def logged(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The log, and the texts that must not be in it."""
    file = tmp_path_factory.mktemp("troubled") / "findings.json"
    done = subprocess.run(
        [sys.executable, "-m", "tests.demo.troubled", str(file)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", "POWERTOOLS_LOG_LEVEL": "DEBUG"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return {**json.loads(file.read_text("utf-8")), "log": done.stdout + done.stderr, "lines": done.stdout.splitlines()}


def spellings(text: str) -> Iterator[str]:
    """The text as it is, as JSON's ASCII, and as a URL may have it."""
    yield from {text, json.dumps(text)[1:-1], quote(text), quote(text, safe="")}


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_personal_is_in_the_log(logged: dict[str, Any], kind: str) -> None:
    found = [text for text in logged[kind] if any(spelling in logged["log"] for spelling in spellings(text))]

    assert logged[kind], "nothing was searched for"
    assert found == []


@pytest.mark.parametrize("kind", sorted(set(KINDS) - NEVER_RAW))
def test_a_plain_formatter_would_have_logged_it(logged: dict[str, Any], kind: str) -> None:
    assert [text for text in logged[kind] if any(spelling in logged["raw"] for spelling in spellings(text))]


def test_every_kind_of_trouble_is_in_the_log(logged: dict[str, Any]) -> None:
    lines = [json.loads(line) for line in logged["lines"]]

    assert {line["message"] for line in lines if "message" in line} >= LINES
    assert {"_aws"} <= {name for line in lines for name in line}, "metrics are in it too"


def test_a_line_has_no_other_fields_than_those_listed(logged: dict[str, Any]) -> None:
    lines = [json.loads(line) for line in logged["lines"]]

    assert {name for line in lines if "message" in line for name in line} <= FORMATTERS_OWN | FIELDS


@pytest.mark.parametrize(
    ("message", "fields"),
    [
        ("enrollment postponed", {"customer", "enrollment", "journey", "send_id", "error"}),
        ("enrollment failed", {"customer", "enrollment", "journey", "send_id", "error", "show", "retry"}),
        ("send refused", {"customer", "enrollment", "journey", "send_id", "error"}),
        ("send unknown", {"customer", "enrollment", "journey", "send_id", "error"}),
        ("poison record", {"customer", "sequence", "error"}),
        ("member skipped", {"customer", "error"}),
        ("item skipped", {"customer", "error"}),
        ("not a delivery report", {"message_id", "error"}),
    ],
)
def test_a_line_says_what_it_is_about(logged: dict[str, Any], message: str, fields: set[str]) -> None:
    lines = [json.loads(line) for line in logged["lines"]]

    about = [line for line in lines if line.get("message") == message]

    assert about
    assert all(line.get(field) for line in about for field in fields)


def test_an_error_s_line_says_where_in_the_code_it_was_raised(logged: dict[str, Any]) -> None:
    lines = [json.loads(line) for line in logged["lines"]]

    about = [line for line in lines if line.get("message") == "enrollment postponed"]

    assert {line["exception_name"] for line in about} >= {"KeyError", "TemplateError"}
    assert all("/services/" in line["exception"] for line in about)
