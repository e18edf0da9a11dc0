"""How the shop's mails look: ``workflows/brand.toml``."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Colors:
    """Colours, each ``#rrggbb``. ``page`` is behind the ``card`` with the message; ``muted`` is small text."""

    text: str
    muted: str
    page: str
    card: str
    line: str
    link: str
    button: str
    button_text: str


@dataclass(frozen=True, slots=True)
class Logo:
    """The shop's logo by its https links; ``dark`` is shown on dark mails. ``width`` is in pixels."""

    light: str
    width: int
    dark: str = ""


@dataclass(frozen=True, slots=True)
class Brand:
    """The whole of it. ``fonts``: CSS font families by language, with a ``default``; no ``logo``: the shop's name."""

    colors: Colors
    dark: Colors
    fonts: Mapping[str, str] = field(default_factory=lambda: {"default": "Arial, sans-serif"})
    logo: Logo | None = None

    def font(self, language: str) -> str:
        """The font families of a language."""
        return self.fonts.get(language) or self.fonts["default"]
