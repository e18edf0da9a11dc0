"""Jinja's tags in a message, kept out of Markdown's way.

Before the text is read as Markdown, each tag is replaced by a word of letters and digits; afterwards it is put back.
Otherwise Markdown would read the quotes and asterisks of expressions, and see no link in ``[label]({{ url }})``.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, TemplateSyntaxError, nodes

from infra.messages.faults import fault

TOKEN = re.compile(r"zJ(\d+)Jz")
_LEXER = Environment(keep_trailing_newline=True, autoescape=True)
_KINDS = {"variable_begin": "variable", "block_begin": "block", "comment_begin": "comment", "raw_begin": "raw"}


@dataclass(frozen=True, slots=True)
class Tag:
    """``{{ … }}`` or ``{% … %}`` on one line. ``keyword`` is a statement's, ``piece`` the piece that is called."""

    source: str
    line: int
    keyword: str = ""
    piece: str = ""

    @property
    def expression(self) -> str:
        """What stands inside an expression's braces."""
        return self.source[2:-2].strip()

    @property
    def is_block(self) -> bool:
        """Whether it may stand on a line of its own, outside of any paragraph."""
        return bool(self.keyword or self.piece)


def hide_tags(path: Path, text: str, pieces: Collection[str]) -> tuple[list[Tag], str]:
    """The tags of a text, and the text with a token for each of them, on the same lines. Comments are left out.

    Raises ``TemplateError`` that names file and line.
    """
    if found := TOKEN.search(text):
        raise fault(path, text.count("\n", 0, found.start()) + 1, f"{found[0]!r} is reserved")
    try:
        lexed = list(_LEXER.lex(text))
    except TemplateSyntaxError as error:
        raise fault(path, error.lineno, error.message or "not a template") from error
    tags: list[Tag] = []
    parts: list[str] = []
    kind, line, source = "", 1, ""
    for at, token, value in lexed:
        if not kind and token in _KINDS:
            kind, line, source = _KINDS[token], at, value
        elif not kind:
            parts.append(value)
        else:
            source += value
            if token == f"{kind}_end":
                parts.append(_hidden(path, tags, Place(kind, line, source), pieces))
                kind = ""
    if kind:
        raise fault(path, line, f"{source[:2]} has no end")
    return tags, "".join(parts)


def check_syntax(path: Path, text: str) -> None:
    """Raise ``TemplateError`` that names file and line for a tag that Jinja does not understand."""
    try:
        _LEXER.parse(text)
    except TemplateSyntaxError as error:
        raise fault(path, error.lineno, error.message or "not a template") from error


@dataclass(frozen=True, slots=True)
class Place:
    """A tag as it was found."""

    kind: str
    line: int
    source: str


def _hidden(path: Path, tags: list[Tag], found: Place, pieces: Collection[str]) -> str:
    """What stands for a tag; it is added to ``tags``."""
    source = found.source.strip()
    if found.kind == "comment":
        return "\n" * found.source.count("\n")
    if found.kind == "raw":
        raise fault(path, found.line, "{% raw %} is not for messages")
    if "\n" in source:
        raise fault(path, found.line, "a tag stands on one line")
    if source[2] in "-+" or source[-3] in "-+":
        raise fault(path, found.line, "a tag has no '-' or '+' at its braces: space around it does not matter")
    keyword = source[2:-2].split()[0] if found.kind == "block" else ""
    try:
        piece = _piece(source, pieces) if found.kind == "variable" else ""
    except TemplateSyntaxError as error:
        raise fault(path, found.line, error.message or "not an expression") from error
    tags.append(Tag(source, found.line, keyword, piece))
    return f"zJ{len(tags) - 1}Jz" + "\n" * (len(found.source) - len(found.source.rstrip("\n")))


def _piece(source: str, pieces: Collection[str]) -> str:
    """The piece that an expression calls, if that is all it does."""
    (output,) = _LEXER.parse(source).body
    call = output.nodes[0] if isinstance(output, nodes.Output) else None
    name = call.node.name if isinstance(call, nodes.Call) and isinstance(call.node, nodes.Name) else ""
    return name if name in pieces else ""


def restore(text: str, tags: Sequence[Tag], *, as_link: bool = False) -> str:
    """The text with its tags again; ``as_link``: what an expression gives must be a link."""

    def tag_of(found: re.Match[str]) -> str:
        tag = tags[int(found[1])]
        return f"{{{{ ({tag.expression}) | link }}}}" if as_link and not tag.keyword else tag.source

    return TOKEN.sub(tag_of, text)


def literal(text: str, *, html: bool) -> str:
    """A text in which no brace begins a tag of Jinja, whatever it says."""
    return text.replace("{", "&#123;" if html else '{{ "{" }}')
