"""The explorer finds a fault that was planted, prints a scenario that shows it, and finds none where none is."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.explore.given import ROOT, RUN, explored, played
from tests.naming import FOUR, named

NOT_READ_AGAIN = """
from chalicelib.services.send import SendMessage
SendMessage._changed = lambda self, held, shared: None  # what was stored before the claim is not looked at any more
"""
NOT_RECOGNISED = """
import chalicelib.adapters.dynamodb.runs as runs
runs._is_own = lambda conflict, values: False  # a write whose answer was lost is taken for another's
"""
ONCE = ("--minutes", "2", "--jobs", "1", "--json", "--first")


@pytest.fixture(scope="module")
def found() -> Any:
    """What is found of mails that are not stopped any more after their claim."""
    said = explored(*ONCE, "--story", "an emptied cart", planted=NOT_READ_AGAIN)
    assert said.status == 1, said
    return said.json["findings"][0]


def test_a_planted_fault_is_found(found: Any) -> None:
    problem = found["problems"][0]

    assert problem.startswith("none after what forbids it: the mail abandoned_cart/reminder")
    assert "after the emptied cart was stored" in problem


def test_the_case_that_is_found_is_as_simple_as_can_be(found: Any) -> None:
    (turn, *others) = found["case"]["turns"]

    assert (turn["of"], turn["last"]) == (1, None)
    assert [(other["of"], other["last"]) for other in others] in ([(2, None)], [(2, None), (1, None)])


def test_the_printed_scenario_fails_with_the_fault_and_not_without(found: Any, tmp_path: Path) -> None:
    file = tmp_path / "found.yaml"
    file.write_text(found["scenario"], "utf-8")

    planted, mended = played(file, NOT_READ_AGAIN), played(file)

    assert (planted.status, mended.status) == (1, 0)
    assert "was claimed" in planted.out


def test_a_lost_answer_that_is_not_recognised_is_found() -> None:
    said = explored(*ONCE, "--story", "an emptied cart", planted=NOT_RECOGNISED)

    findings = said.json["findings"]
    assert said.status == 1
    assert [turn["last"] for turn in findings[0]["case"]["turns"]] == ["lose_answer"]


def test_nothing_is_found_where_no_fault_is() -> None:
    said = explored("--systematic", "--jobs", "1", "--story", "an order is told while")

    assert (said.status, said.err) == (0, "")
    assert said.out.startswith("ok      an order is told while the filled cart is handled: ")
    assert "0 findings in " in said.out


def test_a_seed_gives_the_same_cases_and_the_same_calls() -> None:
    code = """
from infra.explore.explorer import random_case, stories
from infra.explore.stage import staged
(story,) = stories(["an emptied cart"])
with staged(story) as stage:
    for number in range(2):
        case = random_case("an emptied cart", 7, number, 2, 9)
        tried = stage.tried(case, ())
        print(case, [call.line for call in tried.calls], tried.state)
"""
    first, second = (explored(planted=f"{code}\nimport sys; sys.exit(0)") for _ in range(2))

    assert first.out == second.out
    assert len(set(first.out.splitlines())) == 2
    assert "1 dispatch" in first.out
    assert "2 app" in first.out


def test_a_story_that_there_is_not_ends_with_2() -> None:
    said = explored("--story", "nothing of the kind")

    assert (said.status, said.out) == (2, "")
    assert said.err == "rekindle: no story has such a name (try: --list)\n"


def test_the_list_names_all_stories() -> None:
    said = explored("--list")

    assert said.status == 0
    assert "an emptied cart" in said.out.splitlines()


def test_ctrl_c_prints_what_was_done() -> None:
    code = "\n".join([named(*FOUR), RUN])
    begun = subprocess.Popen(
        [sys.executable, "-c", code, "--jobs", "1", "--story", "an order is told", "--story", "two jobs"],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip
    assert begun.stdout
    first = begun.stdout.readline()
    os.killpg(begun.pid, signal.SIGINT)
    out, err = begun.communicate(timeout=60)

    assert (begun.returncode, err) == (130, "")
    assert first.startswith("ok      an order is told while the filled cart is handled: ")
    assert out.startswith("Stopped. 0 findings in ")
    assert "1 of 2 stories systematically" in out
