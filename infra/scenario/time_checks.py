"""The times of a story: when each step begins, and whether all times in it exist."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from infra.scenario.beside import Unreadable, text_of
from infra.scenario.moments import WrongTime, filled, later, moment, told
from infra.scenario.story import Expect, Fault, Interleave, Lag, Request, SesEvent, Step, Webhook
from infra.scenario.yaml_text import Path as Place
from infra.scenario.yaml_text import Wrong

Use = Callable[[str, datetime], object]
"""What a step does with a text in which times may be. Raises ``WrongTime``."""


def after(step: Step, now: datetime) -> datetime:
    """When a step that begins at ``now`` has ended: nothing but waiting takes time. Raises ``WrongTime``."""
    match step.kinds[0]:
        case "wait":
            return later(step.action, now)
        case "until":
            return moment(step.action, now)
        case "interleave":
            for work in step.action.steps:
                for _, each in nested(work):
                    now = after(each, now)
            return now
        case _:
            return now


def wrong_times(step: Step, folder: Path, now: datetime) -> Iterator[Wrong]:
    """The times in a step that do not exist, or are no times, if it begins at ``now``."""
    (kind,) = step.kinds
    match step.action:
        case str() as text if kind == "wait":
            yield from _wrong((kind,), text, now, later)
        case str() as text if kind == "until":
            yield from _wrong((kind,), text, now, _until)
        case dict() | list() as facts if kind in ("fact", "facts"):
            yield from _wrong((kind,), facts, now, told)
        case Webhook() as webhook:
            yield from _in_webhook(webhook, folder, now)
        case Request(json=json):
            yield from _wrong((kind, "json"), json, now, told)
        case SesEvent(at=at, with_=details):
            yield from _wrong((kind, "at"), at, now, moment)
            yield from _wrong((kind, "with"), details, now, told)
        case Fault(for_=text) | Lag(for_=text):
            yield from _wrong((kind, "for"), text, now, later)
        case Expect(mails=mails, mails_include=others):
            for key, several in (("mails", mails), ("mails_include", others)):
                for number, mail in enumerate(several or ()):
                    yield from _wrong((kind, key, number, "at"), mail.at, now, moment)
        case Interleave(steps=works):
            for number, work in enumerate(works):
                for place, each in nested(work):
                    for where, problem in wrong_times(each, folder, now):
                        yield (kind, "steps", number, *place, *where), problem
        case _:
            return


def nested(work: Step | list[Step]) -> Iterator[tuple[Place, Step]]:
    """The steps of one of those that go on side by side, each with its place in it."""
    if isinstance(work, Step):
        yield (), work
    else:
        yield from (((number,), each) for number, each in enumerate(work))


def _in_webhook(webhook: Webhook, folder: Path, now: datetime) -> Iterator[Wrong]:
    yield from _wrong(("webhook", "body"), webhook.body, now, filled)
    yield from _wrong(("webhook", "headers"), webhook.headers, now, filled)
    if webhook.body_file is not None:
        with suppress(Unreadable):
            yield from _wrong(("webhook", "body_file"), text_of(folder, webhook.body_file), now, filled)


def _wrong(place: Place, value: Any, now: datetime, use: Use) -> Iterator[Wrong]:
    """The texts in a value that cannot be used."""
    match value:
        case str():
            try:
                use(value, now)
            except WrongTime as error:
                yield place, str(error)
        case dict():
            for name, inner in value.items():
                yield from _wrong((*place, name), name, now, use)
                yield from _wrong((*place, name), inner, now, use)
        case list():
            for number, inner in enumerate(value):
                yield from _wrong((*place, number), inner, now, use)
        case _:
            return


def _until(text: str, now: datetime) -> None:
    if moment(text, now) < now:
        raise WrongTime(f"{text} is before {now.isoformat()}")
