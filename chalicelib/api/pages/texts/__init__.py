"""What the pages say: one file a language, ``<code>.toml``; to add a language, add its file."""

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from chalicelib.domain.errors import InvalidSetting
from chalicelib.domain.messages.languages import chosen

FALLBACK = "en"
FOLDER = Path(__file__).parent


def available() -> tuple[str, ...]:
    """The languages that have texts, the fallback first."""
    found = sorted(path.stem for path in FOLDER.glob("*.toml"))
    return (FALLBACK, *(language for language in found if language != FALLBACK))


@cache
def texts_in(wanted: str) -> tuple[str, Mapping[str, str]]:
    """The language to show for the wanted one, and its texts."""
    language = chosen(wanted, available())
    return language, tomllib.loads((FOLDER / f"{language}.toml").read_text(encoding="utf-8"))


def check(languages: Sequence[str]) -> None:
    """Raise ``InvalidSetting``, naming the first of these languages that has no texts or lacks one."""
    _, whole = texts_in(FALLBACK)
    for language in languages:
        if language not in available():
            raise InvalidSetting(f"LANGUAGES: the pages have no texts in {language!r}")
        _, texts = texts_in(language)
        if missing := sorted(whole.keys() - texts.keys()):
            raise InvalidSetting(f"LANGUAGES: the texts of the pages in {language!r} lack {missing[0]!r}")
