"""Guests in a file are the customers of their addresses, as webhooks of the same system know them."""

from pathlib import Path

import pytest

import app
from chalicelib.sources.registry import sources
from infra.machine.machine import Machine
from tests.importing.given import Capture, a_customer, an_order, imported, written
from tests.naming import FOUR

pytestmark = pytest.mark.journeys(*FOUR)
GUESTS = [
    an_order(1) | {"customer_id": "0", "email": "ann@example.com"},
    an_order(2) | {"customer_id": "", "email": "bob@example.com"},
    an_order(3) | {"customer_id": "7", "email": "cat@example.com"},
]


def test_guests_of_a_shop_system_are_not_one_customer(machine: Machine, tmp_path: Path, capsys: Capture) -> None:
    status, counts = imported(capsys, "orders", str(written(tmp_path / "o.csv", GUESTS)), "--source", "woocommerce")

    assert (status, counts["stored"]) == (0, 3)
    parts = app.parts
    found = {
        who: set(parts.facts.of(parts.names.find(who) or "").orders) for who in ("ann@example.com", "bob@example.com")
    }
    assert found == {"ann@example.com": {"o1"}, "bob@example.com": {"o2"}}
    assert set(parts.facts.of(parts.names.find("woocommerce:7") or "").orders) == {"o3"}
    assert parts.names.find("woocommerce:0") is None


def test_the_same_id_of_the_shop_s_own_is_a_customer_s(machine: Machine, tmp_path: Path, capsys: Capture) -> None:
    status, counts = imported(capsys, "orders", str(written(tmp_path / "o.csv", GUESTS[:1])))

    assert (status, counts["stored"]) == (0, 1)
    parts = app.parts
    assert set(parts.facts.of(parts.names.find("shop:0") or "").orders) == {"o1"}


def test_a_guest_without_an_address_is_nobody_and_is_reported(
    machine: Machine, tmp_path: Path, capsys: Capture
) -> None:
    file = written(tmp_path / "o.csv", [an_order(1) | {"customer_id": "0"}, an_order(2)])

    status, counts = imported(capsys, "orders", str(file), "--source", "woocommerce")

    assert (status, counts["stored"], counts["rejected"]) == (1, 1, 1)


def test_a_customer_without_an_id_is_a_guest_too(machine: Machine, tmp_path: Path, capsys: Capture) -> None:
    file = written(tmp_path / "c.csv", [a_customer(1) | {"id": ""}])

    assert imported(capsys, "customers", str(file))[0] == 0
    parts = app.parts
    assert parts.facts.of(parts.names.find("c1@example.com") or "").customer.email == "c1@example.com"


@pytest.mark.parametrize("own_id", [0, "0", None, ""])
def test_webhooks_and_files_read_the_ids_of_a_system_alike(own_id: object) -> None:
    assert sources()["woocommerce"].account(own_id) is None
    assert sources()["woocommerce"].account(7) == sources()["woocommerce"].account("7") == "7"
    assert sources()["shopify"].account(own_id) == (None if own_id in (None, "") else "0")


@pytest.mark.settings(TRUSTED_ADDRESSES="woocommerce,shop")
@pytest.mark.parametrize("source", ["woocommerce", "shop"])
@pytest.mark.parametrize("kind", ["orders", "carts"])
def test_an_account_s_address_on_an_order_or_a_cart_joins_nobody_though_accounts_are_trusted(
    machine: Machine, tmp_path: Path, capsys: Capture, source: str, kind: str
) -> None:
    accounts = [a_customer(1, email="ann@example.com"), a_customer(2, email="eve@example.com")]
    thing = an_order(1, 2) if kind == "orders" else {**an_order(1, 2), "at": a_customer(2)["at"]}
    imported(capsys, "customers", str(written(tmp_path / "c.csv", accounts)), "--source", source)

    imported(capsys, kind, str(written(tmp_path / "o.csv", [thing | {"email": "ann@example.com"}])), "--source", source)

    ann, eve = (app.parts.names.find(f"{source}:{own_id}") for own_id in ("c1", "c2"))
    assert ann != eve
    assert app.parts.facts.of(eve or "").customer.email == "eve@example.com"
