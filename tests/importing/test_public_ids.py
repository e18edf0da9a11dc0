"""Of ids that anybody can tell something of, a file makes no customer who is written to: Segment's key is public."""

from pathlib import Path
from typing import Any

import pytest

import app
from chalicelib.domain.facts.consent import Purpose
from chalicelib.domain.facts.customer import Customer
from infra.cli import main as cli
from infra.machine.machine import Machine
from tests.importing.given import Capture, a_customer, an_order, imported, written
from tests.naming import FOUR

pytestmark = pytest.mark.journeys(*FOUR)


def told(folder: Path, capsys: Capture, **more: Any) -> Customer:
    """What is known of a customer of Segment after a file with a row about them was imported."""
    file = written(folder / "c.csv", [a_customer(1, email_verified="yes", **more)])
    assert imported(capsys, "customers", str(file), "--source", "segment")[0] == 0
    found: Customer = app.parts.facts.of(app.parts.names.find("segment:c1") or "").customer
    return found


def is_given(customer: Customer) -> bool | None:
    consent = customer.consents.get(Purpose.MARKETING)
    return consent.given if consent else None


def test_a_consent_does_not_count_and_an_address_is_only_claimed(
    machine: Machine, tmp_path: Path, capsys: Capture
) -> None:
    imported(capsys, "customers", str(written(tmp_path / "shop.csv", [a_customer(1, email_verified="yes")])))

    assert is_given(told(tmp_path, capsys)) is None
    assert app.parts.names.find("shop:c1") != app.parts.names.find("segment:c1")


def test_a_refusal_counts(machine: Machine, tmp_path: Path, capsys: Capture) -> None:
    assert is_given(told(tmp_path, capsys, marketing="no")) is False


@pytest.mark.settings(TRUSTED_ADDRESSES="segment")
def test_all_counts_if_the_shop_trusts_it(machine: Machine, tmp_path: Path, capsys: Capture) -> None:
    assert is_given(told(tmp_path, capsys)) is True
    assert app.parts.names.find("c1@example.com") == app.parts.names.find("segment:c1")


@pytest.mark.parametrize(("source", "is_said"), [("segment", True), ("shopify", False)])
def test_it_is_said_before_the_import(
    machine: Machine, tmp_path: Path, capsys: Capture, source: str, is_said: bool
) -> None:
    cli.main(["import", "customers", str(written(tmp_path / "c.csv", [a_customer(1)])), "--source", source])

    assert ("TrustedAddresses" in capsys.readouterr().err) is is_said


def test_a_guest_is_nobody_there_and_is_reported(machine: Machine, tmp_path: Path, capsys: Capture) -> None:
    rows = [an_order(1) | {"customer_id": "", "email": "ann@example.com"}, an_order(2)]

    status, counts = imported(capsys, "orders", str(written(tmp_path / "o.csv", rows)), "--source", "segment")

    assert (status, counts["stored"], counts["rejected"]) == (1, 1, 1)
