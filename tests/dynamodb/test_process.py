"""The engine as a child process: where it cannot run that is said, and none is ever left behind."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from infra.machine.engines.dynamodb_local import process as dynamodb_local
from infra.machine.engines.dynamodb_local.process import VARIABLE, CannotRun, main


@pytest.fixture
def no_java(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine without Java."""
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.mark.usefixtures("no_java")
class TestWithoutJava:
    def test_the_tests_are_left_out_with_the_reason(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.delenv("CI", raising=False)

        assert main([sys.executable, "-c", "raise SystemExit(5)"]) == 0

        assert "SKIPPED: no tests on DynamoDB Local, there is no Java here" in capsys.readouterr().err

    def test_a_ci_machine_fails(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        monkeypatch.setenv("CI", "true")

        assert main(["true"]) == 1

        assert "FAILED" in capsys.readouterr().err


def test_a_java_that_is_only_a_hint_to_install_it_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "java").write_text("#!/bin/sh\necho 'Unable to locate a Java Runtime' >&2\nexit 1\n")
    (tmp_path / "java").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)

    with pytest.raises(CannotRun, match="no Java"):
        dynamodb_local.java()


def npm_that(does: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program called npm, first on the path; its fifth argument is ``--pack-destination``'s."""
    program = folder / "bin" / "npm"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\n{does}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")


def test_an_engine_that_cannot_be_brought_is_a_reason(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    npm_that("echo no network >&2; exit 1", tmp_path, monkeypatch)

    with pytest.raises(CannotRun, match=r"npm cannot download .*no network"):
        dynamodb_local.engine(tmp_path / "build")

    assert not (tmp_path / "build").exists()


def test_another_engine_than_the_one_tried_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    npm_that('echo something else > "$4/engine.tgz"', tmp_path, monkeypatch)

    with pytest.raises(CannotRun, match="is not the expected one"):
        dynamodb_local.engine(tmp_path / "build")


@pytest.mark.usefixtures("endpoint")
@pytest.mark.skipif(shutil.which("java") is None, reason="there is no Java here")
class TestWithJava:
    @pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
    def test_the_engine_ends_with_whoever_started_it(self, how: signal.Signals) -> None:
        command = [
            sys.executable,
            "-m",
            "infra.machine.engines.dynamodb_local.process",
            "sh",
            "-c",
            f"echo ${VARIABLE}; exec cat",
        ]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as runner:
            assert runner.stdout
            port = int(urlsplit(runner.stdout.readline()).port or 0)
            assert is_open(port)

            runner.send_signal(how)
            runner.wait(20)

            assert closes(port)

    def test_the_exit_code_is_the_commands(self, capfd: pytest.CaptureFixture[str]) -> None:
        assert main(["sh", "-c", f"echo ${VARIABLE}; exit 7"]) == 7

        out, err = capfd.readouterr()
        assert out.startswith("http://localhost:")
        assert len(out.splitlines()) == 1
        assert err == ""
        assert closes(int(urlsplit(out.strip()).port or 0))


def is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def closes(port: int) -> bool:
    """Does it, within ten seconds?"""
    end = time.monotonic() + 10
    while is_open(port) and time.monotonic() < end:
        time.sleep(0.1)
    return not is_open(port)
