"""Whom a story tells of: names that are expected and stand nowhere else are mistyped."""

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from msgspec import UNSET

from chalicelib.domain.facts.address import normal
from chalicelib.sources.registry import sources
from infra.scenario.beside import Unreadable, text_of
from infra.scenario.story import Expect, Import, Interleave, Request, Step, Story, Webhook
from infra.scenario.suggestion import meant
from infra.scenario.time_checks import nested
from infra.scenario.yaml_text import Path as Place
from infra.scenario.yaml_text import Wrong

_KEY = re.compile("[0-9a-f]{32}")
"""A customer's own key, as ``--json`` prints it."""
_ADDRESS = re.compile(r"[^\s\"'<>(),;:\\]+@[^\s\"'<>(),;:\\]+")
_ID = re.compile(r'"(?:customer_)?id": "([^"]+)"')
_BEFORE, _AFTER = r"(?<![\w@.+-])", r"(?![\w@]|[.+-]\w)"
"""What is not in front of a name, and not behind it: ``ann`` is not in ``ann@example.com``."""


def wrong_names(story: Story, folder: Path) -> Iterator[Wrong]:
    """The customers whose outcomes are expected, and of whom nothing else in the story tells."""
    expected = list(_expected(story))
    if not expected:
        return
    try:
        text = "\n".join(each for step in story.steps for each in _told(step, folder))
    except Unreadable:  # it is not known who is in there
        return
    addresses = _ADDRESS.findall(text)
    known = {normal(each) for each in addresses}
    for place, who in expected:
        if not (_KEY.fullmatch(who) or normal(who) in known or _is_in(text, who)):
            yield place, f"nothing in the story tells of {who!r}{meant(who, {*addresses, *_ID.findall(text)})}"


def _expected(story: Story) -> Iterator[tuple[Place, str]]:
    for number, step in enumerate(story.steps):
        if isinstance(step.expect, Expect):
            for key, names in (("outcomes", step.expect.outcomes), ("outcomes_include", step.expect.outcomes_include)):
                yield from ((("steps", number, "expect", key, who), who) for who in names or ())


def _told(step: Step, folder: Path) -> Iterator[str]:
    """The texts of a step in which customers may be named. Raises ``Unreadable``."""
    match step.action:
        case Webhook(body=body, body_file=file):
            yield from _texts(body if file is None else text_of(folder, file))
        case Import(file=file):
            yield text_of(folder, file)
        case Request(path=path, form=form, json=json):
            for each in (path, form, json):
                yield from _texts(each)
        case Interleave(steps=works):
            for work in works:
                for _, inner in nested(work):
                    yield from _told(inner, folder)
        case list(arguments) if step.kinds[0] == "command" and arguments[0] == "import":
            raise Unreadable("a file of a command")
        case facts if step.kinds[0] in ("fact", "facts"):
            yield from _texts(facts)
        case _:
            return


def _texts(value: Any) -> Iterator[str]:
    """A value as JSON; a text as it is, too, and without the escapes that it has if it is JSON."""
    if isinstance(value, str):
        yield value
        with suppress(ValueError):
            yield from _texts(json.loads(value))
    elif value is not UNSET:
        yield json.dumps(value, ensure_ascii=False)


def _is_in(text: str, who: str) -> bool:
    """Whether a name is in a text, with its source or without."""
    source, _, own_id = who.partition(":")
    names = {who, own_id} if source in sources() else {who}
    return any(re.search(f"{_BEFORE}{re.escape(name)}{_AFTER}", text) for name in names)
