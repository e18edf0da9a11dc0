"""``rekindle import suppressions``: lists of other tools, whatever form of an address they use."""

import csv
from pathlib import Path
from typing import Any

import pytest

import app
from chalicelib.domain.journeys.engagement import AddressStatus, Lifting, Suppression
from infra.cli import main as cli
from infra.machine.machine import Machine
from infra.saved.stores import stores
from tests.builders import START, utc
from tests.importing.given import DAY, HOUR, Capture, imported, written

pytestmark = pytest.mark.journeys()


def status(address: str) -> AddressStatus:
    found: AddressStatus = app.parts.suppressions.status(app.parts.identity.address_hash(address))
    return found


def before(**more: Any) -> str:
    return (START - DAY).isoformat()


def test_a_list_of_addresses_is_imported_and_may_be_repeated(machine: Machine, capsys: Capture, tmp_path: Path) -> None:
    rows = [{"address": "ann@example.com", "reason": "bounce", "at": before()}, {"address": "Bob <BOB@例え.jp>"}]
    file = written(tmp_path / "s.csv", rows)

    first, again = (imported(capsys, "suppressions", str(file))[1]["stored"] for _ in range(2))

    assert (first, again) == (2, 0)
    assert status("ann@example.com").suppression == Suppression("bounce", START - DAY)
    assert status("bob@xn--r8jz45g.jp").suppression == Suppression("imported", START)


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("ses.csv", "EmailAddress,Reason,LastUpdateTime\nann@example.com,COMPLAINT,{at}\n", "complaint"),
        ("mailchimp.csv", "Email Address,First Name,CLEAN_TIME\nann@example.com,Ann,{at}\n", "imported"),
        ("sendgrid.csv", "email,reason,x\nann@example.com,550 5.1.1 No such user,1\n", "imported"),
        (
            "ses.jsonl",
            '{{"EmailAddress": "ann@example.com", "Reason": "BOUNCE", "LastUpdateTime": "{at}"}}\n',
            "bounce",
        ),
        ("own.jsonl", '{{"address": "ann@example.com", "reason": "bounce", "at": "{at}", "more": [1]}}\n', "bounce"),
    ],
)
def test_the_lists_of_other_tools_are_read(
    machine: Machine, capsys: Capture, tmp_path: Path, name: str, text: str, reason: str
) -> None:
    file = tmp_path / name
    file.write_text(text.format(at="2026-03-01 09:30:00"), encoding="utf-8")

    assert imported(capsys, "suppressions", str(file))[1]["stored"] == 1

    suppression = status("ann@example.com").suppression
    assert suppression
    assert (suppression.reason, suppression.at < START) == (reason, "{at}" in text)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("sendgrid.csv", "email,reason,at\nann@example.com,bounce,1772357400\n"),
        ("ses.jsonl", '{"EmailAddress": "ann@example.com", "Reason": "BOUNCE", "LastUpdateTime": 1772357400.0}\n'),
    ],
)
def test_a_number_of_seconds_is_a_time(machine: Machine, capsys: Capture, tmp_path: Path, name: str, text: str) -> None:
    file = tmp_path / name
    file.write_text(text)

    assert imported(capsys, "suppressions", str(file))[1]["stored"] == 1

    assert status("ann@example.com").suppression == Suppression("bounce", utc("2026-03-01 09:30"))


def test_a_reason_that_is_no_text_suppresses_all_the_same(machine: Machine, capsys: Capture, tmp_path: Path) -> None:
    file = tmp_path / "s.jsonl"
    file.write_text('{"address": "ann@example.com", "reason": []}\n{"address": "bob@example.com", "reason": 550}\n')

    assert imported(capsys, "suppressions", str(file))[1]["stored"] == 2

    assert status("bob@example.com").suppression == Suppression("imported", START)


def test_rows_without_an_address_are_rejected_without_quoting_them(
    machine: Machine, capsys: Capture, tmp_path: Path
) -> None:
    rows = [{"address": "ann", "at": ""}, {"address": "", "at": ""}, {"address": "a@example.com", "at": "yesterday"}]
    file = written(tmp_path / "s.csv", rows)

    code, counts = imported(capsys, "suppressions", str(file), "--rejected", "bad.csv")

    assert (code, counts["stored"], counts["rejected"]) == (1, 0, 3)
    with Path("bad.csv").open(newline="") as bad:
        assert list(csv.reader(bad))[1:] == [
            ["2", "address: expected an e-mail address"],
            ["3", "address: expected an e-mail address"],
            ["4", "at: expected an ISO date or date-time, got 'yesterday'"],
        ]


@pytest.mark.parametrize(
    "text",
    ["{}", '{"address": 3}', '{"address": "a@example.com", "at": 5}', '{"address": "a@example.com", "at": []}'],
)
def test_invalid_objects_are_rejected(machine: Machine, capsys: Capture, tmp_path: Path, text: str) -> None:
    file = tmp_path / "s.jsonl"
    file.write_text(text)

    assert imported(capsys, "suppressions", str(file))[1]["rejected"] == 1


@pytest.mark.parametrize(("at", "is_back"), [("", False), (before(), False), ((START + 2 * HOUR).isoformat(), True)])
def test_an_old_list_does_not_undo_a_lifting(
    machine: Machine, capsys: Capture, tmp_path: Path, at: str, is_back: bool
) -> None:
    hashed = app.parts.identity.address_hash("ann@example.com")
    app.parts.suppressions.suppress(hashed, "bounce", START - 2 * DAY)
    app.parts.suppressions.lift(hashed, Lifting(START + HOUR, "she called", "bounce", START - 2 * DAY))
    machine.advance_to(START + DAY)

    imported(capsys, "suppressions", str(written(tmp_path / "s.csv", [{"address": "ann@example.com", "at": at}])))

    assert (status("ann@example.com").suppression is not None) is is_back


def test_no_time_lies_ahead_and_an_erasure_stays(machine: Machine, capsys: Capture, tmp_path: Path) -> None:
    app.parts.suppressions.forget([app.parts.identity.address_hash("eve@example.com")], START)
    rows = [{"address": f"{name}@example.com", "at": (START + DAY).isoformat()} for name in ("ann", "eve")]

    imported(capsys, "suppressions", str(written(tmp_path / "s.csv", rows)))

    assert status("ann@example.com").suppression == Suppression("imported", START)
    assert status("eve@example.com").suppression == Suppression("erased", START)


def test_a_dry_run_stores_nothing_and_enroll_is_refused(machine: Machine, capsys: Capture, tmp_path: Path) -> None:
    file = written(tmp_path / "s.csv", [{"mail": "ann@example.com"}])

    assert imported(capsys, "suppressions", str(file), "--map", "address=mail", "--dry-run")[0] == 0
    assert status("ann@example.com") == AddressStatus()
    assert cli.main(["import", "suppressions", str(file), "--map", "address=mail", "--enroll"]) == 1
    assert "begins no journey" in capsys.readouterr().err


def test_a_list_is_imported_into_a_new_local_machine(
    capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    imported(capsys, "suppressions", str(written(tmp_path / "s.csv", [{"address": "ann@example.com"}])))

    local = stores().parts
    assert local.suppressions.suppressed([local.identity.address_hash("ann@example.com")])
