"""What a line end within a paragraph of the source means in the message."""

from markdown_it.token import Token

from infra.messages.markdown import is_wide

_WITHOUT_SPACES = ("ja", "zh")


def between(before: Token | None, after: Token | None, language: str) -> str:
    """A space, or nothing where the language writes none.

    Between two signs of Chinese or Japanese there is none, in Korean there is (CSS Text, "segment break
    transformation"). Where a value stands at the line's end, the language decides.
    """
    first = before.content[-1:] if before and before.type == "text" else ""
    second = after.content[:1] if after and after.type == "text" else ""
    if _is_spaceless(first) and _is_spaceless(second):
        return ""
    is_of_language = language in _WITHOUT_SPACES and not (first.isascii() and second.isascii() and first and second)
    return "" if is_of_language else " "


def _is_spaceless(character: str) -> bool:
    return bool(character) and is_wide(character) and not "\uac00" <= character <= "\ud7a3"
