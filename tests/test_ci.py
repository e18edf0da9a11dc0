"""Which interpreters CI takes: ``.ci/python`` finds one that works, and without one ``make test-on`` says so."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from infra.package.template import deployable_template, runtime

ROOT = Path(__file__).parent.parent
WORKS, IS_BROKEN = '#!/bin/sh\necho "$0"\n', "#!/bin/sh\necho 'pyenv: command not found' >&2\nexit 127\n"


def interpreter(path: Path, script: str = WORKS) -> str:
    """Something that looks like an interpreter: one that works says where it is, whatever it is asked."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(script)
    path.chmod(0o755)
    return str(path)


def found(home: Path, *versions: str) -> tuple[int, str]:
    """The exit code and what was printed, on a machine whose programs of that kind are below ``home``."""
    environment = {"HOME": str(home), "PATH": f"{home / 'bin'}:/usr/bin:/bin", "PYENV_ROOT": str(home / ".pyenv")}
    done = subprocess.run(
        [ROOT / ".ci" / "python", *versions], env=environment, capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    return done.returncode, done.stdout.strip()


def test_the_first_version_that_is_there_is_taken(tmp_path: Path) -> None:
    interpreter(tmp_path / "bin" / "python3.97")
    newer = interpreter(tmp_path / "bin" / "python3.98")

    assert found(tmp_path, "3.99", "3.98", "3.97") == (0, newer)


def test_pyenv_s_newest_of_a_version_is_taken_where_its_shim_does_not_work(tmp_path: Path) -> None:
    interpreter(tmp_path / "bin" / "python3.98", IS_BROKEN)
    interpreter(tmp_path / ".pyenv" / "versions" / "3.98.9" / "bin" / "python")
    newest = interpreter(tmp_path / ".pyenv" / "versions" / "3.98.10" / "bin" / "python")
    interpreter(tmp_path / ".pyenv" / "versions" / "3.98t" / "bin" / "python")

    assert found(tmp_path, "3.98") == (0, newest)


def test_one_of_another_version_under_that_name_is_not_taken(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python3.98").symlink_to(sys.executable)

    assert found(tmp_path, "3.98") == (1, "")


def test_this_very_version_is_found() -> None:
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    asked = [str(ROOT / ".ci" / "python"), version]

    told = subprocess.run(asked, env={**os.environ, "PATH": path}, capture_output=True, text=True, check=True).stdout

    assert subprocess.run([told.strip(), "--version"], capture_output=True, text=True, check=True).stdout.startswith(
        f"Python {version}."
    )


def make(*words: str) -> subprocess.CompletedProcess[str]:
    """What the Makefile does, not as a part of the ``make`` that runs the tests."""
    if shutil.which("make") is None:
        pytest.skip("there is no make here")
    alone = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    return subprocess.run(["make", *words], cwd=ROOT, env=alone, capture_output=True, text=True, check=False)


def test_a_version_that_is_not_here_is_named_and_is_no_failure() -> None:
    done = make("test-on", "VERSION=3.98")

    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "SKIPPED: there is no Python 3.98 on this machine\n"


def test_the_version_is_lambdas_unless_another_is_named() -> None:
    lambdas = runtime(deployable_template()).removeprefix("python")

    assert f"python=$(.ci/python {lambdas});" in make("--dry-run", "test-on").stdout
    assert "python=$(.ci/python 3.12);" in make("--dry-run", "test-on", "VERSION=3.12").stdout
