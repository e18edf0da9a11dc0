"""What could not be read of a request: reported, and in its answer. Imported with the first one."""

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

from chalicelib.api.parts import GetParts
from chalicelib.domain.errors import InvalidFact
from chalicelib.domain.facts.rejection import Rejection

MOST_TOLD = 100
"""Errors in an answer: Lambda's answers are limited. All are counted and reported."""


def report(parts: GetParts, source: str, errors: Iterable[tuple[str, InvalidFact]]) -> Mapping[str, Any]:
    """``{"rejected": [{"field": …, "problem": …}]}`` for these errors, each with its message's topic; else nothing."""
    found = list(errors)
    if not found:
        return {}
    parts().reject(Rejection.of(source, topic, error) for topic, error in found)
    return answered(error for _, error in found)


def answered(errors: Iterable[InvalidFact]) -> Mapping[str, Any]:
    """As ``report`` answers; nothing is reported."""
    told = [{"field": error.field, "problem": error.problem} for error in islice(errors, MOST_TOLD)]
    return {"rejected": told} if told else {}
