"""Times in a file: a row from the future is rejected, and a consent without its own time undoes no refusal."""

import csv
from pathlib import Path

import pytest

import app
from chalicelib.domain.facts.consent import Consent, Purpose
from infra.machine.machine import Machine
from tests.builders import START
from tests.importing.given import DAY, HOUR, Capture, a_customer, an_order, imported, written
from tests.naming import FOUR

pytestmark = pytest.mark.journeys(*FOUR)
AHEAD = (START + 9 * HOUR).isoformat()


def marketing(customer: str) -> Consent:
    return app.parts.facts.of(app.parts.names.find(customer) or "").customer.consents[Purpose.MARKETING]


def test_a_row_with_a_time_ahead_is_rejected_and_names_its_column(
    machine: Machine, capsys: Capture, tmp_path: Path
) -> None:
    rows = [an_order(1), an_order(2, placed_at=AHEAD), an_order(3, cancelled_at=AHEAD), an_order(4, fulfilled_at=AHEAD)]
    orders = written(tmp_path / "o.csv", rows)

    status, counts = imported(capsys, "orders", str(orders), "--rejected", "bad.csv")

    assert (status, counts["stored"], counts["rejected"]) == (1, 2, 2)
    with Path("bad.csv").open(newline="") as bad:
        expected = f"expected a time at most 5 minutes ahead of now, got '{AHEAD}'"
        assert list(csv.reader(bad))[1:] == [["3", f"placed_at: {expected}"], ["4", f"cancelled_at: {expected}"]]


def test_a_row_in_json_lines_too(machine: Machine, capsys: Capture, tmp_path: Path) -> None:
    file = tmp_path / "c.jsonl"
    file.write_text(f'{{"customer_id": "c1", "id": "k1", "at": "{AHEAD}", "total": 1, "currency": "USD"}}')

    assert imported(capsys, "carts", str(file))[1]["rejected"] == 1


@pytest.mark.parametrize("is_first", [True, False])
def test_an_imported_consent_without_its_own_time_undoes_no_refusal_whichever_comes_first(
    machine: Machine, capsys: Capture, tmp_path: Path, is_first: bool
) -> None:
    refusal = a_customer(1, marketing="no", marketing_at=(START - 9 * DAY).isoformat())
    rows = [refusal, a_customer(1, at=START.isoformat())]

    imported(capsys, "customers", str(written(tmp_path / "c.csv", rows if is_first else rows[::-1])))

    assert marketing("c1").given is False


def test_an_imported_consent_with_a_later_time_of_its_own_does(
    machine: Machine, capsys: Capture, tmp_path: Path
) -> None:
    refusal = a_customer(1, marketing="no", marketing_at=(START - 9 * DAY).isoformat())
    rows = [refusal, a_customer(1, marketing_at=(START - 8 * DAY).isoformat())]

    imported(capsys, "customers", str(written(tmp_path / "c.csv", rows)))

    assert marketing("c1") == Consent(True, START - 8 * DAY, "import")


def test_an_imported_consent_without_a_time_counts_where_nobody_refused(
    machine: Machine, capsys: Capture, tmp_path: Path
) -> None:
    imported(capsys, "customers", str(written(tmp_path / "c.csv", [a_customer(1)])))

    assert marketing("c1") == Consent(True, START - DAY, "import", undated=True)


def test_a_refusal_without_a_time_counts_from_its_row(machine: Machine, capsys: Capture, tmp_path: Path) -> None:
    agreed = a_customer(1, marketing_at=(START - 2 * DAY).isoformat())
    rows = [a_customer(1, marketing="no"), agreed]

    imported(capsys, "customers", str(written(tmp_path / "c.csv", rows)))

    assert marketing("c1") == Consent(False, START - DAY, "import")
