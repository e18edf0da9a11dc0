"""What can be wrong with one step of a story beyond its form."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec import UNSET

from chalicelib.sources.registry import sources
from infra.machine.ses_events import EVENT_TYPES
from infra.scenario import figures
from infra.scenario.beside import Unreadable, path_of, text_of
from infra.scenario.calls import call_fault
from infra.scenario.known import journeys, settings
from infra.scenario.story import (
    ACTIONS,
    ANSWERED,
    INTERLEAVED,
    Expect,
    Fault,
    Import,
    Interleave,
    Lag,
    Request,
    SesEvent,
    Step,
    Story,
    Webhook,
)
from infra.scenario.suggestion import meant
from infra.scenario.time_checks import nested
from infra.scenario.yaml_text import Wrong

NOT_HERE = ("demo", "replay", "scenario", "serve")
"""The commands that start a machine of their own."""


def wrong_in_step(step: Step, story: Story, folder: Path) -> Iterator[Wrong]:
    """All that is wrong with a step, but for its times."""
    if len(step.kinds) != 1:
        yield (), f"expected one of {', '.join(ACTIONS)}; got {' and '.join(step.kinds) or 'none'}"
        return
    (kind,) = step.kinds
    if step.answer and kind not in ANSWERED:
        yield ("answer",), f"nothing answers {kind}"
    for place, problem in _wrong_in_action(step, story, folder):
        yield (kind, *place), problem


def _wrong_in_action(step: Step, story: Story, folder: Path) -> Iterator[Wrong]:
    match step.action:
        case Webhook() as webhook:
            yield from _wrong_in_webhook(webhook, story, folder)
        case Request(path=path, mail=mail, page=page, form=form, json=json):
            if (path is None) == (mail is None) or (mail is None) != (page is None):
                yield (), "expected a path, or else a mail and the page that it links to"
            if form is not None and json is not UNSET:
                yield (), "expected a form or JSON, got both"
        case SesEvent(type=kind):
            if kind not in EVENT_TYPES:
                yield ("type",), f"SES has no such event{meant(kind, EVENT_TYPES)}"
        case Fault(call=call, refuse=refuse, do=do):
            if problem := call_fault(call):
                yield ("call",), problem
            if (refuse is None) == (do is None):
                yield (), "expected either refuse or do"
        case Lag(stream=stream, queue=queue):
            if (stream is None) == (queue is None):
                yield (), "expected a stream or a queue"
        case Interleave() as interleave:
            yield from _wrong_in_interleave(interleave, story, folder)
        case Import() as files:
            yield from _wrong_in_import(files, step, folder)
        case Expect(figures=wanted):
            for name in wanted or ():
                if not figures.is_name(name):
                    yield ("figures", name), "there is no such figure (rekindle scenario --figures)"
                elif (journey := figures.journey_of(name)) and journey not in journeys():
                    yield ("figures", name), f"unknown journey{meant(journey, journeys())}"
        case list() as arguments if step.kinds[0] == "command":
            yield from _wrong_in_command(arguments)
        case dict() as changed if step.kinds[0] == "set":
            for name in changed:
                if name not in settings():
                    yield (name,), f"unknown setting{meant(name, settings())}"


def _wrong_in_interleave(interleave: Interleave, story: Story, folder: Path) -> Iterator[Wrong]:
    for number, work in enumerate(interleave.steps):
        for inner, step in nested(work):
            if unknown := sorted(set(step.kinds) - INTERLEAVED):
                yield ("steps", number), f"{unknown[0]} cannot go on beside others: {', '.join(sorted(INTERLEAVED))}"
            for place, problem in wrong_in_step(step, story, folder):
                yield ("steps", number, *inner, *place), problem
    for number, turn in enumerate(interleave.turns):
        if turn.of > len(interleave.steps):
            yield ("turns", number, "of"), f"there are {len(interleave.steps)} steps"
        if turn.last and turn.calls is None:
            yield ("turns", number, "last"), "expected the number of calls, too"


def _wrong_in_webhook(webhook: Webhook, story: Story, folder: Path) -> Iterator[Wrong]:
    if webhook.source not in sources():
        yield ("source",), f"unknown source{meant(webhook.source, sources())}"
    elif sources()[webhook.source].webhook().headers is None:
        yield ("source",), f"{webhook.source} does not say how its requests are signed (Webhook.headers)"
    elif webhook.source not in story.secrets:
        yield ("source",), f"the story has no secret of {webhook.source}: add it to secrets"
    if (webhook.body is UNSET) == (webhook.body_file is None):
        yield (), "expected either body or body_file"
    if webhook.body_file is not None:
        try:
            text_of(folder, webhook.body_file)
        except Unreadable as error:
            yield ("body_file",), str(error)


def _wrong_in_import(files: Import, step: Step, folder: Path) -> Iterator[Wrong]:
    """What is wrong with an import; if it is to fail, a file may be missing."""
    yield from ((("options", *place), problem) for place, problem in _elsewhere(files.options))
    if not (step.answer and step.answer.status):
        try:
            path_of(folder, files.file)
        except Unreadable as error:
            yield ("file",), str(error)


def _wrong_in_command(arguments: Sequence[str]) -> Iterator[Wrong]:
    if arguments[0] in NOT_HERE:
        yield (0,), f"rekindle {arguments[0]} cannot run in a scenario"
    yield from _elsewhere(arguments)


def _elsewhere(arguments: Sequence[str]) -> Iterator[Wrong]:
    for number, argument in enumerate(arguments):
        if argument.partition("=")[0] == "--stack":
            yield (number,), "a command in a scenario is about the scenario: leave out --stack"
