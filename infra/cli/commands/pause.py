"""``rekindle pause JOURNEY``: stop a journey's mails until it is resumed; ``rekindle pause``: list which are paused."""

import argparse
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import workflows
from chalicelib.domain.figures.breaker import Pause
from chalicelib.domain.journeys.eligibility import PAUSE_CHECK
from chalicelib.domain.journeys.journey import Journey, Send
from chalicelib.domain.time import to_text
from infra.cli.arguments import add_json, add_stack, print_json
from infra.cli.command import Command
from infra.saved.change import changing
from infra.saved.stores import Stores, stores
from infra.terminal.console import output, safe
from infra.terminal.figures import table
from infra.terminal.problem import Problem

COMMAND = Command(
    "pause",
    "stop a journey's mails until it is resumed; without a journey, list which are paused",
    (
        "rekindle pause win_back --stack rekindle",
        "rekindle pause",
        "rekindle pause --json",
    ),
    place=140,
)

CHECK = f"{PAUSE_CHECK // timedelta(hours=1)} hours"
LOCAL = "The local run has ended and does not continue: this only tries the command."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The journey, ``--json`` and ``--stack``."""
    parser.add_argument(
        "journey", metavar="JOURNEY", nargs="?", help="the journey's key (without one: list which are paused)"
    )
    add_json(parser)
    add_stack(parser)


def run(args: argparse.Namespace) -> int:
    """Pause a journey, or list the journeys."""
    return _list(args) if args.journey is None else switch(args, pause=True)


def switch(args: argparse.Namespace, *, pause: bool) -> int:
    """Pause a journey or resume it; a second time changes nothing. Raises ``Problem`` for an unknown journey."""
    versions = _versions(args.journey)
    found = stores()
    was_paused = args.journey in _paused(found)
    if was_paused is not pause:
        with changing("pause" if pause else "resume") as found:
            if pause:
                found.parts.pauses.stop(args.journey, Pause(found.now))
            else:
                found.parts.breaker.resume(args.journey)
    if args.json:
        changed = was_paused is not pause
        print_json({"journey": args.journey, "paused": pause, "changed": changed, "in": found.origin})
        return 0
    console = output()
    already = " already" if was_paused is pause else ""
    done = f"{args.journey} is {'paused' if pause else 'running'}{already}, in {found.origin}."
    console.print(safe(done))
    for line in _what_pausing_means(versions) if pause else _what_resuming_means():
        console.print(line)
    if not found.is_deployed:
        console.print(LOCAL)
    return 0


def _versions(key: str) -> list[Journey]:
    """All versions of the journey."""
    found = [journey for (name, _), journey in sorted(workflows.versions().items()) if name == key]
    if not found:
        raise Problem(f"there is no journey {key!r}; the journeys are {', '.join(_known())}")
    return found


def _known() -> list[str]:
    return sorted({key for key, _ in workflows.versions()})


def _paused(found: Stores) -> dict[str, Pause]:
    pauses: dict[str, Pause] = found.parts.pauses.of_journeys(_known())
    return pauses


def _list(args: argparse.Namespace) -> int:
    found = stores()
    paused = _paused(found)
    if args.json:
        print_json(
            {
                "journeys": {key: "paused" if key in paused else "running" for key in _known()},
                "stopped": {key: _as_json(pause) for key, pause in paused.items() if pause.reason},
                "in": found.origin,
            }
        )
        return 0
    made = table("journey", "state", left=2)
    for key in _known():
        made.add_row(key, _state(paused[key]) if key in paused else "running")
    output().print(made)
    output().print(safe(f"Read from {found.origin}."), style="dim")
    return 0


def _state(pause: Pause) -> str:
    if pause.reason is None:
        return "paused"
    since = f" on {pause.at:%Y-%m-%d}" if pause.at else ""
    return f"stopped by itself{since}: {pause.mails.in_words(pause.reason)}"


def _as_json(pause: Pause) -> dict[str, Any]:
    mails = {"sent": pause.mails.sent, "complained": pause.mails.complained, "bounced": pause.mails.bounced}
    return {"reason": pause.reason, "at": to_text(pause.at) if pause.at else None, "mails": mails}


def _what_pausing_means(versions: list[Journey]) -> Iterator[str]:
    yield "It sends no further mails; a mail that is being sent right now may still be sent."
    yield f"A mail that becomes due meanwhile is deferred and checked again every {CHECK}. It is never sent once it has"
    yield f"waited for longer than its step allows: {'; '.join(_limits(versions))}."
    yield "Customers still enter and leave the journey, and notices to the team are still sent."
    yield f"To resume: rekindle resume {versions[0].key}"


def _limits(versions: list[Journey]) -> Iterator[str]:
    """Each message and for how long it may be deferred."""
    limits: dict[str, Any] = {}
    for journey in versions:  # the newest version is last: its steps replace older ones of the same name
        limits |= {step.name: step.capped.limit for step in journey.messages if isinstance(step, Send)}
    for name, limit in limits.items():
        yield f"{name} {limit // timedelta(hours=1)} hours" if limit else f"{name} not at all"


def _what_resuming_means() -> Iterator[str]:
    yield f"A deferred mail is checked again within {CHECK}, and sent if no other rule forbids it."
    yield "A suppressed mail stays suppressed; rekindle show CUSTOMER lists it."
    yield "Complaints about what it sends up to today's end, and bounces of it, do not stop it."
