"""The locks hold what the ``.in`` files ask for, the same in both, and nothing of where it was fetched from."""

import re
from pathlib import Path

import pytest

from infra.package.lock import Pin, normal, pins

ROOT = Path(__file__).parent.parent
ASKED = re.compile(r"([a-z0-9-]+)(\[[a-z0-9,]+\])?  # (.+)")
LOCKS = ("requirements", "requirements-dev", "infra/mutants/requirements")


def lines(name: str) -> list[str]:
    """What stands in an ``.in`` file besides comments and references to other files."""
    text = (ROOT / f"{name}.in").read_text("utf-8")
    return [line for line in text.splitlines() if line and not line.startswith(("#", "-"))]


def locked(name: str) -> dict[str, Pin]:
    return pins(ROOT / f"{name}.txt")


@pytest.mark.parametrize("name", LOCKS)
def test_each_library_that_is_asked_for_is_locked_and_says_why_it_is_there(name: str) -> None:
    asked = [ASKED.fullmatch(line) for line in lines(name)]

    assert all(asked), "name  # why"
    assert {normal(each[1]) for each in asked if each} <= locked(name).keys()


def test_the_tests_run_on_the_very_files_that_the_lambdas_get() -> None:
    ours, tools = locked("requirements"), locked("requirements-dev")

    assert {name: tools.get(name) for name in ours} == ours


def test_mutants_are_judged_with_the_versions_that_the_tests_run_with() -> None:
    tools, ours = locked("requirements-dev"), locked("infra/mutants/requirements")

    assert {name: ours[name] for name in ours if name in tools} == {name: tools[name] for name in tools if name in ours}


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_leaves_it_to_the_machine_where_files_come_from(name: str) -> None:
    text = (ROOT / f"{name}.txt").read_text("utf-8")

    assert "://" not in text
    assert not re.search(r"^\s*-", text.replace("    --hash=", ""), re.MULTILINE)
