"""``make package`` and ``make deploy`` end with one line whatever goes wrong, and leave nothing half-written behind."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest

import workflows
from chalicelib.domain.errors import InvalidJourney
from infra.package import __main__ as package
from infra.package import archive, deploy, models, packaged, wheels
from tests.naming import FOUR

pytestmark = pytest.mark.journeys(*FOUR)
Command = Callable[[], int]


@pytest.fixture(params=["package", "deploy"])
def command(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Each of the two, on a machine where ``aws`` finds no stack."""
    monkeypatch.delenv("REKINDLE_TRACEBACK", raising=False)
    (tmp_path / "aws").write_text("#!/bin/sh\necho 'Stack with id shop does not exist' >&2\nexit 254\n", "utf-8")
    (tmp_path / "aws").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    if request.param == "package":
        return lambda: package.main(["--output", str(tmp_path / "build")])
    return lambda: deploy.main(["--stack", "shop", "--bucket", "our-code"])


def raising(error: BaseException) -> Callable[..., NoReturn]:
    def fail(*_: object, **__: object) -> NoReturn:
        raise error

    return fail


@pytest.mark.parametrize(
    ("error", "status", "line"),
    [
        (InvalidJourney("win_back", "it has no steps"), 1, "journey 'win_back': it has no steps"),
        (SystemError("in a journey"), 1, "unexpected SystemError: in a journey (REKINDLE_TRACEBACK=1 shows where)"),
        (KeyboardInterrupt(), 130, "stopped"),
        (PermissionError(13, "Permission denied", "build/sam.json"), 1, "build/sam.json: Permission denied"),
    ],
)
def test_whatever_is_raised_is_one_line(
    command: Command,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    status: int,
    line: str,
) -> None:
    monkeypatch.setattr(workflows, "versions", raising(error))

    assert command() == status

    assert capsys.readouterr().err.splitlines()[-1] == f"rekindle: {line}"


@pytest.mark.parametrize("text", ["Parameters: : {", "Parameters: }"])
def test_a_template_that_is_not_yaml_is_one_line_with_the_place(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    (tmp_path / "infra").mkdir()
    (tmp_path / "infra" / "template.yaml").write_text(f"\n{text}\n", "utf-8")
    monkeypatch.setattr(packaged, "CHECKOUT", tmp_path)

    assert command() == 1

    error = capsys.readouterr().err
    assert error.startswith("rekindle: infra/template.yaml: not YAML (")
    assert "line 2" in error
    assert error.count("\n") == 1


def test_a_zip_that_is_not_finished_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "task").mkdir()
    (tmp_path / "task" / "app.py").touch()
    (tmp_path / "build").mkdir()
    monkeypatch.setattr(zipfile.ZipFile, "writestr", raising(KeyboardInterrupt()))

    with pytest.raises(KeyboardInterrupt):
        archive.pack(tmp_path / "task", tmp_path / "build" / "deployment.zip")

    assert not list((tmp_path / "build").iterdir())


def test_the_template_is_replaced_together_with_the_zip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sam.json").write_text(json.dumps("of the zip before"), "utf-8")
    monkeypatch.setattr(wheels, "fetched", lambda *_: {})
    monkeypatch.setattr(models, "trim", lambda _: None)
    monkeypatch.setattr(package, "interpreter", lambda _: None)
    monkeypatch.setattr(zipfile.ZipFile, "writestr", raising(KeyboardInterrupt()))

    assert package.main(["--output", str(tmp_path)]) == 130

    assert [path.name for path in tmp_path.iterdir()] == ["sam.json"]
    assert json.loads((tmp_path / "sam.json").read_text("utf-8")) == "of the zip before"
