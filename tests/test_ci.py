"""What CI and git run: the interpreters that ``.ci/python`` finds, ``.ci/run`` on GitHub, the hooks before a commit."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

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

    answer = subprocess.run(asked, env={**os.environ, "PATH": path}, capture_output=True, text=True, check=True).stdout

    assert subprocess.run([answer.strip(), "--version"], capture_output=True, text=True, check=True).stdout.startswith(
        f"Python {version}."
    )


def make(*words: str, ci: str = "") -> subprocess.CompletedProcess[str]:
    """What the Makefile does, not as a part of the ``make`` that runs the tests."""
    if shutil.which("make") is None:
        pytest.skip("there is no make here")
    alone = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    return subprocess.run(
        ["make", *words], cwd=ROOT, env=alone | {"CI": ci}, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("ci", ["", "false", "0"])
def test_a_version_that_is_not_here_is_named_and_is_no_failure(ci: str) -> None:
    done = make("test-on", "VERSION=3.98", ci=ci)

    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "SKIPPED: there is no Python 3.98 on this machine\n"


def test_in_ci_a_version_that_is_not_here_is_a_failure() -> None:
    done = make("test-on", "VERSION=3.98", ci="true")

    assert done.returncode == 2
    assert done.stderr.startswith("FAILED: there is no Python 3.98 on this machine\n")


def test_the_version_is_lambdas_unless_another_is_named() -> None:
    lambdas = runtime(deployable_template()).removeprefix("python")

    assert f"python=$(.ci/python {lambdas});" in make("--dry-run", "test-on").stdout
    assert "python=$(.ci/python 3.12);" in make("--dry-run", "test-on", "VERSION=3.12").stdout


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A new repository with our hooks; of `make check` in it, nothing is asked."""
    for name in (".pre-commit-config.yaml", ".ci/subjects.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)  # git sets them for its hooks, and these tests may run in one
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("PRE_COMMIT_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("SKIP", "check")
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", ".pre-commit-config.yaml", ".ci")
    subprocess.run([sys.executable, "-m", "pre_commit", "install"], cwd=tmp_path, capture_output=True, check=True)
    return tmp_path


def git(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    who = ["-c", "user.name=Ann", "-c", "user.email=ann@mail.example", "-c", "commit.gpgsign=false"]
    return subprocess.run(["git", *who, *words], cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("subject", ["x" * 72, "기" * 72, "fixup! " + "x" * 72])
def test_a_subject_of_72_characters_is_committed(repository: Path, subject: str) -> None:
    done = git(repository, "commit", "-m", subject, "-m", "A body may have longer lines: " + 100 * "x")

    assert done.returncode == 0, done.stderr
    assert git(repository, "log", "--format=%s").stdout.strip() == subject


def test_a_longer_subject_is_not(repository: Path) -> None:
    done = git(repository, "commit", "-m", "x" * 73)

    assert done.returncode == 1
    assert f"a commit's subject has at most 72 characters, this one 73: {'x' * 73}" in done.stderr


@pytest.mark.parametrize(("subjects", "status"), [(["x" * 72, "y"], 0), (["x", "y" * 73, "z"], 1), ([], 0)])
def test_ci_reads_the_subjects_of_many_commits(subjects: list[str], status: int) -> None:
    script = [sys.executable, str(ROOT / ".ci" / "subjects.py")]

    done = subprocess.run(script, input="\n".join(subjects), capture_output=True, text=True, check=False)

    assert done.returncode == status
    assert done.stderr.count("\n") == status


def test_the_hooks_are_our_own_and_run_what_make_check_runs() -> None:
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))

    assert {repository["repo"] for repository in config["repos"]} == {"local"}
    hooks = [hook for repository in config["repos"] for hook in repository["hooks"]]
    assert {hook["language"] for hook in hooks} == {"system"}
    assert [hook["entry"] for hook in hooks if "pre-commit" in hook["stages"]] == ["make check"]


def test_github_runs_all_of_ci_and_may_only_read() -> None:
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yaml").read_text("utf-8"))

    assert workflow["permissions"] == {"contents": "read"}
    (job,) = workflow["jobs"].values()
    assert [step["run"] for step in job["steps"] if "run" in step] == [".ci/run"]
    assert "permissions" not in job
    assert job["timeout-minutes"] >= 40
    for step in job["steps"]:
        assert "uses" not in step or re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40}", step["uses"])


def test_github_has_lambdas_python_and_the_oldest_that_is_supported() -> None:
    text = (ROOT / ".github" / "workflows" / "ci.yaml").read_text("utf-8")
    steps = yaml.safe_load(text)["jobs"]["ci"]["steps"]
    oldest = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["requires-python"]

    (versions,) = [step["with"]["python-version"].split() for step in steps if "python-version" in step.get("with", {})]

    assert {f"python{version}" for version in versions} >= {runtime(deployable_template())}
    assert f">={versions[0]}" == oldest
