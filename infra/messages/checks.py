"""What a message's text must not have: what Markdown reads otherwise than its writer meant."""

import re
from collections.abc import Sequence
from pathlib import Path

from markdown_it.token import Token

from infra.messages.faults import fault
from infra.messages.tags import TOKEN, Tag

_LEFTOVERS = re.compile(r"\*\*|__|\]\(|</?[A-Za-z!]|&[a-z]+;")
_LINK = re.compile(r"(https?|mailto|tel):")
_OPENING, _MIDDLE, _CLOSING = "if", ("elif", "else"), "endif"


def check(path: Path, tokens: Sequence[Token], tags: Sequence[Tag]) -> None:
    """Raise ``TemplateError`` that names file and line for the first fault."""
    Checks(path, tags).tokens(tokens)


class Checks:
    """The check of one text. ``_open``: the conditions that have no end yet, each with where it stands."""

    def __init__(self, path: Path, tags: Sequence[Tag]) -> None:
        self._path, self._tags = path, tags
        self._open: list[tuple[Tag, object]] = []

    def tokens(self, tokens: Sequence[Token]) -> None:
        """Check a whole text."""
        parents: list[int] = []
        for number, token in enumerate(tokens):
            if token.nesting < 0:
                parents.pop()
            if token.type == "tag":
                self._tag(token.meta["tag"], tuple(parents))
            elif token.type == "inline":
                self._inline(token, number)
            elif token.type == "ordered_list_open" and token.attrs.get("start", 1) != 1:
                raise fault(self._path, _line(token), "this reads as a numbered list: write 12\\. for a number")
            if token.nesting > 0:
                parents.append(number)
        if self._open:
            raise fault(self._path, self._open[-1][0].line, "{% if %} has no {% endif %}")

    def _tag(self, tag: Tag, place: object) -> None:
        """Conditions begin and end in one and the same block, so that neither half breaks the HTML."""
        if not tag.keyword or tag.keyword == "set":
            return
        if tag.keyword == _OPENING:
            self._open.append((tag, place))
        elif tag.keyword in (*_MIDDLE, _CLOSING):
            if not self._open or self._open[-1][1] != place:
                why = f"{{% {tag.keyword} %}} stands in another block than its {{% if %}}: give each a line of its own"
                raise fault(self._path, tag.line, why)
            if tag.keyword == _CLOSING:
                self._open.pop()
        else:
            raise fault(self._path, tag.line, f"{{% {tag.keyword} %}} is not for messages")

    def _inline(self, token: Token, number: int) -> None:
        line, spans = _line(token), [number]
        for child in token.children or ():
            if child.nesting < 0:
                spans.pop()
            if child.type in ("softbreak", "hardbreak"):
                line += 1
            elif child.type == "text":
                self._text(child.content, line, tuple(spans))
            elif child.type in ("link_open", "image"):
                self._address(str(child.attrs["href" if child.type == "link_open" else "src"]), line)
            if child.nesting > 0:
                spans.append(-len(spans) - line)

    def _text(self, text: str, line: int, place: tuple[int, ...]) -> None:
        for found in TOKEN.findall(text):
            tag = self._tags[int(found)]
            if tag.piece:
                raise fault(self._path, tag.line, f"{tag.piece}(…) stands on a line of its own")
            self._tag(tag, place)
        if found := _LEFTOVERS.search(text):
            raise fault(self._path, line, f"{found[0]!r} is left in the text: it would be shown as it is")

    def _address(self, address: str, line: int) -> None:
        if any(self._tags[int(found)].keyword for found in TOKEN.findall(address)):
            raise fault(self._path, line, "a link has no statements in it")
        if not address.startswith("zJ") and not _LINK.match(address):
            raise fault(self._path, line, "a link begins with https:, mailto: or tel:, or is an expression")


def _line(token: Token) -> int:
    return token.map[0] + 1 if token.map else 1
