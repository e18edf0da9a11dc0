"""The messages of the journeys, rendered: Jinja templates that packaging compiles from ``workflows/*/messages/*.md``.

A mail is three templates beside its Markdown file: ``offer.ko.subject``, ``.html`` and ``.txt``; another channel has
its own parts. Templates run in Jinja's sandbox, undefined names are errors, and only HTML is escaped. Jinja is
imported, and a template compiled, at first use, so it costs nothing when a Lambda starts.

This module checks the legal requirements for every advertisement (``domain/messages/law.py``); templates cannot omit
them.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from traceback import walk_tb
from typing import TYPE_CHECKING

from chalicelib.domain.channel import Channel
from chalicelib.domain.errors import TemplateError
from chalicelib.domain.facts.cart import SHOWN
from chalicelib.domain.facts.consent import Purpose
from chalicelib.domain.messages import formats, law
from chalicelib.domain.messages.brand import Brand

if TYPE_CHECKING:
    from datetime import datetime

    from jinja2.runtime import Context
    from jinja2.sandbox import SandboxedEnvironment

# Errors that an expression or a filter in a template may raise; an unknown zone may be an ``OSError``.
_RENDERING = (ValueError, TypeError, LookupError, ArithmeticError, AttributeError, OSError)
_LINK = re.compile(r"(https?://|mailto:|tel:)[^\s\"'<>]+")
SHARED = "messages"
"""The folder of what all messages share, below ``workflows``."""

Load = Callable[[str], tuple[str, str, Callable[[], bool]] | None]
"""A template by its name: its source, the file to name in errors, and whether it is unchanged, as Jinja wants it."""


@dataclass(frozen=True, slots=True)
class Message:
    """A rendered message; ``subject`` is a single line. What its channel does not have is empty."""

    subject: str
    html: str
    text: str


@dataclass(frozen=True)
class Templates:
    """The templates below ``root``, the folder ``workflows``; compiled once, when first rendered.

    ``load``: None for those that stand there as files, as in the package.
    """

    root: Path
    load: Load | None = None

    def render(
        self,
        journey: str,
        template: str,
        language: str,
        context: Mapping[str, object],
        *,
        purpose: Purpose = Purpose.MARKETING,
        country: str | None = None,
        channel: Channel = Channel.EMAIL,
        to_team: bool = False,
    ) -> Message:
        """The message for one recipient; ``country`` (ISO 3166) is the recipient's, for the legal requirements.

        ``to_team``: it is a notice to the shop's team. Raises ``TemplateError``, with the file and, if it has one, the
        line, if the message cannot be rendered or must not be sent.
        """
        import jinja2

        where = f"{journey}/{SHARED}/{template}.{language}"
        kind = "notice" if to_team else "marketing" if purpose is Purpose.MARKETING else "service"
        values = {"preview": "", "reason": "", **context, "language": language, "country": country, "kind": kind}
        try:
            parts = {part: self._environment.get_template(f"{where}.{part}").render(values) for part in channel.parts}
            first, begin = channel.parts[0], law.subject_line if "subject" in parts else law.labelled
            parts[first] = begin(parts[first], purpose, language, country)
            must_show = law.required(purpose, _fields(context.get("shop")), context.get("unsubscribe_url"))
            _check(parts, must_show)
            return Message(parts.get("subject", ""), parts.get("html", ""), _spaced(parts["txt"]))
        except jinja2.TemplateNotFound as error:
            raise TemplateError(f"{where}.md: there is no {error.name!r}") from error
        except jinja2.TemplateSyntaxError as error:
            raise TemplateError(f"{error.filename or where}:{error.lineno}: {error.message}") from error
        except (jinja2.TemplateError, *_RENDERING) as error:
            raise TemplateError(f"{_place(error) or f'{where}.md'}: {error}") from error

    @cached_property
    def sources(self) -> Load:
        """What Jinja loads templates by."""
        return self.load or self._read

    def _read(self, name: str) -> tuple[str, str, Callable[[], bool]] | None:
        path = self.root / name
        made_from = path.with_suffix(".md")
        where = made_from.relative_to(self.root).as_posix() if made_from.is_file() else name
        return (path.read_text("utf-8"), where, lambda: True) if path.is_file() else None

    @cached_property
    def brand(self) -> Brand:
        """How mails look. Raises ``TemplateError`` for a ``brand.toml`` that cannot be read."""
        import msgspec

        try:
            return msgspec.convert(tomllib.loads((self.root / "brand.toml").read_text("utf-8")), Brand)
        except (OSError, ValueError) as error:  # msgspec's and tomllib's are ValueErrors
            raise TemplateError(f"brand.toml: {error}") from error

    @cached_property
    def _environment(self) -> SandboxedEnvironment:
        from jinja2 import FunctionLoader, StrictUndefined, pass_context
        from jinja2.sandbox import SandboxedEnvironment

        environment = SandboxedEnvironment(
            loader=FunctionLoader(self.sources),
            autoescape=lambda name: name is not None and name.endswith(".html"),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            cache_size=-1,
        )
        environment.filters |= {
            "money": pass_context(_money),
            "day": pass_context(_in_zone(formats.day)),
            "local_time": pass_context(_in_zone(formats.local_time)),
            "until": pass_context(_in_zone(formats.until)),
            "link": _link,
            "paragraph": _paragraph,
        }
        environment.globals |= {
            "brand": self.brand,
            "discount": formats.discount,
            "most_lines": SHOWN,
            "t": pass_context(_words(self.root)),
        }
        return environment


def _money(context: Context, amount: int, currency: str) -> str:
    return formats.money(amount, currency, str(context["language"]))


def _in_zone(form: Callable[[datetime, str, str], str]) -> Callable[..., str]:
    """A filter that shows a time in the reader's zone and language."""

    def shown(context: Context, moment: datetime, zone: str | None = None) -> str:
        return form(moment, zone or str(context["zone"]), str(context["language"]))

    return shown


def _words(root: Path) -> Callable[..., str]:
    """What a piece says in the message's language: ``t("and_more", count=4)``, from ``messages/words.ko.toml``."""
    known: dict[str, dict[str, str]] = {}

    def word(context: Context, name: str, *parts: object, **values: object) -> str:
        language = str(context["language"])
        if language not in known:
            known[language] = tomllib.loads((root / SHARED / f"words.{language}.toml").read_text("utf-8"))
        return known[language][name].format(*parts, **values)

    return word


def _link(value: object) -> object:
    """A link as it is; raises ``ValueError`` for anything else, such as a script."""
    if not _LINK.fullmatch(str(value)):
        raise ValueError("expected a link that begins with https:, mailto: or tel:")
    return value


def _paragraph(text: object) -> str:
    """A piece of plain text, with an empty line after it."""
    return f"{str(text).strip()}\n\n"


def _spaced(text: str) -> str:
    """Plain text without spaces at line ends, and without more than one empty line."""
    lines = "\n".join(line.rstrip() for line in text.strip().splitlines())
    return re.sub(r"\n{3,}", "\n\n", lines)


def _place(error: BaseException) -> str:
    """The file and line of a template at which rendering failed; empty if it is unknown."""
    found = ""
    for frame, line in walk_tb(error.__traceback__):
        if frame.f_code.co_filename.endswith(".md"):
            found = f"{frame.f_code.co_filename}:{line}"
    return found


def _check(parts: Mapping[str, str], must_show: Mapping[str, object]) -> None:
    """Refuse a message that does not show what the law requires, in its text and in its HTML if its channel has any."""
    from markupsafe import escape

    for name, value in must_show.items():
        if not value or str(value) not in parts["txt"]:
            raise ValueError(f"an advertisement must show {name} in its text")
        if "html" in parts and str(escape(value)) not in parts["html"]:
            raise ValueError(f"an advertisement must show {name} in its HTML")


def _fields(thing: object) -> Mapping[str, object]:
    return thing if isinstance(thing, Mapping) else {name: getattr(thing, name, None) for name in law.SHOWN}
