"""``rekindle scenario FILE.yaml``: play a shop's story in virtual time, and check what it leads to."""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from chalicelib.domain.time import to_text
from infra.cli import main as command_line
from infra.cli.arguments import print_json
from infra.cli.command import Command
from infra.scenario import figures, mails
from infra.scenario.example import EXAMPLE
from infra.scenario.files import StoryFault, read
from infra.scenario.player import Played, Result, play
from infra.scenario.story import schema
from infra.terminal.console import complain, output, safe

COMMAND = Command(
    "scenario",
    "play a shop's story from a YAML file in virtual time, and check the mails, outcomes and figures",
    (
        "rekindle scenario --example > story.yaml",
        "rekindle scenario story.yaml",
        "rekindle scenario tests/scenarios/*.yaml --json",
        "rekindle scenario --figures",
    ),
    place=105,
)

NOT_AS_EXPECTED, INVALID = 1, 2
MOST_ERRORS = 5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The files, or what to print instead."""
    parser.add_argument("files", metavar="FILE", nargs="*", type=Path, help="stories in YAML: see docs/scenarios.md")
    parser.add_argument("--json", action="store_true", help="print mails, outcomes, figures and answers as JSON")
    other = parser.add_mutually_exclusive_group()
    other.add_argument("--example", action="store_true", help="print a story to begin with")
    other.add_argument("--figures", action="store_true", help="list the names of the figures")
    other.add_argument("--schema", action="store_true", help="print the JSON Schema of a story, for editors")


def run(args: argparse.Namespace) -> int:
    """Play all stories: 0 if all is as expected, 1 if not, 2 if a file is wrong."""
    if args.example:
        print(EXAMPLE, end="")
    elif args.schema:
        print(json.dumps(schema(), indent=2))
    elif args.figures:
        _list_figures()
    elif not args.files:
        complain("name a file, or use --example (try: rekindle scenario --help)")
        return INVALID
    else:
        return _play(args.files, is_json=args.json)
    return 0


def _play(paths: Sequence[Path], *, is_json: bool) -> int:
    try:
        stories = [story for path in paths for story in read(path)]
    except StoryFault as error:
        complain(str(error))
        return INVALID
    except OSError as error:
        complain(f"{error.filename}: {error.strerror}")
        return INVALID
    results, status = list[Result](), 0
    for story in stories:
        try:
            result = play(story, command_line.main)
        except StoryFault as error:  # one that is met only while it is played
            complain(str(error))
            status = INVALID
            continue
        results.append(result)
        status = max(status, 0 if result.is_as_expected else NOT_AS_EXPECTED)
        if not is_json:
            _print(result)
    if is_json:
        print_json({"stories": [described(result) for result in results]})
    return status


def _print(result: Result) -> None:
    file = result.file
    place = f"{file.path}:{file.document.line_of(())}"
    name = f" {file.story.name}" if file.story.name else ""
    if result.failed is None:
        _say(f"ok      {place}{name}")
        return
    step, line, kind = result.failed
    _say(f"FAILED  {place}{name}")
    _say(f"  step {step} ({kind}), line {line}:")
    for text in result.problem:
        _say(f"    {text}")
    for error in result.errors[:MOST_ERRORS]:
        _say(f"  logged: {error}")


def _say(text: str) -> None:
    output().print(safe(text), soft_wrap=True)


def described(result: Result) -> dict[str, Any]:
    """A story's result as JSON."""
    file = result.file
    failed = None
    if result.failed is not None:
        step, line, kind = result.failed
        failed = {"step": step, "line": line, "kind": kind, "differences": result.problem}
    return {
        "file": str(file.path),
        "line": file.document.line_of(()),
        "name": file.story.name,
        "ok": result.is_as_expected,
        "failed": failed,
        "steps": [_step(each) for each in result.played],
        "mails": [
            {
                "to": ", ".join(mail.to),
                "subject": mail.subject,
                "message": mails.message_of(mail),
                "at": to_text(mail.at),
                "text": mail.text,
            }
            for mail in result.mails
        ],
        "outcomes": result.outcomes,
        "figures": result.figures,
        "logged_errors": result.errors,
    }


def _step(played: Played) -> dict[str, Any]:
    described = {"line": played.line, "kind": played.kind, "at": to_text(played.at)}
    if played.answer is None:
        return described
    return described | {"answer": {"status": played.answer.status, "text": played.answer.text}}


def _list_figures() -> None:
    for name, what in figures.listing():
        print(f"{name:<44} {what}")
    print("Each of these with a denominator also has .numerator, .denominator, .low and .high.")
