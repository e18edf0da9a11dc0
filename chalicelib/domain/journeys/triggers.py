"""The events that begin, end and wake a run, as a definition names them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chalicelib.domain.facts.fact import Event

if TYPE_CHECKING:
    from chalicelib.domain.facts.facts import Facts


EventPredicate = Callable[[Any, "Facts"], bool]


@dataclass(frozen=True, slots=True)
class On:
    """An event of one kind; with ``key``, only about the enrollment's subject; with ``when``, only if that is true."""

    event: type[Event]
    key: str | None = None
    when: EventPredicate | None = None

    def __or__(self, other: On | Either) -> Either:
        return Either((self, *alternatives(other)))


@dataclass(frozen=True, slots=True)
class Either:
    """Any one of several events; written ``On(...) | On(...)``."""

    options: tuple[On, ...]

    def __or__(self, other: On | Either) -> Either:
        return Either((*self.options, *alternatives(other)))


def alternatives(on: On | Either | None) -> tuple[On, ...]:
    """The single events in ``on``."""
    match on:
        case None:
            return ()
        case On():
            return (on,)
        case Either(options):
            return options
