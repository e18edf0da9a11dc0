"""What `make mutants` mutates is there, and so are the tests that judge it and the lines that it explains."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.mutants.explained import Explanation, explanations
from infra.mutants.plan import CHECKOUT, chosen, targets
from infra.terminal.problem import Problem

ALL = targets()
EXPLAINED = explanations()


def functions(module: str) -> Iterator[tuple[str, set[str]]]:
    """Every function of a module by its name (``Class.method``), with its lines."""
    text = (CHECKOUT / module).read_text("utf-8")
    lines = [line.strip() for line in text.splitlines()]
    for node in ast.parse(text).body:
        inner = node.body if isinstance(node, ast.ClassDef) else [node]
        for each in inner:
            if isinstance(each, ast.FunctionDef):
                name = f"{node.name}.{each.name}" if isinstance(node, ast.ClassDef) else each.name
                yield name, set(lines[each.lineno - 1 : each.end_lineno])


def test_each_module_is_there_once_and_so_are_its_tests() -> None:
    assert len({target.module for target in ALL}) == len({target.name for target in ALL}) == len(ALL)
    assert [target.module for target in ALL if not (CHECKOUT / target.module).is_file()] == []
    assert [test for target in ALL for test in target.tests if not (CHECKOUT / test).exists()] == []


def test_each_test_that_is_left_out_is_there() -> None:
    for target in ALL:
        for test in target.left_out:
            file, _, name = test.partition("::")
            assert (CHECKOUT / file).exists()
            assert not name or f"def {name}(" in (CHECKOUT / file).read_text("utf-8")


@pytest.mark.parametrize("folder", ["figures", "standing"])
def test_every_module_of_these_rooms_is_mutated(folder: str) -> None:
    there = {path.stem for path in Path(CHECKOUT / "chalicelib" / "domain" / folder).glob("*.py")} - {"__init__"}

    assert {target.name for target in ALL if target.name.startswith(folder)} == {f"{folder}/{name}" for name in there}


@pytest.mark.parametrize("each", EXPLAINED, ids=lambda each: f"{Path(each.module).stem}-{each.function}")
def test_each_explanation_is_of_lines_that_are_there(each: Explanation) -> None:
    assert each.module in {target.module for target in ALL}
    assert set(each.was.splitlines()) <= dict(functions(each.module))[each.function]
    assert each.became != each.was
    assert len(each.why) > 20


def test_nothing_is_explained_twice() -> None:
    keys = [(each.module, each.function, each.was, each.became) for each in EXPLAINED]

    assert len(keys) == len(set(keys))


@pytest.mark.parametrize(
    ("name", "modules"),
    [
        ("engine", ["journeys/engine"]),
        ("journeys/engine", ["journeys/engine"]),
        ("engine.py", ["journeys/engine"]),
        ("chalicelib/domain/journeys/engine.py", ["journeys/engine"]),
        ("standing/", ["standing/rfm", "standing/segments", "standing/standing", "standing/thresholds"]),
    ],
)
def test_a_module_is_chosen_by_its_name_or_its_folder(name: str, modules: list[str]) -> None:
    assert [target.name for target in chosen([name], ALL)] == modules


def test_without_a_name_all_are_chosen() -> None:
    assert chosen([], ALL) == ALL


def test_an_unknown_name_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(Problem, match=r"no module motor in plan.toml; it has journeys/engine, "):
        chosen(["engine", "motor"], ALL)
