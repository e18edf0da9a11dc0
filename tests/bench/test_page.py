"""``make bench``: what it takes for arguments, and that its page has every part."""

from pathlib import Path

import pytest

from infra.bench import MEASURED, __main__
from infra.package.packaged import CHECKOUT
from tests.naming import FOUR

pytestmark = pytest.mark.journeys(*FOUR)


@pytest.mark.parametrize("arguments", [["--write", "--quick"], ["--write", "--only", "sweep"], ["--only", "weather"]])
def test_arguments_that_do_not_go_together(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        __main__.main(arguments)

    assert "error:" in capsys.readouterr().err


def test_one_part_is_measured_and_shown(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "figures.json"

    assert __main__.main(["--quick", "--only", "calls", "--json", str(file)]) == 0

    assert "## AWS calls per mailed cart" in capsys.readouterr().out
    assert '"calls"' in file.read_text()


def test_ctrl_c_writes_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def stopped(name: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(__main__, "import_module", stopped)
    monkeypatch.setattr(__main__, "PAGE", tmp_path / "page.md")

    assert __main__.main(["--write"]) == 130
    assert list(tmp_path.iterdir()) == []


def test_the_page_in_the_docs_has_every_part() -> None:
    text = (CHECKOUT / "docs" / "benchmarks.md").read_text("utf-8")

    assert text.count("\n## ") == len(MEASURED)
