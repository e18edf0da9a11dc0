"""The journeys: one folder each, found by itself. To add one, add a folder that says ``JOURNEYS = (...)``.

Old versions stay in their folder's ``JOURNEYS`` until their last enrollment has ended; the newest one enrolls.
"""

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path

from chalicelib.domain.errors import InvalidJourney
from chalicelib.domain.journeys.journey import Journey

FOLDER = Path(__file__).parent
PARTS = (".subject", ".html", ".txt")
LANGUAGES = ("en", "ko", "ja")


@cache
def versions() -> Mapping[tuple[str, int], Journey]:
    """Every version of every journey by ``(key, version)``; raises ``InvalidJourney`` for one that could not run."""
    found: dict[tuple[str, int], Journey] = {}
    for folder in sorted(path.parent for path in FOLDER.glob("*/__init__.py")):
        module = import_module(f"{__name__}.{folder.name}")
        for journey in getattr(module, "JOURNEYS", ()):
            if journey.key != folder.name:
                raise InvalidJourney(journey.key, f"its key must be its folder's name, {folder.name!r}")
            if (journey.key, journey.version) in found:
                raise InvalidJourney(journey.key, f"version {journey.version} is defined twice")
            journey.check_templates(templates_of(folder), LANGUAGES)
            found[journey.key, journey.version] = journey
    return found


@cache
def current() -> tuple[Journey, ...]:
    """The newest version of each journey: the ones that enroll."""
    newest = dict(sorted(versions()))
    return tuple(versions()[key, version] for key, version in newest.items())


def templates_of(folder: Path) -> dict[str, set[str]]:
    """The templates of a journey's folder, each with the languages in which all of its parts exist."""
    found: dict[str, set[str]] = {}
    for subject in folder.glob("templates/*/*.subject"):
        if all(subject.with_suffix(part).exists() for part in PARTS):
            found.setdefault(subject.stem, set()).add(subject.parent.name)
    return found
