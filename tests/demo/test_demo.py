"""``rekindle demo`` from the outside: the same seed tells the same story, and what goes wrong is one line."""

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest

from infra.cli import main as cli
from infra.cli.commands import demo
from tests.naming import FOUR, named

ROOT = Path(__file__).parents[2]
SCRIPT = f"""
{named(*FOUR)}
import sys
from infra.cli.main import main
sys.exit(main(["demo", *sys.argv[1:]]))
"""


def arguments(*texts: str) -> argparse.Namespace:
    """What the command line makes of these options."""
    parser = argparse.ArgumentParser()
    demo.add_arguments(parser)
    return parser.parse_args(texts)


def process(folder: Path, *texts: str, hash_seed: str = "0") -> "subprocess.Popen[str]":
    """The demo in a process of its own, which leaves what it leaves in this folder."""
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, *texts],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": hash_seed},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_the_same_seed_gives_the_same_report_whatever_the_hash_seed(tmp_path: Path) -> None:
    options = ("--headless", "--days", "6", "--customers", "20", "--json", "-")
    folders = [tmp_path / hash_seed for hash_seed in ("1", "2")]  # one folder has one command at a time
    for folder in folders:
        folder.mkdir()
    runs = [process(folder, *options, hash_seed=folder.name) for folder in folders]

    outputs = [run.communicate(timeout=120) for run in runs]

    assert [run.returncode for run in runs] == [0, 0], outputs
    assert outputs[0][0] == outputs[1][0]
    report = json.loads(outputs[0][0])
    assert {"early_access", "nps_survey", "win_back"} <= {
        key for key, counts in report["journeys"].items() if counts.get("sent")
    }
    assert report["shop"]["orders"]["value"] > 20
    assert "simulation" in outputs[0][1]


def test_a_port_in_use_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        status = cli.main(["demo", "--port", str(port)])

    printed = capsys.readouterr()
    assert status == 1
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    assert f"port {port} cannot be used" in printed.err


def test_a_report_that_cannot_be_written_is_one_line_before_the_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = cli.main(["demo", "--headless", "--json", str(tmp_path / "missing" / "report.json")])

    printed = capsys.readouterr()
    assert status == 1
    assert printed.err.count("\n") == 1
    assert "No such file or directory" in printed.err


@pytest.mark.parametrize("texts", [("--days", "0"), ("--customers", "many"), ("--port", "65536")])
def test_a_number_out_of_range_is_refused(texts: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        arguments(*texts)

    assert "expected a whole number from" in capsys.readouterr().err


def test_ctrl_c_says_stopped(tmp_path: Path) -> None:
    run = process(tmp_path, "--headless", "--customers", "2000")
    assert run.stdout is not None
    assert "this takes a while" in run.stdout.readline()

    run.send_signal(signal.SIGINT)
    _, errors = run.communicate(timeout=60)

    assert run.returncode == 130
    assert errors == "rekindle: stopped\n"


def test_the_key_it_prints_opens_its_api_and_what_is_done_there_and_in_the_shop_can_be_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run = process(tmp_path, "--customers", "1", "--days", "1", "--port", "0")
    assert run.stdout is not None
    lines = iter(run.stdout.readline, "")
    url = next(line for line in lines if line.startswith("The shop is at ")).split()[4]
    key = next(line for line in lines if "/openapi.json" in line).split()[-1]
    fact = {"type": "customer", "id": "u1", "at": "2026-01-02T10:00:00Z", "email": "uma@example.com"}
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    form = urlencode({"name": "Ina", "email": "ina@example.com", "language": "en", "zone": "Asia/Seoul"}).encode()
    try:
        assert "/v1/facts" in json.load(urlopen(f"{url}/openapi.json"))["paths"]
        assert urlopen(Request(f"{url}/v1/facts", json.dumps(fact).encode(), headers)).status == 202
        assert urlopen(Request(f"{url}/shop/signin", form)).status == 200
    finally:
        run.send_signal(signal.SIGINT)
        run.communicate(timeout=60)

    monkeypatch.chdir(tmp_path)
    assert [cli.main(["show", f"{name}@example.com"]) for name in ("uma", "ina")] == [0, 0]
    assert "Ina" in capsys.readouterr().out


def test_ctrl_c_ends_the_pages_too(tmp_path: Path) -> None:
    run = process(tmp_path, "--customers", "1", "--days", "1", "--port", "0")
    assert run.stdout is not None
    lines = iter(run.stdout.readline, "")
    url = next(line for line in lines if line.startswith("The shop is at ")).split()[4]
    assert urlopen(f"{url}/inbox").status == 200

    run.send_signal(signal.SIGINT)
    _, errors = run.communicate(timeout=60)

    assert run.returncode == 130
    assert errors == "rekindle: stopped\n"
    assert {path.name for path in (tmp_path / ".rekindle").iterdir()} == {"state.json.gz", "state.json.gz.lock"}
