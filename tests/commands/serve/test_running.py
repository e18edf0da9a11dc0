"""``rekindle serve``: what comes in is stored and set going in real time, and other commands see it."""

import re
import time
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest

from tests.commands.given import rekindle
from tests.commands.serve.given import Capture, now, profile, secrets_of, serving
from tests.naming import FOUR
from tests.webhooks.given import events, payload, shopify

pytestmark = pytest.mark.journeys(*FOUR)


def cart(customer: str, at: datetime) -> dict[str, Any]:
    line = {"product": "tea", "name": "Green tea", "quantity": 1, "price": 1250}
    fact = {"type": "cart", "customer_id": customer, "id": f"cart-of-{customer}", "at": at.isoformat()}
    return {**fact, "total": 1250, "currency": "USD", "lines": [line], "email": f"{customer}@example.com"}


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
