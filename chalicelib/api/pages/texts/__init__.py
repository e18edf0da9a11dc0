"""The texts of the pages, one file per language, ``<code>.toml``; to add a language, add its file."""

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
    """The language to show for the wanted one, and its texts; missing texts are English."""
    language = chosen(wanted, available())
    return language, {**_texts(FALLBACK), **_texts(language)}


def check(languages: Sequence[str]) -> None:
    """Raise ``InvalidSetting`` that names the first of these languages with missing texts."""
    whole = _texts(FALLBACK)
    for language in languages:
        if language not in available():
            raise InvalidSetting(f"LANGUAGES: the pages have no texts in {language!r}")
        if missing := sorted(whole.keys() - _texts(language).keys()):
            raise InvalidSetting(f"LANGUAGES: the texts of the pages in {language!r} lack {missing[0]!r}")


def _texts(language: str) -> Mapping[str, str]:
    import tomllib  # only when the first page is shown

    return tomllib.loads((FOLDER / f"{language}.toml").read_text(encoding="utf-8"))
