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
    """Every version of every journey in ``folder``, each with its messages in each of the shop's ``languages``.

    ``only``: the keys of the wanted journeys; no other is read.

    Raises ``InvalidJourney`` that names a journey that could not run or lacks a message, ``InvalidSetting`` that names
    a language without a file that all messages share.
    """
    check_shared(languages, folder)
    return Journeys.of(_checked(languages, folder, only), folder)


def check_shared(languages: Sequence[str], folder: Path = FOLDER) -> None:
    """Raise ``InvalidSetting`` that names a language without one of the files that all messages share."""
    shared = {path.name.replace(f"{path.suffixes[-2]}.", ".{}.") for path in folder.glob("messages/*.*.*")}
    for language in languages:
        for name in sorted(shared):
            if not (folder / "messages" / name.format(language)).exists():
                raise InvalidSetting(f"LANGUAGES: there is no {name.format(language)!r} for the language {language!r}")


@cache
def versions() -> Mapping[tuple[str, int], Journey]:
    """Every version of every journey here by ``(key, version)``, in whichever languages its messages exist."""
    return registered(()).versions


@cache
def current() -> tuple[Journey, ...]:
    """The newest version of each journey here."""
    return registered(()).current


def messages_of(folder: Path) -> dict[str, set[str]]:
    """The messages in a journey's folder (``messages/<name>.<language>.md``), each with its languages."""
    found: dict[str, set[str]] = {}
    for path in folder.glob("messages/*.*.md"):
        name, language, _ = path.name.rsplit(".", 2)
        found.setdefault(name, set()).add(language)
    return found


def _checked(languages: Sequence[str], root: Path, only: Collection[str] | None) -> Iterator[Journey]:
    keys = [path.parent.name for path in root.glob("*/__init__.py")] if only is None else only
    for folder in (root / key for key in sorted(keys)):
        for journey in getattr(_module(folder), "JOURNEYS", ()):
            if journey.key != folder.name:
                raise InvalidJourney(journey.key, f"its key must be its folder's name, {folder.name!r}")
            journey.check_messages(messages_of(folder), tuple(languages))
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
