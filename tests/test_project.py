"""The project's folder is in order: nothing of one machine in it, nothing left undone, nothing out of place."""

import re
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CHANGELOG = ROOT / "CHANGELOG.md"

TOP_LEVEL = {
    *("app.py", "chalicelib", "workflows", "infra", "tests", "requirements.txt", "README.md"),
    *(
        ".chalice",
        ".ci",
        "vendor",
        "docs",
        "Makefile",
        "pyproject.toml",
        "requirements-dev.txt",
        "CHANGELOG.md",
        "LICENSE",
    ),
    *(
        ".git",
        ".gitignore",
        ".importlinter",
        ".pre-commit-config.yaml",
        ".github",
        "SECURITY.md",
        "requirements-dev.in",
        "requirements.in",
    ),
}

OWN_MACHINE = re.compile(r"(?<![\w.:-])/(?:home|root|Users|work)/[\w.]")
"""An absolute path into a home or work folder; the path of a URL has its host before it."""

UNDONE = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME)\b")


def ignored() -> list[str]:
    """What git leaves out, as patterns."""
    lines = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    return [line.strip("/") for line in lines if line and not line.startswith("#")]


def is_ignored(path: Path, patterns: list[str]) -> bool:
    """Does git leave out this path below the project's folder? A pattern with a slash is a path, any other a name."""
    return any(path.as_posix() == pattern if "/" in pattern else fnmatch(path.name, pattern) for pattern in patterns)


def our_files(folder: Path, patterns: list[str]) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.name == ".git" or path.is_symlink() or is_ignored(path.relative_to(ROOT), patterns):
            continue
        if path.is_dir():
            yield from our_files(path, patterns)
        else:
            yield path


def lines_with(pattern: re.Pattern[str]) -> list[str]:
    """Every line of our text files in which the pattern occurs, as file:line: text."""
    found = []
    for path in our_files(ROOT, ignored()):
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # a picture
        for number, line in enumerate(text.splitlines(), start=1):
            if pattern.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}")
    return found


def test_no_file_names_a_folder_of_one_machine() -> None:
    assert lines_with(OWN_MACHINE) == []


def test_nothing_is_left_undone() -> None:
    assert lines_with(UNDONE) == []


def test_the_top_level_holds_only_what_the_design_names() -> None:
    patterns = ignored()

    strangers = {path.name for path in ROOT.iterdir() if not is_ignored(Path(path.name), patterns)} - TOP_LEVEL

    assert strangers == set()


def test_the_security_policy_points_at_code_that_is_there() -> None:
    named = re.findall(r"`([a-z_./-]+(?:/|\.[a-z]+))`", (ROOT / "SECURITY.md").read_text(encoding="utf-8"))
    paths = [name for name in named if name != ".rekindle/"]  # a local run's own

    assert len(paths) > 10
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_the_version_is_the_newest_in_the_changelog() -> None:
    released = re.findall(r"^## \[(\d+\.\d+\.\d+)\] - \d{4}-\d\d-\d\d$", CHANGELOG.read_text("utf-8"), re.MULTILINE)
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]

    assert version == released[0]


def test_the_search_sees_every_kind_of_file() -> None:
    seen = {path.relative_to(ROOT).as_posix() for path in our_files(ROOT, ignored())}

    assert {"app.py", "Makefile", ".ci/run", "docs/decisions.md", "tests/test_project.py"} <= seen
    assert not {path for path in seen if path.startswith((".git/", ".venv/", "vendor/")) or path.endswith(".pyc")}


@pytest.mark.parametrize("folder", ["home", "root", "Users", "work"])
def test_a_path_of_one_machine_is_found(folder: str) -> None:
    assert OWN_MACHINE.search(f'DATA = "/{folder}/ann/orders.csv"')


@pytest.mark.parametrize(
    "text", ["https://shop.example/home/new", "../work/flows", "chalicelib/work/x", "/workflows/x"]
)
def test_other_paths_are_not(text: str) -> None:
    assert not OWN_MACHINE.search(text)


@pytest.mark.parametrize("word", ["TO" + "DO", "FIX" + "ME"])
def test_an_undone_line_is_found(word: str) -> None:
    assert UNDONE.search(f"x = 1  # {word}: later")
