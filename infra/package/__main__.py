"""``python -m infra.package``: write ``build/sam.json`` and ``build/deployment.zip``."""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from chalicelib.domain.errors import TemplateError
from chalicelib.sources.own_tables.mapping import OwnTable, dump
from infra.messages.local import compile_beside
from infra.own_tables import mapping as own_tables
from infra.package import archive, contents, lock, models, template, wheels
from infra.package.interpreters import interpreter
from infra.package.languages import check, configured
from infra.package.packaged import CHECKOUT
from infra.terminal.console import say
from infra.terminal.problem import PackagingProblem
from infra.terminal.status import exit_status

RUNTIMES = ("python3.11", "python3.12", "python3.13", "python3.14")
"""Lambda's runtimes that Rekindle supports."""


def build(
    output: Path,
    architecture: str | None = None,
    tables: Sequence[OwnTable] | None = None,
    runtime: str | None = None,
    languages: str | None = None,
) -> None:
    """Make both files in ``output``.

    ``architecture`` replaces that of ``.chalice/config.json``, ``runtime`` (as in ``python3.13``) that of
    ``infra/template.yaml``; ``tables`` of the shop's own are those of ``infra/sources.yaml``, unless they are given.
    ``languages``, as in ``en,ko``, are those of the parameter ``Languages``; without them, the setting ``LANGUAGES``
    or else the template's default.

    Needs no AWS account, and the network only for wheels that ``build/wheels`` lacks. Raises ``Problem``, also for a
    language without templates.
    """
    check(configured(languages))
    tables = own_tables.read() if tables is None else tables
    deployable = template.deployable_template(architecture=architecture, tables=tables, runtime=runtime)
    runtime, architecture = template.runtime(deployable), template.architecture(deployable)
    ours = contents.sources(CHECKOUT)
    libraries = contents.shipped(lock.pins(CHECKOUT / "requirements.txt"))
    found = wheels.fetched(libraries, runtime, architecture, CHECKOUT / "build" / "wheels")
    output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        archive.lay_out(ours, found, Path(folder))
        models.trim(Path(folder))
        _compile_messages(Path(folder) / "workflows")
        if tables:
            (Path(folder) / "chalicelib" / "own_tables.json").write_bytes(dump(tables))
        _compile(Path(folder), runtime)
        path = output / "sam.json"
        with archive.replacing(path) as partial:
            partial.write_text(json.dumps(deployable, indent=1, sort_keys=True) + "\n", "utf-8")
            archive.pack(Path(folder), output / "deployment.zip")
    say(f"{path}: {len(deployable['Resources'])} resources, {path.stat().st_size / 1e3:.0f} kB")


def _compile_messages(folder: Path) -> None:
    try:
        compile_beside(folder)
    except TemplateError as error:
        raise PackagingProblem(f"workflows/{error}") from error


def _compile(folder: Path, runtime: str) -> None:
    python = interpreter(runtime)
    if python is None:
        say(f"{runtime} was not found: nothing is compiled, and cold starts will be slower (docs/deploy.md)")
    else:
        say(f"compiling for {runtime}")
        archive.compile_all(folder, python)


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 0, or 1 with one line on standard error, or 130 after Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m infra.package", description=__doc__)
    parser.add_argument("--output", type=Path, default=CHECKOUT / "build", help="the folder to write into")
    parser.add_argument("--architecture", choices=sorted(wheels.PLATFORMS), help="instead of .chalice/config.json's")
    parser.add_argument("--runtime", choices=RUNTIMES, help="instead of infra/template.yaml's")
    parser.add_argument("--languages", metavar="CODES", help="instead of LANGUAGES's, or infra/template.yaml's default")
    chosen = parser.parse_args(arguments)
    return exit_status(lambda: _built(chosen))


def _built(chosen: argparse.Namespace) -> int:
    build(chosen.output, chosen.architecture, runtime=chosen.runtime, languages=chosen.languages)
    return 0


if __name__ == "__main__":
    sys.exit(main())
