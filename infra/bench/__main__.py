"""``make bench``, ``python -m infra.bench``: measure and print; ``--write`` writes the benchmarks page."""

import argparse
import json
import os
import platform
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

from infra.bench import MEASURED
from infra.package.packaged import CHECKOUT
from infra.terminal.console import complain

PAGE = CHECKOUT / "docs" / "benchmarks.md"
EXAMPLES = """examples:
  make bench                              everything, takes some minutes; writes docs/benchmarks.md
  python -m infra.bench --only startup    one part, printed
  python -m infra.bench --quick --json -  few rounds, as JSON
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 0, or 130 when stopped by Ctrl-C: the page is written at the very end, or not at all."""
    parser = argparse.ArgumentParser(
        prog="python -m infra.bench", description=__doc__, epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--only", choices=MEASURED, action="append", help="only this part; repeat it for more")
    parser.add_argument("--quick", action="store_true", help="few rounds, to check that it works")
    parser.add_argument("--json", metavar="FILE", help="write all figures as JSON ('-': standard output)")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md; not with --only or --quick")
    chosen = parser.parse_args(arguments)
    if chosen.write and (chosen.only or chosen.quick):
        parser.error("--write cannot be combined with --only or --quick")
    try:
        figures, sections = _measured(chosen.only or MEASURED, chosen.quick)
    except KeyboardInterrupt:
        complain("stopped; nothing was written")
        return 130
    if chosen.json == "-":
        print(json.dumps(figures, indent=2))
    else:
        print("\n".join(sections))
    if chosen.json not in (None, "-"):
        Path(chosen.json).write_text(json.dumps(figures, indent=2) + "\n", "utf-8")
    if chosen.write:
        PAGE.write_text(page(sections), "utf-8")
    return 0


def _measured(names: Sequence[str], quick: bool) -> tuple[dict[str, Any], list[str]]:
    figures: dict[str, Any] = {}
    sections = []
    for number, name in enumerate(names, 1):
        print(f"measuring {name} ({number} of {len(names)})", file=sys.stderr, flush=True)
        module = import_module(f"infra.bench.{name}")
        figures[name] = module.measure(quick)
        sections.append(module.markdown(figures[name]))
    return figures, sections


def page(sections: Sequence[str]) -> str:
    """The whole page."""
    today, version = datetime.now(UTC).date(), platform.python_version()
    head = f"""# Benchmarks

Made by `make bench` on {today}, with Python {version} on {os.cpu_count()} cores. Each ratio compares two things that
are measured in turns in one run, so a slow machine slows both; counts are exact. Run it again to compare two versions,
not two machines.
"""
    return "\n".join(part.strip() + "\n" for part in (head, *sections))


if __name__ == "__main__":
    sys.exit(main())
