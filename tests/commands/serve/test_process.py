"""``rekindle serve``: what it prints, what it overwrites, and how it starts and ends."""

import re
import signal
import socket
from pathlib import Path

import pytest

from tests.commands.given import rekindle
from tests.commands.serve.given import Capture, Serving, profile, secrets_of, serving, started
from tests.naming import FOUR
from tests.webhooks.given import SECRETS, payload, shopify

pytestmark = pytest.mark.journeys(*FOUR)


def test_each_request_is_one_line_that_names_no_person(tmp_path: Path) -> None:
    process = started(tmp_path, *secrets_of("shopify"))
    assert process.stdout
    here = process.stdout.readline()
    there = Serving(process, int(re.findall(r"localhost:(\d+)", here)[0]))
    there.send(shopify("orders/create", payload("shopify", "orders_create")))
    there.send(shopify("orders/create", payload("shopify", "orders_create", total_price="$5.99")))
    there.post("/v1/unsubscribe/a-token-of-ann", b"")
    there.post("/somewhere/ann@example.com?token=a-token-of-ann", b"")
    there.post("/webhooks/ann@example.com", b"")

    out, err = there.ends(signal.SIGTERM)

    lines = [re.sub(r"^[\d:]+ +|  \d+ ms", "", line) for line in out.splitlines() if re.match(r"\d\d:\d\d:\d\d", line)]
    assert lines == [
        "POST /webhooks/shopify 200  topic orders/create  received 2  stored 2",
        "POST /webhooks/shopify 200  topic orders/create  received 0  stored 0  rejected 1  field $.total_price  "
        "problem expected a decimal number such as 12.50",
        "POST /v1/unsubscribe/{token} 404",
        "POST (no such path) 403",
        "POST /webhooks/{source} 404  problem expected one of events, segment, shopify, woocommerce",
    ]
    assert "http://localhost" in out + here
    for secret in ("ann", "a-token", "mina", SECRETS["shopify"]):
        assert secret not in (out + err).lower()
    assert "stopped after 5 requests" in err


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
