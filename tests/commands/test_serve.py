"""``rekindle serve``: a real process, signed webhooks over HTTP, and what other commands show of them afterwards."""

import json
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from infra.cli.commands import serve
from infra.package.packaged import CHECKOUT
from tests.commands.given import Said, rekindle
from tests.naming import FOUR, named
from tests.webhooks.given import SECRETS, Sent, events, payload, shopify

pytestmark = pytest.mark.journeys(*FOUR)
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
        [sys.executable, "-c", SCRIPT, "serve", "--port", "0", *words],
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


def cart(customer: str, at: datetime) -> dict[str, Any]:
    line = {"product": "tea", "name": "Green tea", "quantity": 1, "price": 1250}
    fact = {"type": "cart", "customer_id": customer, "id": f"cart-of-{customer}", "at": at.isoformat()}
    return {**fact, "total": 1250, "currency": "USD", "lines": [line], "email": f"{customer}@example.com"}


def profile(customer: str) -> dict[str, Any]:
    """Somebody who agreed, where it is noon."""
    at, ahead = (now() - timedelta(days=3)).isoformat(), 12 - now().hour
    zone = f"Etc/GMT{-ahead:+d}" if ahead else "UTC"
    fact = {"type": "customer", "id": customer, "at": at, "email": f"{customer}@example.com", "name": "Ann"}
    return {**fact, "time_zone": zone, "consents": {"marketing": {"given": True, "at": at}}}


def test_webhooks_are_stored_and_set_going_what_they_do(tmp_path: Path, capsys: Capture) -> None:
    with serving(tmp_path, *secrets_of("shopify", "events")) as there:
        assert set(there.webhooks) == {"shopify", "events"}
        order = payload("shopify", "orders_create")
        order |= {name: now().isoformat() for name in ("created_at", "processed_at", "updated_at")}
        assert there.send(shopify("orders/create", order)) == (200, {"received": 2, "stored": 2})
        assert there.send(events(cart("bea", now()), at=now())) == (200, {"received": 1, "stored": 1})
        there.ends()

    email = order["customer"]["email"]
    buyer = rekindle(capsys, "show", email, "--json").json
    assert {entry["journey"] for entry in buyer["timeline"] if entry["kind"] == "enrolled"} == {
        "nps_survey",
        "win_back",
    }
    left = rekindle(capsys, "show", "bea", "--json").json
    assert [entry["journey"] for entry in left["timeline"] if entry["kind"] == "enrolled"] == ["abandoned_cart"]


def test_what_is_due_is_done_in_real_time(tmp_path: Path) -> None:
    mails = tmp_path / "mails"
    mails.mkdir()
    (mails / "0003.eml").write_text("of another day", "utf-8")
    with serving(tmp_path, "--mails", str(mails), "--public-url", "https://tunnel.example/") as there:
        people = [f"person-{number}" for number in range(5)]  # one in ten is held out
        there.post_facts(*(profile(person) for person in people))
        there.post_facts(*(cart(person, now() - timedelta(hours=25)) for person in people))
        entry = there.line("mail")
        there.ends()

    assert (entry["journey"], entry["step"]) == ("abandoned_cart", "reminder")
    assert re.fullmatch("[0-9a-f]{32}", entry["customer"])
    assert (Path(entry["file"]).name, (mails / "0003.eml").read_text("utf-8")) == ("0004.eml", "of another day")
    mail = message_from_bytes(Path(entry["file"]).read_bytes(), policy=policy.default)
    assert "https://tunnel.example/v1/unsubscribe/" in str(mail["List-Unsubscribe"])


def test_other_commands_see_what_came_in_while_it_runs(tmp_path: Path, capsys: Capture) -> None:
    with serving(tmp_path, *secrets_of("events")) as there:
        there.send(events(cart("bea", now()), at=now()))
        deadline = time.monotonic() + 30
        while rekindle(capsys, "show", "bea").status and time.monotonic() < deadline:
            time.sleep(0.1)

        assert rekindle(capsys, "show", "bea").status == 0


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (shopify("carts/update", payload("shopify", "carts_update"), secret="another"), 401),
        (shopify("carts/update", {"token": 7}), 400),
        (shopify("themes/publish", {}), 202),
        (Sent("segment", {"x-signature": "00"}, b"{}"), 401),
        (Sent("magento", {}, b"{}"), 404),
        (shopify("carts/update", b" " * (4 * 1024 * 1024 + 1)), 413),
        (shopify("carts/update", b" " * (7 * 1024 * 1024)), 413),
    ],
    ids=["forged", "misfit", "unknown topic", "no secret", "no source", "too large", "far too large"],
)
def test_what_is_not_taken_is_answered_as_when_deployed(api: Serving, sent: Sent, status: int) -> None:
    assert api.send(sent)[0] == status


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """One for several tests, with a secret of Shopify's."""
    with serving(tmp_path_factory.mktemp("served"), *secrets_of("shopify")) as there:
        yield there


def test_a_body_in_chunks_is_put_together(api: Serving) -> None:
    sent = shopify("carts/update", payload("shopify", "carts_update"))
    pieces = (sent.body[start : start + 100] for start in range(0, len(sent.body), 100))

    status, answer = api.post("/webhooks/shopify", pieces, {**sent.headers, "transfer-encoding": "chunked"})

    assert (status, answer["received"]) == (200, 1)


def test_any_method_is_answered_as_when_deployed(api: Serving) -> None:
    with socket.create_connection(("127.0.0.1", api.port), timeout=10) as connection:
        connection.sendall(b"QUERY /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        connection.shutdown(socket.SHUT_WR)

        assert connection.recv(1000).startswith(b"HTTP/1.0 403 ")


def test_what_is_not_http_does_no_harm(api: Serving) -> None:
    for text in (
        b"\x16\x03\x01\x02\x00",
        b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        b"GET http://[ HTTP/1.1\r\n\r\n",
    ):
        with socket.create_connection(("127.0.0.1", api.port), timeout=10) as connection:
            connection.sendall(text + b"\r\n\r\n")
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(1000):
                continue

    assert api.send(shopify("carts/update", payload("shopify", "carts_update")))[0] == 200


def test_a_client_that_disconnects_is_not_logged(tmp_path: Path) -> None:
    with serving(tmp_path) as there:
        for _ in range(3):
            with socket.create_connection(("127.0.0.1", there.port), timeout=10) as connection:
                connection.sendall(b"POST /webhooks/shopify HTTP/1.1\r\nContent-Length: 100\r\n\r\nhalf")
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # reset, at once
        there.post_facts(profile("ann"))
        errors = there.ends()[1]

    assert errors.startswith("stopped after 1 request;"), errors


def test_each_start_has_another_api_key_and_the_usual_one_opens_nothing(api: Serving) -> None:
    login = {"authorization": "Bearer " + "4d" * 32, "content-type": "application/json"}

    assert len(api.api_key) >= 32
    assert api.post("/v1/facts", b"{}", login)[0] == 401


def test_each_request_is_one_line_that_names_no_person(tmp_path: Path) -> None:
    process = started(tmp_path, *secrets_of("shopify"))
    assert process.stdout
    here = process.stdout.readline()
    there = Serving(process, int(re.findall(r"localhost:(\d+)", here)[0]))
    there.send(shopify("orders/create", payload("shopify", "orders_create")))
    there.post("/v1/unsubscribe/a-token-of-ann", b"")
    there.post("/somewhere/ann@example.com?token=a-token-of-ann", b"")
    there.post("/webhooks/ann@example.com", b"")

    out, err = there.ends(signal.SIGTERM)

    lines = [re.sub(r"^[\d:]+ +|  \d+ ms", "", line) for line in out.splitlines() if re.match(r"\d\d:\d\d:\d\d", line)]
    assert lines == [
        "POST /webhooks/shopify 200  topic orders/create  received 2  stored 2",
        "POST /v1/unsubscribe/{token} 404",
        "POST (no such path) 403",
        "POST /webhooks/{source} 404  problem expected one of events, segment, shopify, woocommerce",
    ]
    assert "http://localhost" in out + here
    for secret in ("ann", "a-token", "mina", SECRETS["shopify"]):
        assert secret not in (out + err).lower()
    assert "stopped after 4 requests" in err


@pytest.mark.parametrize(
    "words", [("erase", "bea", "--yes"), ("pause", "abandoned_cart"), ("import", "customers", "people.csv"), ("serve",)]
)
def test_no_other_command_changes_what_it_would_overwrite(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    (tmp_path / "people.csv").write_text("id,at\nann,2026-03-02T10:00:00Z\n", "utf-8")
    with serving(tmp_path) as there:
        said = rekindle(capsys, *words)
        there.ends()

    assert said.status == 1
    assert said.err == (
        f"rekindle: rekindle serve (process {there.process.pid}) is changing this folder, and only one "
        "command can: stop it first\n"
    )


def test_an_earlier_run_is_replaced_once_serve_prints_its_address(tmp_path: Path, capsys: Capture) -> None:
    with serving(tmp_path) as there:
        there.post_facts(profile("ann"))
        there.ends()
    with serving(tmp_path):
        assert rekindle(capsys, "show", "ann").status == 1


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_whatever_ends_it_at_once_leaves_nothing_broken(tmp_path: Path, by: signal.Signals) -> None:
    with serving(tmp_path) as there:
        there.ends(by)

    left = {path.name for path in (tmp_path / ".rekindle").iterdir()}
    assert left == {"state.json.gz", "state.json.gz.lock"}


def test_a_port_in_use_is_one_line(tmp_path: Path, capsys: Capture) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        said = rekindle(capsys, "serve", "--port", str(port))

    assert (said.status, said.out) == (1, "")
    assert f"port {port} cannot be used" in said.err


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("--secret", "magento=abc"), "expected SOURCE=... with one of these sources: events"),
        (("--secret", "shopify"), "expected SOURCE=..."),
        (("--secret", "shopify="), "expected SOURCE=..."),
        (("--secret", "events=whsec_!"), "a secret of events is base64"),
        (("--secret", "shopify=  "), "expected SOURCE=..."),
        (("--secret", "shopify=two\nlines"), "has characters that are not printable ASCII"),
        (("--secret", "shopify=a sécret"), "has characters that are not printable ASCII"),
        (("--port", "70000"), "expected a whole number"),
        (("--public-url", "example.com"), "expected a URL"),
    ],
)
def test_wrong_arguments_are_named_without_their_secret(capsys: Capture, words: tuple[str, str], problem: str) -> None:
    said: Said = rekindle(capsys, "serve", *words)

    assert said.status == 2
    assert problem in said.err
    assert "whsec_!" not in said.err
    assert "two" not in said.err
    assert "sécret" not in said.err


@pytest.mark.parametrize(
    ("text", "problem"), [("", "contains no secret"), (" \n", "contains no secret"), ("whsec_!\n", "is base64")]
)
def test_a_file_without_a_secret_is_refused(capsys: Capture, tmp_path: Path, text: str, problem: str) -> None:
    file = tmp_path / "secret"
    file.write_text(text, "utf-8")

    said = rekindle(capsys, "serve", "--secret-file", f"events={file}")

    assert said.status == 1
    assert problem in said.err


def test_several_live_secrets_stand_together(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("one with spaces\n\n two \r\n", "utf-8")

    pairs = [("shopify", "zero"), *serve._read("shopify", str(file)), ("segment", "other")]

    assert serve._joined(pairs) == {"shopify": "zero\none with spaces\n two ", "segment": "other"}


def test_a_secret_with_spaces_opens_the_door(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("an older one\n a1!x Zq~]p<>&k \n", "utf-8")
    body = payload("shopify", "carts_update")

    with serving(tmp_path, "--secret", "shopify=one more secret", "--secret-file", f"shopify={file}") as there:
        for secret in ("one more secret", "an older one", " a1!x Zq~]p<>&k ", "a1!x Zq~]p<>&k"):
            assert there.send(shopify("carts/update", body, secret=secret))[0] == 200
        assert there.send(shopify("carts/update", body, secret="a1!x"))[0] == 401
