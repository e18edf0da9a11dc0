"""Reads the Markdown of messages: CommonMark without HTML and code blocks, with two additions.

A line of Jinja tags alone is a block of its own. And emphasis works beside Korean and Japanese letters, where
CommonMark asks for spaces that these languages do not write: ``**할인(10%)**을``, ``**「重要」**です``.
"""

import unicodedata
from collections.abc import Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.common.utils import isWhiteSpace
from markdown_it.parser_inline import ParserInline
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline.state_inline import Scanned, StateInline
from markdown_it.token import Token

from infra.messages.tags import TOKEN, Tag

TAGS = "tags"
_UNWANTED = ("code", "fence", "html_block", "html_inline", "lheading", "reference")


def is_wide(character: str) -> bool:
    """Whether it is a letter or a sign of an East Asian script."""
    return unicodedata.east_asian_width(character) in "WF"


def parse(text: str, tags: Sequence[Tag]) -> list[Token]:
    """The tokens of a text whose tags are hidden (``tags.hide_tags``)."""
    return _MARKDOWN.parse(text, {TAGS: tags})


class _State(StateInline):
    def scanDelims(self, start: int, canSplitWord: bool) -> Scanned:
        found = super().scanDelims(start, canSplitWord)
        end = start + found.length
        before = self.src[start - 1] if start else " "
        after = self.src[end] if end < self.posMax else " "
        if self.src[start] == "*" and (is_wide(before) or is_wide(after)):
            return Scanned(not isWhiteSpace(ord(after)), not isWhiteSpace(ord(before)), found.length)
        return found


class _Inline(ParserInline):
    def parse(self, src: str, md: MarkdownIt, env: Any, tokens: list[Token]) -> list[Token]:
        state = _State(src, md, env, tokens)
        self.tokenize(state)
        for rule in self.ruler2.getRules(""):
            rule(state)
        return state.tokens


def _line_of_tags(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A rule for blocks: a line that has nothing but statements and calls of pieces."""
    line = state.src[state.bMarks[start] + state.tShift[start] : state.eMarks[start]]
    numbers = TOKEN.findall(line)
    if not numbers or TOKEN.sub("", line).strip():
        return False
    tags = [state.env[TAGS][int(number)] for number in numbers]
    if not all(tag.is_block for tag in tags):
        return False
    if not silent:
        for tag in tags:
            token = state.push("tag", "", 0)
            token.map, token.meta = [start, start + 1], {"tag": tag}
        state.line = start + 1
    return True


def _markdown() -> MarkdownIt:
    made = MarkdownIt("commonmark", {"html": False})
    made.inline = _Inline()
    made.configure("commonmark", {"html": False})
    made.disable(list(_UNWANTED))
    made.block.ruler.before("list", "tags", _line_of_tags, {"alt": ["paragraph", "blockquote", "list"]})
    return made


_MARKDOWN = _markdown()
