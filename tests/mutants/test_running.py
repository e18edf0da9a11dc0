"""Running mutmut on a module: what it is told, what is said meanwhile, and what a failure leaves."""

import os
import signal
import sys
import time
from io import StringIO
from pathlib import Path
from subprocess import PIPE, Popen
from textwrap import dedent

import pytest

from infra.mutants import report
from infra.mutants.plan import CHECKOUT, targets
from infra.mutants.results import Fate, Mutant
from infra.mutants.run import how_far, run
from infra.mutants.workspace import known
from infra.terminal.console import following, output
from infra.terminal.problem import Problem
from tests.mutants.given import NAMES, TARGET, judged


def program(code: str) -> tuple[str, ...]:
    """A mutmut that does only this, in the module's folder; its arguments follow."""
    return (sys.executable, "-c", dedent(code))


def test_mutmut_runs_in_the_module_s_folder_with_so_many_workers(tmp_path: Path) -> None:
    told = "import os, sys; open('told', 'w').write(' '.join([os.path.basename(os.getcwd()), *sys.argv[1:]]))"

    run(TARGET, lambda text: None, workers=2, root=tmp_path, program=program(told))

    assert (tmp_path / "journeys.tiny" / "told").read_text() == "journeys.tiny run --max-children 2"


def test_how_far_it_is_is_told_in_words(tmp_path: Path) -> None:
    assert how_far(TARGET, tmp_path) == "journeys/tiny: making mutants, collecting tests"

    judged(tmp_path, dict(zip(NAMES, (0, 1, None), strict=True)))

    assert how_far(TARGET, tmp_path) == "journeys/tiny: 2 of 3 judged, 1 survived"


def test_a_file_that_mutmut_is_just_writing_is_looked_at_again_later(tmp_path: Path) -> None:
    judged(tmp_path)
    half = f"open({str(known(TARGET, tmp_path))!r}, 'w').write('{{'); import time; time.sleep(2.5)"
    told: list[str] = []

    run(TARGET, told.append, workers=1, root=tmp_path, program=program(half))

    assert set(told) <= {"journeys/tiny: 1 of 3 judged, 0 survived"}  # and it went on


def test_what_is_known_survives_a_failure_which_names_its_log(tmp_path: Path) -> None:
    judged(tmp_path)

    with pytest.raises(Problem, match=r"mutmut failed on journeys/tiny: see .*journeys.tiny/log.txt"):
        run(TARGET, lambda text: None, workers=1, root=tmp_path, program=program("print('why'); raise SystemExit(1)"))

    assert (tmp_path / "journeys.tiny" / "log.txt").read_text() == "why\n"
    assert how_far(TARGET, tmp_path) == "journeys/tiny: 1 of 3 judged, 0 survived"  # the killed one


def test_without_mutmut_it_is_said_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="run make mutants"):
        run(TARGET, lambda text: None, workers=1, root=tmp_path, program=(str(tmp_path / "mutmut"),))


def test_ctrl_c_stops_mutmut_and_then_tells_what_is_known(tmp_path: Path) -> None:
    mutmut = tmp_path / "mutmut"
    mutmut.write_text(
        f"#!{sys.executable}\n" + "import time\ntry:\n    open('begun', 'w').close()\n    time.sleep(60)\n"
        "except KeyboardInterrupt:\n    open('stopped', 'w').close()\n"
    )
    mutmut.chmod(0o755)
    code = f"""
        import sys
        from pathlib import Path
        from infra.mutants.__main__ import main
        sys.exit(main(["engine"], root=Path({str(tmp_path)!r}), program=({str(mutmut)!r},)))
    """
    process = Popen(
        [sys.executable, "-c", dedent(code)], cwd=CHECKOUT, stdout=PIPE, stderr=PIPE, text=True, start_new_session=True
    )
    here = tmp_path / "journeys.engine"
    deadline = time.monotonic() + 60
    while not (here / "begun").exists() and time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.05)

    os.killpg(process.pid, signal.SIGINT)
    told, errors = process.communicate(timeout=60)

    assert process.returncode == 130, errors
    assert (here / "stopped").exists()
    assert "journeys/engine" in told
    assert errors.endswith("rekindle: stopped\n")


def test_the_table_fits_80_columns_and_sums_up(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    killed, survived = Mutant("f", "", "", Fate.KILLED), Mutant("f", "a", "b", Fate.SURVIVED)
    found = {target: [killed] * 300 + [survived] * 100 for target in targets()}

    output().print(report.table(found))

    lines = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert max(map(len, lines)) <= 80
    count = len(found)
    assert lines[-2].split() == ["all", f"{400 * count:,}", f"{300 * count:,}", "0", f"{100 * count:,}", "0", "75.0%"]


def test_what_is_open_is_not_in_the_share() -> None:
    found = [Mutant("f", "", "", Fate.KILLED), Mutant("f", "a", "b", Fate.EXPLAINED), Mutant("f", "", "", Fate.OPEN)]

    (module,) = report.as_json({TARGET: found})

    assert module["killed_share"] == 0.5
    assert (module["mutants"], module["explained"], module["open"], module["survivors"]) == (3, 1, 1, [])


def test_a_survivor_is_shown_with_its_place_and_both_lines() -> None:
    found = {TARGET: [Mutant("Run.ends", "a\nb", "c", Fate.SURVIVED), Mutant("f", "x", "y", Fate.EXPLAINED)]}

    assert list(report.differences(found)) == [f"{TARGET.module}: Run.ends", "  - a", "  - b", "  + c"]


def test_a_terminal_shows_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", shown := Terminal())

    with following() as follow:
        follow("engine: 3 of 4 judged")
        time.sleep(0.3)

    assert "engine: 3 of 4 judged" in shown.getvalue()


def test_a_file_gets_none_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    with following() as follow:
        follow("engine: 3 of 4 judged")

    assert capsys.readouterr() == ("", "")
