"""Compiles messages, and gives them to Jinja by name, as the files in the package would be."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, nodes
from markdown_it.common.utils import escapeHtml
from markdown_it.token import Token

from chalicelib.adapters.templates import SHARED, Load
from infra.messages.checks import check
from infra.messages.header import Source, read_source
from infra.messages.html import write_html
from infra.messages.lines import Lines
from infra.messages.markdown import parse
from infra.messages.tags import Tag, check_syntax, hide_tags, literal, restore
from infra.messages.text import write_text

_READ = Environment(autoescape=True)
_WRITERS = {"html": write_html, "txt": write_text}


def compiled(path: Path, pieces: tuple[str, ...]) -> Mapping[str, str]:
    """The parts of a message by name (``subject``, ``html``, ``txt``), each as the source of a Jinja template.

    A text without a header has ``html`` and ``txt``. Raises ``TemplateError`` that names file and line.
    """
    status = path.stat()
    return _compiled(path, pieces, status.st_mtime_ns, status.st_size)


def pieces_in(folder: Path) -> tuple[str, ...]:
    """The pieces that messages may call: the macros of ``messages/pieces.html``, below ``folder``."""
    source = (folder / SHARED / "pieces.html").read_text("utf-8")
    return tuple(each.name for each in _READ.parse(source).find_all(nodes.Macro) if not each.name.startswith("_"))


def load(folder: Path) -> Load:
    """What Jinja loads the templates below ``folder`` by: compiled from Markdown, or read where they stand as they are.

    ``win_back/messages/offer.ko.html`` is a part of ``win_back/messages/offer.ko.md``.
    """

    def template(name: str) -> tuple[str, str, Callable[[], bool]] | None:
        path = folder / name
        markdown = path.with_suffix(".md")
        if markdown.is_file():
            part = compiled(markdown, pieces_in(folder)).get(path.suffix[1:])
            return None if part is None else (part, markdown.relative_to(folder).as_posix(), lambda: True)
        return (path.read_text("utf-8"), name, lambda: True) if path.is_file() else None

    return template


@lru_cache(maxsize=512)
def _compiled(path: Path, pieces: tuple[str, ...], _modified: int, _size: int) -> Mapping[str, str]:
    source = read_source(path)
    tags, text = hide_tags(path, source.body, pieces)
    tokens = parse(text, tags)
    check(path, tokens, tags)
    check_syntax(path, source.body)
    parts = {part: _part(source, part, tokens, tags, pieces) for part in _WRITERS}
    if "subject" in source.header:
        lines = Lines()
        lines.go_to(source.header["subject"].line)
        lines.add(_value(source, "subject", html=False))
        parts["subject"] = str(lines)
    return parts


def _part(source: Source, part: str, tokens: Sequence[Token], tags: Sequence[Tag], pieces: tuple[str, ...]) -> str:
    lines = Lines()
    if source.header:
        lines.add(f'{{% extends "{SHARED}/shell.{part}" %}}')
    lines.add(f'{{% from "{SHARED}/pieces.{part}" import {", ".join(pieces)} with context %}}')
    for name, entry in sorted(source.header.items(), key=lambda each: each[1].line):
        if name != "subject":
            lines.go_to(entry.line)
            lines.add(f"{{% set {name} %}}{_value(source, name, html=part == 'html')}{{% endset %}}")
    if source.header:
        lines.add("{% block body %}")
    _WRITERS[part](tokens, tags, source.language, lines)
    if source.header:
        lines.add("{% endblock %}")
    return str(lines)


def _value(source: Source, name: str, *, html: bool) -> str:
    """A value of the header as a template: what is not a tag stands for itself."""
    entry = source.header[name]
    placed = "\n" * (entry.line - 1) + entry.value
    tags, text = hide_tags(source.path, placed, ())
    check_syntax(source.path, placed)
    text = text.strip()
    return restore(literal(escapeHtml(text) if html else text, html=html), tags)
