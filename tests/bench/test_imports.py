"""The imports that are timed take every row: each order is new and stored, or, without storage, is not."""

import re
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

import app
from infra.bench import imports
from infra.bench.carts import LEFT_AT
from infra.bench.imports import KINDS, history, peak, run
from infra.machine.clock import VirtualClock
from infra.machine.machine import Machine
from infra.package.packaged import CHECKOUT


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    monkeypatch.chdir(tmp_path)
    with Machine(VirtualClock(LEFT_AT)) as machine:
        yield machine


def orders_of(customer: str) -> dict[str, int]:
    """The orders that are stored, with their totals."""
    key = app.parts.names.find(customer)
    return {} if key is None else {each.id: each.total.amount for each in app.parts.facts.of(key).orders.values()}


@pytest.mark.parametrize("suffix", KINDS.values())
def test_each_order_is_stored(machine: Machine, suffix: str) -> None:
    run(history(Path(f"a.{suffix}"), 20))
    run(history(Path(f"b.{suffix}"), 20, first=20))

    numbers = [number for number in range(40) if number * 7919 % 2 == 0]
    assert orders_of("c-0") == {f"o-{number}": 1000 + number for number in numbers}


@pytest.mark.parametrize(("options", "storage"), [(["--dry-run"], True), ([], False)])
def test_without_storage_nothing_is_stored(machine: Machine, options: list[str], storage: bool) -> None:
    run(history(Path("a.csv"), 20), *options, storage=storage)

    assert orders_of("c-0") == {}


def test_what_is_not_taken_is_no_measurement(machine: Machine) -> None:
    file = history(Path("a.csv"), 20)
    file.write_text(file.read_text().replace("USD", "dollars", 1))

    with pytest.raises(RuntimeError, match=r"a\.csv ended with 1"):
        run(file)


def test_a_process_that_fails_has_no_peak(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="ended with"):
        peak(tmp_path / "missing.csv")


def test_no_order_is_imported_twice(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    firsts: list[int] = []

    def noted(file: Path, rows: int, first: int = 0) -> Path:
        firsts.append(first)
        return history(file, rows, first)

    monkeypatch.setattr(imports, "history", noted)
    monkeypatch.setattr(imports, "BATCH", 10)
    numbers = count(step=10)
    for kind, suffix in KINDS.items():
        imports._figures(kind, suffix, 2, numbers)

    assert len(set(firsts)) == len(firsts) == 2 * 3 * (2 + 1)


def test_the_docs_quote_the_page() -> None:
    docs = (CHECKOUT / "docs" / "import.md").read_text("utf-8")
    page = (CHECKOUT / "docs" / "benchmarks.md").read_text("utf-8").partition("## Import")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| ([\d,]+) \| ([\d.]+) \|$", page, re.MULTILINE)

    (quoted,) = re.findall(r"(\d+) MB at the most for ([\d,]*\d) orders, and (\d+) MB for ([\d,]*\d)", docs)

    assert [int(size.replace(",", "")) for size, _ in rows] == list(imports.SIZES)
    assert [size for size, _ in rows] == [quoted[1], quoted[3]]
    assert [float(peak) for _, peak in rows] == pytest.approx([float(quoted[0]), float(quoted[2])], rel=0.1)


def test_the_section_tells_what_was_measured() -> None:
    speeds = {"stored": 1000.0, "stubbed": 9000.0, "checked": 30000.0}
    kind = {"kind": "CSV", "per_second": speeds, "ratio": 9.0}
    figures = {"batch": 500, "rounds": 3, "kinds": [kind], "peaks_mb": {"20,000": 77.24, "200,000": 77.2}}

    text = imports.markdown(figures)

    assert "| CSV | **1,000** | 9,000 | 30,000 | 9.0 |" in text
    assert "**+0.0 MB** for 10 times as many" in text
