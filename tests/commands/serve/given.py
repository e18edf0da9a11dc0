"""``rekindle serve`` as a real process, and what is sent to it over HTTP."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from infra.package.packaged import CHECKOUT
from tests.naming import FOUR, named
from tests.webhooks.given import SECRETS, Sent

Answer = tuple[int, Any]
Capture = pytest.CaptureFixture[str]
SCRIPT = named(*FOUR) + "import sys; from infra.cli.main import main; sys.exit(main())"


@dataclass
class Serving:
    """The process, and where it is."""

    process: "subprocess.Popen[str]"
    port: int = 0
    api_key: str = ""
    webhooks: Mapping[str, str] = field(default_factory=dict)

    def post(
        self, path: str, body: bytes | Iterator[bytes], headers: Mapping[str, str] | None = None
    ) -> tuple[int, Any]:
        """The status and the JSON of an answer."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request("POST", path, body, dict(headers or {}), encode_chunked=not isinstance(body, bytes))
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        return answer.status, json.loads(text) if text.startswith(b"{") else text

    def send(self, sent: Sent) -> Answer:
        """Post a delivery."""
        return self.post(f"/webhooks/{sent.source}", sent.body, sent.headers)

    def post_facts(self, *facts: Mapping[str, Any]) -> None:
        """Post facts."""
        login = {"authorization": f"Bearer {self.api_key}", "content-type": "application/json"}
        status, answer = self.post("/v1/facts", json.dumps({"facts": facts}).encode(), login)
        assert (status, answer["stored"]) == (202, len(facts)), answer

    def line(self, what: str) -> dict[str, Any]:
        """The next line of this kind."""
        assert self.process.stdout
        for text in self.process.stdout:
            entry: dict[str, Any] = json.loads(text)
            if entry["event"] == what:
                return entry
        raise AssertionError(f"no line is of a {what}")

    def ends(self, by: signal.Signals = signal.SIGINT) -> tuple[str, str]:
        """Stop it; what it printed since."""
        self.process.send_signal(by)
        printed = self.process.communicate(timeout=30)
        assert self.process.returncode == 0, printed
        return printed


def started(folder: Path, *words: str) -> "subprocess.Popen[str]":
    """``rekindle serve WORDS`` on any free port, in a folder of its own."""
    return subprocess.Popen(
        [
            sys.executable,
            "-c",
            SCRIPT,
            "serve",
            "--port",
            "0",
            *words,
        ],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@contextmanager
def serving(folder: Path, *words: str) -> Iterator[Serving]:
    """The same, once it is there; its lines are JSON."""
    process = started(folder, "--json", *words)
    try:
        assert process.stdout
        first = process.stdout.readline()
        assert first, process.communicate(timeout=30)
        entry = json.loads(first)
        assert entry["event"] == "serving"
        yield Serving(process, int(entry["url"].rpartition(":")[2]), entry["api_key"], entry["webhooks"])
    finally:
        process.kill()
        process.communicate(timeout=30)


def secrets_of(*sources: str) -> list[str]:
    return [word for source in sources for word in ("--secret", f"{source}={SECRETS[source]}")]


def now() -> datetime:
    return datetime.now(UTC)


def profile(customer: str) -> dict[str, Any]:
    """Somebody who agreed, where it is noon."""
    at, ahead = (now() - timedelta(days=3)).isoformat(), 12 - now().hour
    zone = f"Etc/GMT{-ahead:+d}" if ahead else "UTC"
    fact = {"type": "customer", "id": customer, "at": at, "email": f"{customer}@example.com", "name": "Ann"}
    return {**fact, "time_zone": zone, "consents": {"marketing": {"given": True, "at": at}}}
