"""``rekindle validate``: check that every journey can run, every message renders, and no published version changed.

It warns where a journey's fixed waits stand closer than the frequency caps allow.
"""

import argparse
from collections.abc import Iterator, Sequence
from typing import Any

from rich.table import Table

import workflows
from chalicelib.domain.errors import RekindleError, TemplateError
from chalicelib.domain.journeys.journey import Journey
from infra.cli.arguments import print_json
from infra.cli.command import Command
from infra.journeys import digests, spacing
from infra.messages import contrast
from infra.messages.local import templates
from infra.messages.sampled import rendered
from infra.package import languages
from infra.terminal.console import complain, output
from infra.terminal.figures import table

COMMAND = Command(
    "validate",
    "check that every journey can run, its messages render, and no published version changed",
    (
        "rekindle validate",
        "rekindle validate --accept",
        "rekindle validate --languages en,de",
        "rekindle validate --json",
    ),
    place=100,
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """``--languages``, ``--json`` and ``--accept``."""
    parser.add_argument(
        "--languages",
        metavar="CODES",
        help="the shop's languages, such as en,ko,ja (default: LANGUAGES in the environment, else the template's)",
    )
    parser.add_argument("--json", action="store_true", help="print the journeys, the warnings and the faults as JSON")
    parser.add_argument(
        "--accept", action="store_true", help="if there is no fault, add new versions to workflows/digests.json"
    )


def run(args: argparse.Namespace) -> int:
    """List the journeys, then every warning and every fault; 1 if there is a fault."""
    journeys: list[Journey] = []
    warnings: list[str] = []
    try:
        journeys = _journeys()
        warnings = _warnings()
        faults = _faults(args, journeys)
    except RekindleError as error:
        if not args.json:
            raise
        faults = [str(error)]
    if args.json:
        listed = [described(journey) for journey in journeys]
        print_json({"journeys": listed, "warnings": warnings, "faults": faults})
    else:
        output().print(_table(journeys))
        for warning in warnings:
            complain(f"warning: {warning}")
    for fault in faults:
        complain(fault)
    return 1 if faults else 0


def _journeys() -> list[Journey]:
    """Every version of every journey; raises ``RekindleError`` if one cannot be imported."""
    try:
        versions = workflows.versions()
    except RekindleError:
        raise
    except Exception as error:
        raise RekindleError(f"a journey cannot be imported: {type(error).__name__}: {error}") from error
    return [versions[key] for key in sorted(versions)]


def _warnings() -> list[str]:
    """What is no fault, but hardly meant: of the journeys that enroll, under the shop's frequency caps."""
    caps = spacing.configured_caps()
    return [warning for journey in workflows.current() for warning in spacing.warnings(journey, caps)]


def _faults(args: argparse.Namespace, journeys: list[Journey]) -> list[str]:
    """Every fault. New versions are accepted only when there is none: a version on the list never changes again."""
    chosen = languages.configured(args.languages)
    found = digests.differences(workflows.versions(), digests.published())
    new = [each for each in found if each.is_new]
    faults = [each.problem for each in found if not each.is_new]
    faults += languages.missing(chosen, journeys)
    faults += contrast.faults(templates(workflows.FOLDER).brand)
    if not faults:
        faults = [fault for journey in journeys for fault in unrendered(journey, chosen)]
    if not args.accept:
        return [*(each.problem for each in new), *faults]
    if faults:
        return [*faults, *(f"{each.journey} is new and not accepted: mend the other faults first" for each in new)]
    if new:
        digests.accept(new)
    return []


def described(journey: Journey) -> dict[str, Any]:
    """A journey in a few plain values."""
    goal = journey.goal
    return {
        "key": journey.key,
        "version": journey.version,
        "purpose": str(journey.purpose),
        "enrolls": journey in workflows.current(),
        "steps": list(journey.plan),
        "holdout": journey.holdout,
        "goal": goal.event.__name__ if goal else None,
    }


def unrendered(journey: Journey, shop: Sequence[str]) -> Iterator[str]:
    """The faults of the journey's messages in the shop's languages, with and without the customer's name."""
    for message in journey.messages:
        for language in shop:
            for nameless in (False, True):
                try:
                    rendered(journey, message, language, nameless=nameless)
                except TemplateError as error:
                    yield f"{error}{' (for a customer without a name)' if nameless else ''}"
                    break


def _table(journeys: list[Journey]) -> Table:
    made = table("journey", "version", "purpose", "steps", "holdout", "goal", left=6)
    for journey in journeys:
        row = described(journey)
        enrolls = "" if row["enrolls"] else " (enrolls nobody)"
        goal = row["goal"] or "–"
        holdout = f"{journey.holdout:.0%}" if journey.holdout else "–"
        made.add_row(journey.key, f"{journey.version}{enrolls}", row["purpose"], ", ".join(row["steps"]), holdout, goal)
    return made
