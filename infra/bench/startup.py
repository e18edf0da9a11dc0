"""CPU that a packaged function takes to start, compared with a process that imports what any AWS client needs."""

import os
import platform
import subprocess
import tempfile
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from statistics import median
from typing import Any

from infra.bench.tables import table
from infra.machine.clock import VirtualClock
from infra.machine.environment import ACCOUNT
from infra.machine.machine import Machine
from infra.package.__main__ import build
from infra.package.interpreters import runnable
from infra.package.packaged import packaged_template
from infra.package.template import deployable_template, runtime

NAME = "startup"
AIM = 4.0
BASELINE = "import http.client, ssl, hmac, json"
HANDLERS: Mapping[str, str] = {
    "api (facts)": "p.ingest; import chalicelib.sources.bodies; p.aws.dynamodb",
    "enroll": "p.commerce_stream; p.aws.dynamodb; p.aws.sqs",
    "audience": "p.audience_queue; p.aws.dynamodb; p.aws.sqs",
    "sweep": "p.aws.dynamodb; p.aws.sqs; p.sweep",
    "dispatch": "p.due_queue; p.aws.dynamodb; p.aws.ses",
    "feedback": "p.report_queue; p.aws.dynamodb",
    "rollup": "p.engagement_stream; p.aws.dynamodb; p.aws.sqs",
    "nightly": "p.nightly; p.aws.dynamodb",
}
"""What each function makes before its first call to AWS: its parts and its clients."""
START = "import app; p = app.parts; "
STOP = "import os, socket; socket.getaddrinfo = lambda *_, **__: os._exit(0); "
"""The process ends where it would make its first connection."""


def measure(quick: bool) -> dict[str, Any]:
    """Milliseconds of CPU (user and system) of a whole fresh process, and the ratio; medians of interleaved runs."""
    rounds = 3 if quick else 11
    runs_on, python = runnable(runtime(deployable_template()))
    with tempfile.TemporaryDirectory() as folder:
        task = _unpacked(Path(folder), runs_on)
        environment = _environment()
        works = {"baseline": STOP + BASELINE, **{name: STOP + START + made for name, made in HANDLERS.items()}}
        times: dict[str, list[float]] = {name: [] for name in works}
        for turn in range(rounds + 1):
            for name, work in works.items():
                taken = _run(python, task, work, environment)
                if turn:  # the first turn only reads the files into the cache
                    times[name].append(taken)
        size = sum(path.stat().st_size for path in task.rglob("*") if path.is_file())
    baseline = times.pop("baseline")
    return {
        "python": runs_on,
        "rounds": rounds,
        "baseline_ms": median(baseline) * 1e3,
        "unpacked_mb": size / 1e6,
        "handlers": {
            name: {"ms": median(taken) * 1e3, "ratio": median(a / b for a, b in zip(taken, baseline, strict=True))}
            for name, taken in times.items()
        },
    }


def markdown(figures: dict[str, Any]) -> str:
    """The section of the benchmarks page."""
    rows = [
        [f"`{name}`" if " " not in name else name, f"{each['ms']:.0f}", f"**{each['ratio']:.1f}**"]
        for name, each in figures["handlers"].items()
    ]
    python, unpacked, baseline = (
        figures["python"],
        f"{figures['unpacked_mb']:.1f} MB",
        f"{figures['baseline_ms']:.0f} ms",
    )
    return f"""## Start-up

{table(["function", "CPU, ms", "ratio"], rows)}

CPU of a fresh process of {python} that starts the function as packaged ({unpacked} unpacked) up to its first call to
AWS: `app`, the function's parts, its clients. The ratio is to a process that imports `http.client`, `ssl`, `hmac` and
`json` ({baseline}); medians of {figures["rounds"]} interleaved runs. The aim was {AIM:.0f} and is not reached. About
half of the rest is botocore itself; the other half is our own modules, mostly the making of dataclasses.
[decisions.md](decisions.md) explains why there is no client of our own. Stock Chalice, Powertools and boto3, as
`chalice package` puts them into a zip, had a ratio of 15.8 for `dispatch` in the last comparison (2026-11-22).
"""


def _unpacked(folder: Path, runs_on: str) -> Path:
    architecture = {"x86_64": "x86_64", "aarch64": "arm64"}[platform.machine()]
    build(folder, architecture, runtime=runs_on)
    with zipfile.ZipFile(folder / "deployment.zip") as archive:
        archive.extractall(folder / "task")
    return folder / "task"


def _environment() -> dict[str, str]:
    names = packaged_template()["Globals"]["Function"]["Environment"]["Variables"].keys() | ACCOUNT.keys()
    with Machine(VirtualClock(datetime.now(UTC))):
        return {name: os.environ[name] for name in sorted(names) if name in os.environ}


def _run(python: str, task: Path, work: str, environment: Mapping[str, str]) -> float:
    code = f"import sys; sys.path.insert(0, {str(task)!r}); {work}"
    before = getrusage(RUSAGE_CHILDREN)
    command = [python, "-I", "-S", "-B", "-c", code]
    subprocess.run(command, env=dict(environment), check=True, stdout=subprocess.DEVNULL)  # noqa: S603
    after = getrusage(RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
