"""``make explore``: look for an interleaving of the functions that breaks an invariant, and print it as a scenario."""

import argparse
import json
import multiprocessing
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from time import monotonic
from typing import Any

from infra.explore.cases import Finding, Progress
from infra.explore.explorer import Event, explore, stories
from infra.scenario.files import StoryFile
from infra.terminal.console import complain

EXAMPLES = """examples:
  make explore                                         all short schedules of two functions, then random ones
  make explore ARGS="--seed 7 --minutes 30"            longer, with other random ones
  make explore ARGS="--story merge --story erasure"    the stories with these words in their names
  make explore ARGS=--list                             what is explored

exit status: 0 nothing was found, 1 an invariant is broken, 2 a story cannot be played, 130 stopped by Ctrl-C
"""
FOUND, UNPLAYABLE, STOPPED = 1, 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Explore; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m infra.explore", description=__doc__, epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--seed", type=int, default=1, help="of the random cases: the same seed, the same cases")
    parser.add_argument("--minutes", type=float, default=3, help="how long (default: 3)")
    parser.add_argument("--story", action="append", default=[], help="only stories with this in their name; repeatable")
    parser.add_argument("--systematic", action="store_true", help="no random cases: end when all others were tried")
    parser.add_argument("--first", action="store_true", help="end with the first finding")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes (default: one a core)")
    parser.add_argument("--list", action="store_true", help="list the stories")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    chosen = parser.parse_args(arguments)
    files = stories(chosen.story)
    if not files:
        complain("no story has such a name (try: --list)")
        return UNPLAYABLE
    if chosen.list:
        print("\n".join(each.story.name for each in files))
        return 0
    return _explore(files, chosen)


def _explore(files: Sequence[StoryFile], chosen: argparse.Namespace) -> int:
    until, events, status = monotonic() + chosen.minutes * 60, list[Event](), 0
    try:
        for event in _events(files, chosen, until):
            if isinstance(event, str):
                complain(event)
                status = UNPLAYABLE
                continue
            events.append(event)
            if not chosen.json:
                _print(event, chosen.seed)
            if chosen.first and isinstance(event, Finding):
                break
    except KeyboardInterrupt:
        status = STOPPED
    findings = [event for event in events if isinstance(event, Finding)]
    if chosen.json:
        print(json.dumps(_described(events), indent=2))
    else:
        print(_summary(events, len(files), is_stopped=status == STOPPED))
    return FOUND if findings and status != UNPLAYABLE else status


def _events(files: Sequence[StoryFile], chosen: argparse.Namespace, until: float) -> Iterator[Event | str]:
    """What comes of the stories, explored by several processes; a text says why one cannot be played."""
    fork = multiprocessing.get_context("fork")
    results: Any = fork.SimpleQueue()
    shares = [files[number :: chosen.jobs] for number in range(min(chosen.jobs, len(files)))]
    workers = [fork.Process(target=_work, args=(share, chosen, until, results)) for share in shares]
    for worker in workers:
        worker.start()
    try:
        left = len(workers)
        while left:
            event = results.get()
            if event is None:
                left -= 1
            else:
                yield event
    finally:
        for worker in workers:
            worker.terminate()
            worker.join()


def _work(files: Sequence[StoryFile], chosen: argparse.Namespace, until: float, results: Any) -> None:
    try:
        for event in explore(files, chosen.seed, until, systematic_only=chosen.systematic):
            results.put(event)
    except KeyboardInterrupt:
        return
    except Exception as error:
        results.put(f"{type(error).__name__}: {error}")
    finally:
        results.put(None)


def _print(event: Event, seed: int) -> None:
    if isinstance(event, Progress):
        how = "random" if event.is_random else "systematic"
        print(
            f"ok      {event.story}: {event.cases} {how} cases in {event.seconds:.0f} s, {event.states} states",
            flush=True,
        )
        return
    print(f"FOUND   {event.story} (case {event.number}, seed {seed})")
    for problem in event.problems:
        print(f"  {problem}")
    print("  the calls:")
    for line in event.calls:
        print(f"    {line}")
    print("  as a scenario, for rekindle scenario FILE:\n---")
    print(event.scenario, end="---\n", flush=True)


def _summary(events: Sequence[Event], number: int, *, is_stopped: bool) -> str:
    progress = [event for event in events if isinstance(event, Progress)]
    findings = [event for event in events if isinstance(event, Finding)]
    whole = {event.story for event in progress if not event.is_random}
    cases = sum(event.cases for event in progress)
    seconds = sum(event.seconds for event in progress) or 1
    return (
        f"{'Stopped. ' if is_stopped else ''}{len(findings)} findings in {cases:,} cases "
        f"({cases / seconds:.0f} a second and process); {len(whole)} of {number} stories systematically"
    )


def _described(events: Sequence[Event]) -> dict[str, Any]:
    return {
        "findings": [asdict(event) for event in events if isinstance(event, Finding)],
        "stories": [asdict(event) for event in events if isinstance(event, Progress)],
    }


if __name__ == "__main__":
    sys.exit(main())
