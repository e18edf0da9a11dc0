"""A test runs the journeys that it names: one that is added is a folder and a digest, and breaks no test."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import workflows
from infra.package.packaged import CHECKOUT
from tests.naming import FOUR, named

ADDED = '''
"""Write to whoever orders, at once and before any other journey."""

from chalicelib.domain.journeys.journey import MARKETING, Journey, Notify, On, OrderPlaced, Send
from chalicelib.domain.journeys.situation import Situation


def is_anybody(situation: Situation) -> bool:
    """Everyone is."""
    return True


JOURNEYS = tuple(
    Journey(
        key="hello",
        version=version,
        purpose=MARKETING,
        enroll=On(OrderPlaced, key="order_id"),
        steps=(Send("hello", template="hello", when=is_anybody), Notify("team", template="note")),
        priority=99,
    )
    for version in (1, 2)
)
'''
NAMING = (
    "tests/services/test_enroll.py",
    "tests/journeys/test_abandoned_cart.py::test_an_order_before_the_reminder_stops_everything",
)
NO_PART_OF_IT = (".git", ".venv*", ".*cache*", ".hypothesis", ".rekindle", "__pycache__", "build", "dist")


def add(folder: Path) -> None:
    """One more journey in a folder of journeys, with messages of others."""
    for journey, old, new in (("win_back", "miss_you", "hello"), ("nps_survey", "detractor", "note")):
        for path in (workflows.FOLDER / journey).glob(f"messages/{old}.*.md"):
            target = folder / "hello" / "messages" / path.name.replace(old, new)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
    (folder / "hello" / "__init__.py").write_text(ADDED)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of this one."""
    copy = tmp_path / "checkout"
    shutil.copytree(CHECKOUT, copy, symlinks=True, ignore=shutil.ignore_patterns(*NO_PART_OF_IT))
    return copy


def python(*words: str, folder: Path = CHECKOUT) -> "subprocess.CompletedProcess[str]":
    """A process of its own, in a checkout."""
    here = {**os.environ, "PYTHONPATH": str(folder)}
    return subprocess.run(
        [sys.executable, *words], cwd=folder, env=here, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        check=False,
    )  # fmt: skip


def test_a_test_that_names_no_journey_fails_when_it_comes_to_one() -> None:
    with pytest.raises(pytest.fail.Exception, match="which journeys is this about"):
        workflows.current()


@pytest.mark.journeys("win_back", "abandoned_cart")
def test_those_that_a_test_names_are_registered_and_no_other() -> None:
    assert [journey.key for journey in workflows.current()] == ["abandoned_cart", "win_back"]


@pytest.mark.journeys
def test_a_test_may_name_none() -> None:
    assert workflows.current() == ()


@pytest.mark.every_journey
def test_a_test_may_be_about_all_that_are_registered() -> None:
    assert {journey.key for journey in workflows.current()} >= set(FOUR)


@pytest.mark.journeys("win_back")
class TestTheNearest:
    """One of several marks."""

    @pytest.mark.journeys("nps_survey")
    def test_mark_counts(self) -> None:
        assert [journey.key for journey in workflows.current()] == ["nps_survey"]


@pytest.mark.journeys("abandoned_cart")
def test_one_that_is_added_beside_them_is_not_even_read(tmp_path: Path) -> None:
    shutil.copytree(workflows.FOLDER / "abandoned_cart", tmp_path / "abandoned_cart")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "__init__.py").write_text("JOURNEYS = 1 / 0")

    assert {key for key, _ in workflows.registered(("en",), tmp_path).versions} == {"abandoned_cart"}


def test_a_process_names_its_own() -> None:
    said = python("-c", named("win_back") + "print([journey.key for journey in workflows.current()])")

    assert said.stdout == "['win_back']\n"


def test_a_module_of_tests_that_looks_at_them_by_the_way_is_refused(checkout: Path) -> None:
    (checkout / "tests" / "test_careless.py").write_text("import workflows\n\nJOURNEYS = workflows.current()\n")

    said = python("-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/test_careless.py", folder=checkout)

    assert said.returncode == pytest.ExitCode.INTERRUPTED
    assert "which journeys is this about" in said.stdout


def test_a_journey_is_a_folder_and_a_digest_and_breaks_no_test(checkout: Path) -> None:
    """Where there is one more: all tests that are about every journey, and some that name theirs."""
    add(checkout / "workflows")
    accept = "import sys; from infra.cli.main import main; sys.exit(main(['validate', '--accept']))"
    about_every = [
        str(path.relative_to(checkout))
        for path in sorted((checkout / "tests").rglob("test_*.py"))
        if "every_journey" in path.read_text("utf-8") and path.name not in (Path(__file__).name, "test_scenarios.py")
    ]  # but for the stories, each of which names its journeys

    accepted = python("-c", accept, folder=checkout)
    said = python("-m", "pytest", "-q", "-p", "no:cacheprovider", *about_every, *NAMING, folder=checkout)

    assert accepted.returncode == 0, accepted.stdout
    assert "tests/test_messages.py" in about_every
    assert said.returncode == 0, said.stdout
