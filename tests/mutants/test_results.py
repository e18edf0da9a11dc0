"""What became of each mutant, read from what mutmut leaves."""

import json
from pathlib import Path

import pytest

from infra.mutants.explained import Explanation, explanations
from infra.mutants.plan import Target
from infra.mutants.results import Fate, Mutant, mutants, reopen
from infra.mutants.workspace import known, lay, mutated
from tests.mutants.given import NAMES, TARGET, judged

BOUNDARY = Mutant("is_due", "return at <= now", "return at < now", Fate.SURVIVED)
KEPT_STEP = Mutant("Run.ends", "step=None,", "", Fate.SURVIVED)


def test_a_survivor_is_told_as_the_lines_that_differ_in_its_function(tmp_path: Path) -> None:
    judged(tmp_path)

    assert mutants(TARGET, root=tmp_path) == (BOUNDARY, Mutant("is_due", "", "", Fate.KILLED), KEPT_STEP)


def test_a_survivor_can_be_explained(tmp_path: Path) -> None:
    judged(tmp_path)
    why = [
        Explanation(TARGET.module, "is_due", BOUNDARY.was, BOUNDARY.became, "nothing is due at that moment"),
        Explanation("another.py", KEPT_STEP.function, KEPT_STEP.was, KEPT_STEP.became, "of another module"),
    ]

    assert [each.fate for each in mutants(TARGET, why, tmp_path)] == [Fate.EXPLAINED, Fate.KILLED, Fate.SURVIVED]


@pytest.mark.parametrize(
    ("code", "fate"),
    [
        (0, Fate.SURVIVED),
        (1, Fate.KILLED),
        (3, Fate.KILLED),  # pytest itself failed
        (33, Fate.SURVIVED),  # no test comes there
        (None, Fate.OPEN),
        (2, Fate.OPEN),  # Ctrl-C
        (-24, Fate.KILLED),  # it ran too long: a loop without an end
        (-9, Fate.OPEN),  # something else killed the process
    ],
)
def test_the_exit_code_of_pytest_tells_what_became_of_a_mutant(code: int | None, fate: Fate, tmp_path: Path) -> None:
    name = next(iter(NAMES))
    judged(tmp_path, {name: code})

    assert [each.fate for each in mutants(TARGET, root=tmp_path)] == [fate]


def test_of_a_module_that_was_not_mutated_nothing_is_known(tmp_path: Path) -> None:
    assert mutants(TARGET, root=tmp_path) == ()


def test_all_but_the_killed_are_judged_again(tmp_path: Path) -> None:
    names = list(NAMES)
    judged(tmp_path, dict(zip(names, (0, 1, 2), strict=True)))

    reopen(TARGET, tmp_path)

    stored = json.loads(known(TARGET, tmp_path).read_text())
    assert stored == {"exit_code_by_key": dict(zip(names, (None, 1, None), strict=True)), "durations_by_key": {}}


def test_what_was_being_written_when_mutmut_was_killed_is_made_again(tmp_path: Path) -> None:
    judged(tmp_path)
    known(TARGET, tmp_path).write_text('{"exit_code_by_key": {"chal')

    reopen(TARGET, tmp_path)

    assert not known(TARGET, tmp_path).exists()
    assert not mutated(TARGET, tmp_path).exists()
    assert mutants(TARGET, root=tmp_path) == ()


def test_the_folder_is_laid_anew_except_the_mutants_and_what_is_known_of_them(tmp_path: Path) -> None:
    judged(tmp_path)
    stale = mutated(TARGET, tmp_path).parents[3] / "tests" / "old"
    stale.mkdir(parents=True)
    (stale / "test_gone.py").touch()

    here = lay(Target(TARGET.module, ("tests/domain",), ("tests/x.py::test_y",)), tmp_path)

    assert not stale.exists()
    assert len(mutants(TARGET, root=tmp_path)) == 3
    assert (here / "chalicelib" / "domain").is_dir()
    settings = (here / "pyproject.toml").read_text()
    assert f'only_mutate = ["{TARGET.module}"]' in settings
    assert '"--deselect", "tests/x.py::test_y"]' in settings


def test_a_fresh_start_forgets_the_killed_as_well(tmp_path: Path) -> None:
    judged(tmp_path)

    lay(TARGET, tmp_path, fresh=True)

    assert mutants(TARGET, root=tmp_path) == ()


def test_several_mutants_of_a_line_can_share_a_reason(tmp_path: Path) -> None:
    file = tmp_path / "explained.toml"
    file.write_text(
        '[[explained]]\nmodule = "m.py"\nfunction = "f"\nwas = "a"\nbecame = ["b", "c"]\nwhy = "they are alike"\n'
    )

    assert [each.became for each in explanations(file)] == ["b", "c"]
