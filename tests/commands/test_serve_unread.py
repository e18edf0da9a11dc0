"""``rekindle serve`` when nobody reads what it prints: it answers all the same, and goes on."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from infra.package.packaged import CHECKOUT
from tests.commands.given import rekindle
from tests.naming import FOUR, named

pytestmark = pytest.mark.journeys(*FOUR)
Capture = pytest.CaptureFixture[str]
SCRIPT = named(*FOUR) + "import sys; from infra.cli.main import main; sys.exit(main())"
CUSTOMER = {"type": "customer", "at": "2026-03-02T10:00:00Z"}


@pytest.fixture(params=[[], ["--json"]], ids=["lines", "json"])
def unread(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[tuple[Any, int, str]]:
    """The process, whose reader read the address and left; its port, and its API key."""
    command = [sys.executable, "-c", SCRIPT, "serve", "--port", "0", *request.param]
    here = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    process = subprocess.Popen(
        command, cwd=tmp_path, env=here, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout
    printed = ""
    while "Bearer" not in printed and "api_key" not in printed:
        printed += process.stdout.readline()
    process.stdout.close()
    port = int(printed.partition("http://localhost:")[2].partition(" " if not request.param else '"')[0])
    key = json.loads(printed)["api_key"] if request.param else printed.split()[-1]
    yield process, port, key
    process.kill()
    process.wait(timeout=30)
    if process.stderr:
        process.stderr.close()


def test_it_answers_and_goes_on_without_its_log(
    unread: tuple[Any, int, str], tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    process, port, key = unread

    answers = [post(port, key, {**CUSTOMER, "id": name, "email": f"{name}@example.com"}) for name in ("ann", "bea")]
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=30)

    assert answers == [(202, 1), (202, 1)]
    assert process.returncode == 0
    assert process.stderr.read().splitlines() == [
        "rekindle: the log cannot be written (nobody reads it): the API goes on without it",
        "stopped after 2 requests; rekindle show, kpis and upcoming show the results",
    ]
    monkeypatch.chdir(tmp_path)
    assert [rekindle(capsys, "show", name).status for name in ("ann", "bea")] == [0, 0]


def post(port: int, key: str, fact: dict[str, str]) -> tuple[int, int]:
    """The status, and how many facts were stored."""
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
    connection.request("POST", "/v1/facts", json.dumps({"facts": [fact]}), headers)
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    return answer.status, json.loads(text)["stored"] if answer.status == 202 else 0


def test_a_command_without_an_output_runs(tmp_path: Path) -> None:
    """``rekindle --help >&-``."""
    command = ["/bin/sh", "-c", '"$0" -c "$1" --help >&-', sys.executable, SCRIPT]
    here = {**os.environ, "PYTHONPATH": str(CHECKOUT)}

    done = subprocess.run(command, cwd=tmp_path, env=here, stderr=subprocess.PIPE, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")
