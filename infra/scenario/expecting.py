"""Checks an ``expect`` step: each part that differs is a heading and a difference."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from chalicelib.services.kpis import Kpis
from chalicelib.wiring import Parts
from infra.machine.inbox import AcceptedMail
from infra.scenario import figures, mails, outcomes
from infra.scenario.matching import difference, is_complete, is_included
from infra.scenario.story import Expect, ExpectedMail

Found = list[str]
"""The lines that explain one difference."""


def differences(expect: Expect, new: Sequence[AcceptedMail], parts: Parts, now: datetime) -> Iterator[Found]:
    """Each difference. ``new``: the mails since the last expectation."""
    yield from _mails(expect.mails, new, now, complete=True)
    yield from _mails(expect.mails_include, new, now, complete=False)
    for who, lines in (expect.outcomes or {}).items():
        yield from _outcomes(who, lines, parts, complete=True)
    for who, lines in (expect.outcomes_include or {}).items():
        yield from _outcomes(who, lines, parts, complete=False)
    if expect.figures:
        yield from _figures(expect.figures, parts.kpis())


def _mails(
    wanted: list[ExpectedMail] | None, new: Sequence[AcceptedMail], now: datetime, *, complete: bool
) -> Iterator[Found]:
    if wanted is None:
        return

    def fits(one: ExpectedMail, mail: AcceptedMail) -> bool:
        return mails.fits(one, mail, now)

    if is_complete(wanted, new, fits, lambda mail: mail.at) if complete else is_included(wanted, new, fits):
        return
    lines = difference(wanted, new, fits, lambda one: mails.shown(one, now), mails.shown_found)
    yield ["mails since the last expectation:", *_relevant(lines, complete)]


def _outcomes(who: str, wanted: list[str], parts: Parts, *, complete: bool) -> Iterator[Found]:
    found = outcomes.outcomes_of(parts, who)
    if found is None and wanted:
        yield [f"nobody is known as {who}"]
        return
    lines = found or []
    if (
        is_complete(wanted, lines, outcomes.fits, lambda line: line.at)
        if complete
        else is_included(wanted, lines, outcomes.fits)
    ):
        return
    shown = difference(wanted, lines, outcomes.fits, str, lambda line: f"{line.text}  ({line.at:%Y-%m-%d %H:%M:%S})")
    yield [f"outcomes of {who}:", *_relevant(shown, complete)]


def _relevant(lines: Iterator[str], complete: bool) -> list[str]:
    """The lines; without completeness, those that are there besides are marked as no difference."""
    return [line if complete or not line.startswith("+") else f" {line[1:]}" for line in lines]


def _figures(wanted: dict[str, float | None], found: Kpis) -> Iterator[Found]:
    known = figures.values(found)
    wrong = {
        name: value
        for name, expected in wanted.items()
        if not _is_same(expected, value := figures.value_of(name, known))
    }
    if wrong:
        pairs = ((f"- {name}: {_number(wanted[name])}", f"+ {name}: {_number(value)}") for name, value in wrong.items())
        yield ["figures:", *(line for pair in pairs for line in pair)]


def _is_same(expected: float | None, found: float | None) -> bool:
    if expected is None or found is None:
        return expected is found
    return abs(expected - found) <= 1e-9 * max(1, abs(expected))


def _number(value: float | None) -> str:
    return "null" if value is None else f"{value:g}" if value != int(value) else f"{int(value)}"
