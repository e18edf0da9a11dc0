"""Reads the stories of a file and checks all that can be checked before one is played."""

import difflib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

import msgspec
from msgspec import UNSET

from chalicelib.domain.errors import RekindleError
from chalicelib.domain.time import from_text
from chalicelib.sources.registry import sources
from infra.machine.ses_events import EVENT_TYPES
from infra.scenario import figures
from infra.scenario.calls import call_fault
from infra.scenario.moments import moment
from infra.scenario.story import (
    ACTIONS,
    ANSWERED,
    INTERLEAVED,
    Expect,
    Fault,
    Interleave,
    Lag,
    Request,
    SesEvent,
    Step,
    Story,
    Webhook,
)
from infra.scenario.yaml_text import Document, NotYaml, documents
from infra.scenario.yaml_text import Path as Place

_PATH = re.compile(r"\.([^.\[\]]+)|\[(\d+|\.\.\.)\]")


class StoryFault(RekindleError):
    """The file itself is wrong; the message names file, line and field."""


@dataclass(frozen=True)
class StoryFile:
    """One story of a file, and the lines of its steps."""

    path: Path
    story: Story
    document: Document

    @property
    def title(self) -> str:
        """Its name, or else its place."""
        return self.story.name or f"line {self.document.line_of(())}"

    def line(self, step: int) -> int:
        """The line where a step begins; steps count from 0."""
        return self.document.line_of(("steps", step))

    def fault(self, place: Place, problem: str) -> StoryFault:
        """A fault of this story at a part of it."""
        return _fault(self.path, self.document.line_of(place), place, problem)

    def fault_at(self, line: int, problem: str) -> StoryFault:
        """A fault of this story in a line."""
        return _fault(self.path, line, (), problem)

    @property
    def begin(self) -> datetime:
        """When it begins, UTC."""
        return from_text(self.story.start)


def read(path: Path) -> list[StoryFile]:
    """All stories of a file. Raises ``StoryFault`` or ``OSError``."""
    try:
        found = documents(path.read_text("utf-8"))
    except UnicodeDecodeError:
        raise _fault(path, 1, (), "expected text in UTF-8") from None
    except NotYaml as error:
        raise _fault(path, error.line, (), str(error)) from None
    if not found:
        raise _fault(path, 1, (), "expected a story, got nothing")
    return [_story(path, document) for document in found]


def _story(path: Path, document: Document) -> StoryFile:
    try:
        story = msgspec.convert(document.value, Story)
    except msgspec.ValidationError as error:
        problem, _, where = str(error).partition(" - at `")
        place = _place(where.rstrip("`"))
        if unknown := re.search(r"unknown field `(.+)`", problem):
            place = (*place, unknown[1])
            problem = f"unknown field{_meant(unknown[1], _fields(place))}"
        raise _fault(path, document.line_of(place), place, problem.replace("`", "")) from None
    read = StoryFile(path, story, document)
    for place, problem in _faults(read):
        raise read.fault(place, problem)
    return read


def _fields(place: Place) -> Iterable[str]:
    """The names that are known where an unknown one was found."""
    if len(place) == 1:
        return Story.__struct_encode_fields__
    return (*ACTIONS, "answer") if place[0] == "steps" and len(place) == 3 else ()


def _faults(read: StoryFile) -> Iterator[tuple[Place, str]]:
    story = read.story
    try:
        from_text(story.start)
    except ValueError as error:
        yield ("start",), str(error)
        return
    for name in story.settings:
        if name not in _settings():
            yield ("settings", name), f"unknown setting{_meant(name, _settings())}"
    for number, name in enumerate(story.journeys or ()):
        if name not in _journeys():
            yield ("journeys", number), f"unknown journey{_meant(name, _journeys())}"
    for name in story.secrets:
        if name not in sources():
            yield ("secrets", name), f"unknown source{_meant(name, sources())}"
    for number, step in enumerate(story.steps):
        for place, problem in _step_faults(read, step):
            yield ("steps", number, *place), problem


def _step_faults(read: StoryFile, step: Step) -> Iterator[tuple[Place, str]]:
    if len(step.kinds) != 1:
        yield (), f"expected one of {', '.join(ACTIONS)}; got {' and '.join(step.kinds) or 'none'}"
        return
    (kind,) = step.kinds
    if step.answer and kind not in ANSWERED:
        yield ("answer",), f"nothing answers {kind}"
    for place, problem in _own_faults(read, step):
        yield (kind, *place), problem
    if step.set is not UNSET:
        for name in step.set:
            if name not in _settings():
                yield ("set", name), f"unknown setting{_meant(name, _settings())}"


def _own_faults(read: StoryFile, step: Step) -> Iterator[tuple[Place, str]]:
    match step.action:
        case Webhook() as webhook:
            yield from _webhook_faults(read, webhook)
        case Request(path=path, mail=mail, page=page, form=form, json=json):
            if (path is None) == (mail is None) or (mail is None) != (page is None):
                yield (), "expected a path, or else a mail and the page that it links to"
            if form is not None and json is not UNSET:
                yield (), "expected a form or JSON, got both"
        case SesEvent(type=kind, at=at):
            if kind not in EVENT_TYPES:
                yield ("type",), f"SES has no such event{_meant(kind, EVENT_TYPES)}"
            yield from _time_fault(read, ("at",), at)
        case Fault(call=call, refuse=refuse, do=do):
            if problem := call_fault(call):
                yield ("call",), problem
            if (refuse is None) == (do is None):
                yield (), "expected either refuse or do"
        case Lag(stream=stream, queue=queue):
            if (stream is None) == (queue is None):
                yield (), "expected a stream or a queue"
        case Interleave() as interleave:
            yield from _interleave_faults(read, interleave)
        case Expect() as expect:
            yield from _expect_faults(read, expect)
        case str() as until if step.kinds[0] == "until":
            yield from _time_fault(read, (), until)


def _interleave_faults(read: StoryFile, interleave: Interleave) -> Iterator[tuple[Place, str]]:
    for number, work in enumerate(interleave.steps):
        for step in work if isinstance(work, list) else [work]:
            if unknown := sorted(set(step.kinds) - INTERLEAVED):
                yield ("steps", number), f"{unknown[0]} cannot go on beside others: {', '.join(sorted(INTERLEAVED))}"
            for place, problem in _step_faults(read, step):
                yield ("steps", number, *place), problem
    for number, turn in enumerate(interleave.turns):
        if turn.of > len(interleave.steps):
            yield ("turns", number, "of"), f"there are {len(interleave.steps)} steps"
        if turn.last and turn.calls is None:
            yield ("turns", number, "last"), "expected the number of calls, too"


def _webhook_faults(read: StoryFile, webhook: Webhook) -> Iterator[tuple[Place, str]]:
    if webhook.source not in sources():
        yield ("source",), f"unknown source{_meant(webhook.source, sources())}"
    elif sources()[webhook.source].webhook().headers is None:
        yield ("source",), f"{webhook.source} does not say how its requests are signed (Webhook.headers)"
    elif webhook.source not in read.story.secrets:
        yield ("source",), f"the story has no secret of {webhook.source}: add it to secrets"
    if (webhook.body is UNSET) == (webhook.body_file is None):
        yield (), "expected either body or body_file"
    if webhook.body_file and not (read.path.parent / webhook.body_file).is_file():
        yield ("body_file",), f"there is no file {webhook.body_file!r} beside the story"


def _expect_faults(read: StoryFile, expect: Expect) -> Iterator[tuple[Place, str]]:
    for key, mails in (("mails", expect.mails), ("mails_include", expect.mails_include)):
        for number, mail in enumerate(mails or ()):
            if mail.at is not None:
                yield from _time_fault(read, (key, number, "at"), mail.at)
    for name in expect.figures or ():
        if not figures.is_name(name):
            yield ("figures", name), f"there is no such figure (rekindle scenario --figures){_meant(name, ())}"


def _time_fault(read: StoryFile, place: Place, text: str) -> Iterator[tuple[Place, str]]:
    try:
        moment(text, read.begin)
    except ValueError as error:
        yield place, str(error)


def _meant(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, list(known), 1)
    return f": did you mean {close[0]}?" if close else ""


@cache
def _settings() -> frozenset[str]:
    from infra.package.packaged import merge_template

    return frozenset(merge_template()["Globals"]["Function"]["Environment"]["Variables"])


def _journeys() -> frozenset[str]:
    import workflows

    return frozenset(journey.key for journey in workflows.current())


def _place(path: str) -> Place:
    """``$.steps[3].wait`` as a place."""
    return tuple(int(number) if number.isdigit() else name or number for name, number in _PATH.findall(path))


def _fault(path: Path, line: int, place: Place, problem: str) -> StoryFault:
    field = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place).lstrip(".")
    return StoryFault(f"{path}:{line}: {field + ': ' if field else ''}{problem}")
