"""The shop's languages: each needs every journey's templates, and the texts of the pages behind links."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence

import workflows
from chalicelib import config
from chalicelib.api.pages import texts
from chalicelib.domain.errors import InvalidJourney, InvalidSetting
from chalicelib.domain.journeys.journey import Journey
from infra.package.packaged import merge_template
from infra.terminal.problem import Problem


def configured(text: str | None = None, environment: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """The languages in ``text``, else of the setting LANGUAGES, else the template's default; raises ``Problem``."""
    text = text or environment.get("LANGUAGES") or str(merge_template()["Parameters"]["Languages"]["Default"])
    try:
        return config.languages_of(text)
    except ValueError as error:
        raise Problem(f"languages: {error}") from None


def missing(languages: Sequence[str], journeys: Iterable[Journey]) -> Iterator[str]:
    """A line for each journey that lacks one of these languages, and for the pages; each names what is missing."""
    for journey in journeys:
        try:
            journey.check_messages(workflows.messages_of(workflows.FOLDER / journey.key), tuple(languages))
        except InvalidJourney as error:
            yield str(error)
    for check_all in (workflows.check_shared, texts.check):
        try:
            check_all(languages)
        except InvalidSetting as error:
            yield str(error)


def check(languages: Sequence[str]) -> None:
    """Raise ``Problem`` with the first thing that is missing in one of these languages."""
    for line in missing(languages, workflows.versions().values()):
        raise Problem(line)
