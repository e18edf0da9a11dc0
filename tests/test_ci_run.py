"""What the last line of ``.ci/run`` says about the versions of Python that it ran the tests on."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LAMBDAS, OLDEST = "3.98", "3.97"
PYTHON = """#!/bin/sh
case "$*" in
    *ensurepip*) echo "$0" ;;
    *version_info*) echo "${0##*/python}" ;;
    *zipfile*) for last; do :; done
               mkdir -p "$last/lifetimes/datasets"
               for name in master sample; do echo 1 >"$last/lifetimes/datasets/CDNOW_$name.txt"; done ;;
esac
"""
"""It says where it is and what its version is, and unpacks what it downloaded."""
MAKE = """#!/bin/sh
echo "$*" >>"$MADE"
"""


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A machine with a checkout on which every check passes; it has no Python, and no package of one."""
    folder = tmp_path / "checkout"
    (folder / ".ci").mkdir(parents=True)
    for name in ("run", "python"):
        shutil.copy(ROOT / ".ci" / name, folder / ".ci" / name)
    write(folder / "infra" / "template.yaml", f"      Runtime: python{LAMBDAS}\n")
    write(folder / "pyproject.toml", f'requires-python = ">={OLDEST}"\n')
    for name, script in {".venv/bin/python": PYTHON, ".venv/bin/coverage": "#!/bin/sh\n"}.items():
        write(folder / name, script)
    for name in ("java", "npm", "apt-get", "sudo"):
        write(tmp_path / "bin" / name, "#!/bin/sh\n")
    for name in ("git", "apt-cache"):
        write(tmp_path / "bin" / name, "#!/bin/sh\nexit 1\n")
    write(tmp_path / "bin" / "make", MAKE)
    return tmp_path


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    path.chmod(0o755)


def run(machine: Path, *versions: str) -> tuple[int, list[str], str]:
    """The exit status of ``.ci/run`` with these versions of Python, its last output, and what ``make`` was told."""
    for version in versions:
        write(machine / "bin" / f"python{version}", PYTHON)
    made = machine / "made"
    environment = {"PATH": f"{machine / 'bin'}:/usr/bin:/bin", "HOME": str(machine), "PYENV_ROOT": str(machine)}
    done = subprocess.run(
        [machine / "checkout" / ".ci" / "run"],
        env=environment | {"MADE": str(made), "TMPDIR": str(machine)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout.splitlines(), made.read_text("utf-8") if made.exists() else ""


@pytest.mark.parametrize(
    ("versions", "result"),
    [
        ([LAMBDAS, OLDEST], "All passed"),
        ([LAMBDAS], f"All passed, but not on Python {OLDEST}"),
        ([OLDEST], f"All passed, but not on Python {LAMBDAS}"),
    ],
)
def test_the_last_line_names_the_version_that_was_not_tested(machine: Path, versions: list[str], result: str) -> None:
    status, lines, made = run(machine, *versions)

    assert status == 0
    assert lines[-1].startswith(f"== {result} (after ")
    assert (f"test-on VERSION={OLDEST}" in made) == (len(versions) == 2)
    missing = {LAMBDAS, OLDEST}.difference(versions)
    assert [line for line in lines if "NOT TESTED on" in line and not any(each in line for each in missing)] == []
    assert sum("NOT TESTED on" in line for line in lines) == len(missing)


def test_without_either_version_it_fails(machine: Path) -> None:
    status, _, made = run(machine)

    assert (status, made) == (1, "")
