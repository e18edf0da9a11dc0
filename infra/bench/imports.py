"""How many rows of a shop's history one process imports per second, and whether its memory grows with the file.

The whole command runs: each row is read, checked with the API's types, and stored.
"""

import csv
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import chdir, nullcontext, redirect_stdout
from datetime import timedelta
from functools import cache
from io import StringIO
from itertools import count
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import app
from infra.bench.carts import LEFT_AT
from infra.bench.tables import table
from infra.bench.timing import interleaved, ratio
from infra.bench.webhooks import nowhere
from infra.cli import main as cli
from infra.history.importing import BATCH
from infra.machine.clock import VirtualClock
from infra.machine.environment import ACCOUNT
from infra.machine.machine import Machine
from infra.package.packaged import CHECKOUT
from infra.scoped.changes import replaced

NAME = "imports"
SIZES = (20_000, 200_000)
KINDS = {"CSV": "csv", "JSON Lines": "jsonl"}
CHILD = "import sys; from infra.bench.imports import child; sys.exit(child())"
STATUS = Path("/proc/self/status")


def measure(quick: bool) -> dict[str, Any]:
    """Rows per second of CPU, by kind of file, medians of interleaved rounds; peak memory in MB, by rows."""
    rounds, sizes = (3, (1_000, 10_000)) if quick else (15, SIZES)
    with TemporaryDirectory() as name:
        folder = Path(name)
        peaks = {f"{rows:,}": peak(history(folder / f"{rows}.csv", rows)) for rows in sizes}
        firsts = count(step=BATCH)
        with chdir(folder), Machine(VirtualClock(LEFT_AT)):
            kinds = [_figures(kind, suffix, rounds, firsts) for kind, suffix in KINDS.items()]
    return {"batch": BATCH, "rounds": rounds, "kinds": kinds, "peaks_mb": peaks}


def _figures(kind: str, suffix: str, rounds: int, firsts: Iterator[int]) -> dict[str, Any]:
    files = iter([history(Path(f"{n}.{suffix}"), BATCH, next(firsts)) for n in range(3 * (rounds + 1))])
    times = interleaved(
        {
            "stored": lambda: run(next(files)),
            "stubbed": lambda: run(next(files), storage=False),
            "checked": lambda: run(next(files), "--dry-run"),
        },
        rounds,
    )
    return {
        "kind": kind,
        "per_second": {name: BATCH / median(seconds) for name, seconds in times.items()},
        "ratio": ratio(times["stored"], times["stubbed"]),
    }


def run(file: Path, *options: str, storage: bool = True) -> None:
    """``rekindle import orders FILE``; raises RuntimeError if a row is invalid."""
    with nullcontext() if storage else nowhere(), redirect_stdout(StringIO()):
        if status := cli.main(["import", "orders", str(file), *options]):
            raise RuntimeError(f"importing {file} ended with {status}")


def history(file: Path, rows: int, first: int = 0) -> Path:
    """A file of orders, numbered from ``first``, of a tenth as many people; its suffix gives the format."""
    with file.open("w", newline="", encoding="utf-8") as target:
        orders = (order(first + number, rows) for number in range(rows))
        if file.suffix == ".csv":
            writer = csv.DictWriter(target, list(order(0, 1)))
            writer.writeheader()
            writer.writerows({**each, "total": f"{each['total'] // 100}.{each['total'] % 100:02}"} for each in orders)
        else:
            target.writelines(json.dumps(each) + "\n" for each in orders)
    return file


def order(number: int, rows: int) -> dict[str, Any]:
    """One of ``rows`` orders, with its total in cents."""
    customer = number * 7919 % max(1, rows // 10)
    return {
        "customer_id": f"c-{customer}",
        "id": f"o-{number}",
        "placed_at": (LEFT_AT - timedelta(minutes=7 * number % 1_000_000)).isoformat(),
        "total": 1000 + number % 9000,
        "currency": "USD",
        "coupon": f"WELCOME-{number % 50}",
        "email": f"person{customer}@example.com",
    }


def peak(file: Path, status: int = 0) -> float:
    """The peak memory, in MB, of a fresh process that imports a file; nothing is stored, each call is answered.

    Raises RuntimeError when the process ends with another ``status``.
    """
    with TemporaryDirectory() as folder:
        command = [sys.executable, "-c", CHILD, str(file)]
        done = subprocess.run(command, cwd=folder, env=_environment(), capture_output=True, text=True)  # noqa: S603
    if done.returncode != status:
        raise RuntimeError(f"importing {file} ended with {done.returncode}: {done.stderr[-500:]}")
    return float(done.stdout.splitlines()[-1])


@cache
def _environment() -> Mapping[str, str]:
    """The environment of a command with ``--stack``, as CloudFormation describes it; its tables do not exist."""
    with Machine(VirtualClock(LEFT_AT)) as machine:
        names = [*machine.stack.environment, *ACCOUNT]
        return {name: os.environ[name] for name in names if name != "WORKERS"} | {"PYTHONPATH": str(CHECKOUT)}


def child() -> int:
    """The code of that process: import as with ``--stack``, then print the peak memory."""
    with nowhere(), replaced(app.parts.aws, "ssm", _Secrets()):
        status = cli.main(["import", "orders", sys.argv[1]])
    print(peak_memory())
    return status


class _Secrets:
    """A Parameter Store in which every secret is the same."""

    def get_parameter(self, **_: Any) -> dict[str, Any]:
        """As boto3's."""
        return {"Parameter": {"Value": "0b" * 16}}


def peak_memory() -> float:
    """The peak memory of this process so far, in MB. On Linux ``getrusage`` may return the parent's."""
    if STATUS.exists():
        (line,) = (line for line in STATUS.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) / 1024
    from resource import RUSAGE_SELF, getrusage

    return getrusage(RUSAGE_SELF).ru_maxrss / 2**20


def markdown(figures: dict[str, Any]) -> str:
    """The section of the benchmarks page."""
    rows = [
        [
            each["kind"],
            f"**{each['per_second']['stored']:,.0f}**",
            f"{each['per_second']['stubbed']:,.0f}",
            f"{each['per_second']['checked']:,.0f}",
            f"{each['ratio']:.1f}",
        ]
        for each in figures["kinds"]
    ]
    head = ["file", "stored, per second", "storage stubbed, per second", "only checked, per second", "ratio of CPU"]
    (few, less), (many, more) = figures["peaks_mb"].items()
    growth, times = round(more - less, 1) + 0, int(many.replace(",", "")) // int(few.replace(",", ""))
    peaks = table(["rows", "peak memory, MB"], [[few, f"{less:.1f}"], [many, f"{more:.1f}"]])
    return f"""## Import

{table(head, rows)}

Orders that `rekindle import` handles per second of one process's CPU; medians of {figures["rounds"]} interleaved rounds
of {figures["batch"]} new orders, of {figures["batch"] // 10} people who are known. *Stored* uses moto's tables in
the same process, without the functions that the stream then starts; *storage stubbed* is the same with a client that
answers at once; *only checked* is `--dry-run`.

{peaks}

The peak memory of a fresh process that imports this many orders from CSV as into a deployed stack, with a client that
answers at once: **{growth:+.1f} MB** for {times} times as many. Without `--stack` memory grows with the file, because
the local tables are in memory.
"""
