"""Converts a row to a fact: the types of the API's bodies validate it, and errors name the file's own columns."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import msgspec

from chalicelib.domain.errors import InvalidFact
from chalicelib.domain.facts.cart import Cart
from chalicelib.domain.facts.inbound import InboundFact, Person
from chalicelib.sources import bodies
from chalicelib.sources.history.cells import counted_lines
from chalicelib.sources.history.columns import FileKind
from chalicelib.sources.history.fields import RowFields
from chalicelib.sources.reading.times import QUOTED

PERSONAL = ("email", "name")
"""Fields that errors do not quote."""
TIME_EXPECTED = "expected a time with its offset, such as 2026-03-02T10:05:00Z"
_TIME_PROBLEMS = ("invalid RFC3339 encoded datetime", "expected `datetime` with a timezone component")
_PATH = re.compile(r"\$\.?(\w*)(.*)", re.DOTALL)


Account = Callable[[str | None], str | None]


def as_it_is(own_id: str | None) -> str | None:
    """The shop's own ids are all of accounts."""
    return own_id


def fact_of(
    row: RowFields,
    kind: FileKind,
    source: str,
    now: datetime | None = None,
    account: Account = as_it_is,
    *,
    is_public: bool = False,
) -> InboundFact:
    """The fact in a row, about a customer of this source; raises ``InvalidFact``, its field a column of the file.

    If ``now`` is given, a time ahead of it is invalid. ``account``: the source's reading of an id, None for a guest's.
    ``is_public``: anybody can speak for its accounts later, so all that a row says of one is what it claims.
    """
    body = {**row.values, "type": kind.tag}
    count = body.pop("lines") if isinstance(body.get("lines"), int) else None
    try:
        found = bodies.fact_of(msgspec.json.encode(body), now)
    except InvalidFact as error:
        raise _in_the_files_words(error, row, kind) from None
    except UnicodeEncodeError:
        raise InvalidFact(_not_unicode(row), "expected UTF-8") from None
    for field, problem in row.faults.items():
        raise InvalidFact(row.names[field], problem)
    if count is not None and isinstance(found.fact, Cart):
        found = replace(found, fact=replace(found.fact, lines=counted_lines(count, found.fact.total)))
    if found.person is None:
        return found
    person = _of_source(found.person, source, account, row, kind)
    if is_public:
        _check_account(person, row, kind)
        person = replace(person, is_public=True, is_verified=False)
    return replace(found, person=person)


def _of_source(person: Person, source: str, account: Account, row: RowFields, kind: FileKind) -> Person:
    """The person as the system knows them whose ids the file has; raises ``InvalidFact`` for one without a name."""
    own_id = account(person.id)
    if own_id is None and person.email is None:
        raise InvalidFact(_id_column(row, kind), "is a guest's, who needs an email")
    return replace(person, source=source, id=own_id)


def _check_account(person: Person, row: RowFields, kind: FileKind) -> None:
    """Raise ``InvalidFact`` for a guest of a source in which an address is only claimed: it is unknown who they are."""
    if person.id is None:
        raise InvalidFact(_id_column(row, kind), "is needed: of this system an address alone is nobody's")


def _id_column(row: RowFields, kind: FileKind) -> str:
    field = "id" if kind.tag == "customer" else "customer_id"
    return row.names.get(field, field)


def _in_the_files_words(error: InvalidFact, row: RowFields, kind: FileKind) -> InvalidFact:
    field, rest = _PATH.fullmatch(error.field).groups()  # type: ignore[union-attr]
    if not field:
        return InvalidFact("row", error.problem.replace("is unknown", "it has an unknown field"))
    if row.faults and (field in row.faults or field not in row.names):
        field, problem = next((name, row.faults[name]) for name in (field, *row.faults) if name in row.faults)
        return InvalidFact(row.names[field], problem)
    text = row.texts.get(field)
    quoted = "" if text is None or field in PERSONAL else f", got {text[:QUOTED]!r}"
    name = row.names.get(field) or next((column.name for column in kind.fields.get(field, ())), field)
    problem = TIME_EXPECTED if error.problem in _TIME_PROBLEMS else error.problem
    return InvalidFact(name + rest, problem + quoted)


def _not_unicode(row: RowFields) -> str:
    """The column with invalid UTF-8."""
    broken = (row.names[field] for field, text in row.texts.items() if text != text.encode("utf-8", "ignore").decode())
    return next(broken, "row")
