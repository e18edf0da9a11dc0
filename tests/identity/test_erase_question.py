"""``rekindle erase`` asks before it erases, and the question names where: a shell may name a stack unnoticed."""

import io
import os
from pathlib import Path

import pytest

import app
from infra.saved.state import STATE
from infra.stack.deployed import VARIABLE
from tests.commands.given import STACK, Said, outside, rekindle, saved
from tests.identity.forgotten import CARA, with_a_history
from tests.journeys.shop import Open, Shop
from tests.naming import FOUR

pytestmark = pytest.mark.journeys(*FOUR)
Capture = pytest.CaptureFixture[str]


class Terminal(io.StringIO):
    """Somebody who types."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def shop(open_shop: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """Cara is a customer."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setattr("sys.stdin", Terminal("no\n"))
    return with_a_history(open_shop)


def asked(said: Said) -> str:
    """The place in the question, to which the answer was no."""
    assert (said.status, said.out) == (1, "")
    question, _, rest = said.err.partition(" will be deleted. This cannot be undone. Type yes to continue: ")
    assert rest == "rekindle: nothing was erased\n"
    return question.removeprefix(f"Everything about {CARA} in ")


def test_the_stack_is_named(shop: Shop, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, STACK)

    assert asked(outside(shop, capsys, "erase", CARA)) == "the stack teashop"
    assert app.parts.names.find(CARA)


def test_tables_of_the_environment_are_named(shop: Shop, capsys: Capture) -> None:
    tables = ", ".join(os.environ[f"{name}_TABLE"] for name in ("COMMERCE", "ENGAGEMENT", "KPIS"))

    assert asked(rekindle(capsys, "erase", CARA)) == f"the deployed tables ({tables})"


def test_the_local_run_is_named(shop: Shop, capsys: Capture) -> None:
    saved(shop)

    assert asked(rekindle(capsys, "erase", CARA)).startswith(f"the last local run ({STATE}, as of ")


def test_without_any_tables_nothing_is_asked(tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setattr("sys.stdin", Terminal("yes\n"))

    assert rekindle(capsys, "erase", CARA).err.startswith("rekindle: no local run is saved")


def test_yes_is_enough(shop: Shop, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", Terminal("yes\n"))

    assert rekindle(capsys, "erase", CARA).status == 0
    assert not app.parts.names.find(CARA)
