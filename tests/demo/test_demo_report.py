"""``rekindle demo --json``: a report that cannot be written is named, and the run is saved nevertheless."""

from pathlib import Path

import pytest

from infra.cli import main as cli
from infra.saved.state import STATE
from tests.naming import FOUR

pytestmark = pytest.mark.journeys(*FOUR)
FULL = Path("/dev/full")


@pytest.mark.skipif(not FULL.exists(), reason="only Linux has /dev/full")
@pytest.mark.parametrize("pages", [["--headless"], ["--port", "0"]], ids=["headless", "pages"])
def test_a_full_disk_is_named_and_loses_only_the_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], pages: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)

    status = cli.main(["demo", "--customers", "1", "--days", "1", "--json", str(FULL), *pages])

    assert status == 1
    assert capsys.readouterr().err.splitlines()[-1] == "rekindle: /dev/full: No space left on device"
    assert STATE.exists()


def test_a_report_that_was_there_stays_until_there_is_a_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    report = tmp_path / "report.json"
    report.write_text("old", encoding="utf-8")
    monkeypatch.setattr("infra.saved.state.save", lambda: (_ for _ in ()).throw(OSError(28, "No space left on device")))

    status = cli.main(["demo", "--customers", "1", "--days", "1", "--headless", "--json", str(report)])

    assert status == 1
    assert report.read_text("utf-8") == "old"
