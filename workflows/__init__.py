"""The journeys: one folder each, found automatically. To add one, add a folder that declares ``JOURNEYS = (...)``.

Old versions stay in their folder's ``JOURNEYS`` until their last enrollment has ended; the newest one enrolls.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from chalicelib.domain.errors import InvalidJourney, InvalidSetting
from chalicelib.domain.journeys.journey import Journey
from chalicelib.domain.journeys.registry import Journeys

FOLDER = Path(__file__).parent


def registered(languages: Sequence[str], folder: Path = FOLDER, only: Collection[str] | None = None) -> Journeys:
    """Every version of every journey in ``folder``, each with its templates in each of the shop's ``languages``.

    ``only``: the keys of the wanted journeys; no other is read.

    Raises ``InvalidJourney`` that names a journey that could not run or lacks a template, ``InvalidSetting`` that names
    a language without a shared template.
    """
    check_shared(languages, folder)
    return Journeys.of(_checked(languages, folder, only), folder)


def check_shared(languages: Sequence[str], folder: Path = FOLDER) -> None:
    """Raise ``InvalidSetting`` that names a language without one of the templates that all messages share."""
    pieces = {path.name for path in folder.glob("templates/*/*")}
    for language in languages:
        if missing := sorted(name for name in pieces if not (folder / "templates" / language / name).exists()):
            raise InvalidSetting(f"LANGUAGES: the shared template {missing[0]!r} lacks the language {language!r}")


@cache
def versions() -> Mapping[tuple[str, int], Journey]:
    """Every version of every journey here by ``(key, version)``, in whichever languages its templates exist."""
    return registered(()).versions


@cache
def current() -> tuple[Journey, ...]:
    """The newest version of each journey here."""
    return registered(()).current


def templates_of(folder: Path) -> dict[str, dict[str, set[str]]]:
    """The templates of a journey's folder, each with its languages and the parts that exist in them."""
    found: dict[str, dict[str, set[str]]] = {}
    for path in folder.glob("templates/*/*.*"):
        found.setdefault(path.stem, {}).setdefault(path.parent.name, set()).add(path.suffix[1:])
    return found


def _checked(languages: Sequence[str], root: Path, only: Collection[str] | None) -> Iterator[Journey]:
    keys = [path.parent.name for path in root.glob("*/__init__.py")] if only is None else only
    for folder in (root / key for key in sorted(keys)):
        for journey in getattr(_module(folder), "JOURNEYS", ()):
            if journey.key != folder.name:
                raise InvalidJourney(journey.key, f"its key must be its folder's name, {folder.name!r}")
            journey.check_templates(templates_of(folder), tuple(languages))
            yield journey


def _module(folder: Path) -> ModuleType:
    if folder.parent == FOLDER:
        return import_module(f"{__name__}.{folder.name}")
    spec = spec_from_file_location(f"{__name__}_elsewhere.{folder.name}", folder / "__init__.py")
    if spec is None or spec.loader is None:
        raise InvalidJourney(folder.name, "its folder cannot be imported")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
