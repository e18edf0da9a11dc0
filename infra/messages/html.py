"""Writes a message's tokens as the HTML of its Jinja template, styled inline: many mail programs know nothing else."""

from collections.abc import Sequence

from markdown_it.common.utils import escapeHtml
from markdown_it.token import Token

from infra.messages.breaks import between
from infra.messages.lines import Lines
from infra.messages.tags import Tag, literal, restore

STYLES = {
    "p": "margin:0 0 16px;",
    "h1": "margin:0 0 20px;font-size:24px;line-height:1.35;font-weight:700;",
    "h2": "margin:24px 0 12px;font-size:19px;line-height:1.4;font-weight:700;",
    "h3": "margin:20px 0 8px;font-size:16px;line-height:1.4;font-weight:700;",
    "ul": "margin:0 0 16px;padding:0 0 0 22px;",
    "ol": "margin:0 0 16px;padding:0 0 0 22px;",
    "li": "margin:0 0 6px;",
    "blockquote": "margin:0 0 16px;padding:0 0 0 16px;border-left:3px solid {{ brand.colors.line }};",
    "hr": "border:0;border-top:1px solid {{ brand.colors.line }};margin:24px 0;",
}
"""The style of each element; the colours are the brand's."""
_LINK = 'class="link" style="color:{{ brand.colors.link }};"'
_IMAGE = "display:block;border:0;max-width:100%;height:auto;"


def write_html(tokens: Sequence[Token], tags: Sequence[Tag], language: str, lines: Lines) -> None:
    """Add the HTML of these tokens to the source."""
    for token in tokens:
        if token.map and token.nesting >= 0:
            lines.go_to(token.map[0] + 1)
        if token.type == "inline":
            _write_inline(token, tags, language, lines)
        elif token.type == "tag":
            lines.add(token.meta["tag"].source)
        elif token.nesting < 0:
            lines.add("" if token.hidden else f"</{token.tag}>")
        elif not token.hidden:
            style = f' style="{STYLES[token.tag]}"' if token.tag in STYLES else ""
            lines.add(f"<{token.tag}{style}>")


def _write_inline(token: Token, tags: Sequence[Tag], language: str, lines: Lines) -> None:
    children = token.children or []
    line = token.map[0] + 1 if token.map else 1
    for number, child in enumerate(children):
        if child.type in ("softbreak", "hardbreak"):
            line += 1
            lines.go_to(line)
            after = children[number + 1] if number + 1 < len(children) else None
            lines.add("<br>" if child.type == "hardbreak" else between(children[number - 1], after, language))
        else:
            lines.add(_inline(child, tags))


def _inline(child: Token, tags: Sequence[Tag]) -> str:
    match child.type:
        case "text":
            return _shown(child.content, tags)
        case "code_inline":
            return f"<code>{_shown(child.content, tags)}</code>"
        case "link_open":
            return f'<a href="{_shown(str(child.attrs["href"]), tags, as_link=True)}" {_LINK}>'
        case "image":
            source = _shown(str(child.attrs["src"]), tags, as_link=True)
            return f'<img src="{source}" alt="{_shown(child.content, tags)}" style="{_IMAGE}">'
        case _:
            return f"<{'/' if child.nesting < 0 else ''}{child.tag}>"


def _shown(text: str, tags: Sequence[Tag], *, as_link: bool = False) -> str:
    return restore(literal(escapeHtml(text), html=True), tags, as_link=as_link)
