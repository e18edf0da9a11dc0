"""Writes a message's tokens as the plain text of its Jinja template."""

from collections.abc import Sequence

from markdown_it.token import Token

from infra.messages.breaks import between
from infra.messages.lines import Lines
from infra.messages.tags import Tag, literal, restore

_LINE_END = '{{ "\\n" }}'
_PARAGRAPH_END = '{{ "\\n\\n" }}'


def write_text(tokens: Sequence[Token], tags: Sequence[Tag], language: str, lines: Lines) -> None:
    """Add the plain text of these tokens to the source."""
    lists: list[int] = []
    for number, token in enumerate(tokens):
        if token.map and token.nesting >= 0:
            lines.go_to(token.map[0] + 1)
        match token.type:
            case "inline":
                _write_inline(token, tags, language, lines)
                lines.add(_LINE_END if tokens[number + 1].hidden else _PARAGRAPH_END)
            case "tag":
                lines.add(_block(token.meta["tag"]))
            case "bullet_list_open" | "ordered_list_open":
                lists.append(0)
            case "bullet_list_close" | "ordered_list_close":
                lists.pop()
                lines.add("" if lists else _LINE_END)
            case "list_item_open":
                lists[-1] += 1
                lines.add("  " * (len(lists) - 1) + (f"{lists[-1]}. " if token.markup in ".)" else "- "))
            case "hr":
                lines.add("----" + _PARAGRAPH_END)
            case _:
                pass  # an element that plain text does not show


def _block(tag: Tag) -> str:
    return tag.source if tag.keyword else f"{{{{ ({tag.expression}) | paragraph }}}}"


def _write_inline(token: Token, tags: Sequence[Tag], language: str, lines: Lines) -> None:
    children, targets = token.children or [], list[str]()
    line = token.map[0] + 1 if token.map else 1
    for number, child in enumerate(children):
        match child.type:
            case "softbreak" | "hardbreak":
                line += 1
                lines.go_to(line)
                after = children[number + 1] if number + 1 < len(children) else None
                lines.add(_LINE_END if child.type == "hardbreak" else between(children[number - 1], after, language))
            case "text" | "code_inline" | "image":
                lines.add(_shown(child.content, tags))
            case "link_open":
                targets.append(_shown(str(child.attrs["href"]), tags, as_link=True))
            case "link_close":
                lines.add(_target(targets.pop(), children[number - 1]))
            case _:
                pass


def _target(target: str, label: Token) -> str:
    """Where a link leads, unless its label says so; in angle brackets (RFC 3986, appendix C)."""
    is_said = label.type == "text" and target.removeprefix("mailto:").removeprefix("tel:") == label.content
    return "" if is_said else f" <{target}>"


def _shown(text: str, tags: Sequence[Tag], *, as_link: bool = False) -> str:
    return restore(literal(text, html=False), tags, as_link=as_link)
