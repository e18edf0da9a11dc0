"""Whether the brand's colours can be read: the contrast of WCAG 2.2, 1.4.3 (https://www.w3.org/TR/WCAG22/)."""

import re
from collections.abc import Iterator
from dataclasses import fields

from chalicelib.domain.messages.brand import Brand, Colors

LEAST = 4.5
READ_ON = (
    ("text", "card"),
    ("text", "page"),
    ("muted", "card"),
    ("muted", "page"),
    ("link", "card"),
    ("link", "page"),
    ("button_text", "button"),
)
"""What is read on what."""
_COLOR = re.compile("#[0-9a-fA-F]{6}")


def faults(brand: Brand) -> Iterator[str]:
    """A line for each colour that is none, and for each two that are hard to tell apart."""
    for name, colors in (("colors", brand.colors), ("dark", brand.dark)):
        odd = [each.name for each in fields(Colors) if not _COLOR.fullmatch(getattr(colors, each.name))]
        yield from (f"brand.toml: [{name}] {each}: expected a colour such as #1f5c4d" for each in odd)
        for front, behind in READ_ON:
            if not {front, behind} & set(odd):
                found = contrast(getattr(colors, front), getattr(colors, behind))
                if found < LEAST:
                    problem = f"hard to read on {behind}: the contrast is {found:.1f}, not {LEAST}"
                    yield f"brand.toml: [{name}] {front}: {problem}"


def contrast(one: str, other: str) -> float:
    """The contrast of two colours ``#rrggbb``, from 1 to 21."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: str) -> float:
    red, green, blue = (_linear(int(color[place : place + 2], 16) / 255) for place in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)
