"""Bodies with values that do not fit: what can be left out is left out, and what is meant is read.

PHP, plug-ins and scripts write many things for nothing, and one type for another.
"""

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from decimal import Decimal
from enum import Enum
from typing import Any

import msgspec
from msgspec import Raw

from chalicelib.domain.errors import InvalidFact
from chalicelib.sources.decoding import decoded, read_by

MOST_REPAIRS = 30
"""Of a body: each reads all of it again."""
EMPTY: tuple[Any, ...] = ("", [], {}, None)
"""What PHP and plug-ins write for nothing, besides ``false``."""
NO_TIMES = ("0000-00-00", "-0001-11-30")
"""How MySQL and PHP write that there is no time."""
IDS = frozenset(("int", "str"))
"""What an id may be: one of another type is an error, since ids identify and count."""
_EXPECTED = re.compile("expected `(.+?)`, got `")
_ID_NAME = re.compile(r"^id$|_id$|[a-z]Id$|token$")
_STEP = re.compile(r"\.(\w+)|\[(\d+)\]")
_DECODE = msgspec.json.Decoder(float_hook=lambda text: _number(text)).decode
_ENCODE = msgspec.json.Encoder(decimal_format="number").encode


def repaired(body: bytes | Raw, kind: Any, path: str, report: Callable[[InvalidFact], object]) -> Any:
    """As ``decoded``, but what can be left out and is empty or of another type is left out.

    PHP writes an empty list for an object, an object for a list with gaps, and an empty text or ``false`` for what it
    does not have; plug-ins write numbers for texts, which are read. What is there and does not fit (a time that is
    none) is an error, and so is what is needed. ``report`` is told what was there and is left out, once for all of a
    list.
    """
    try:
        return decoded(body, kind, path)
    except InvalidFact:
        value = _plain(body)
        if value is None:
            raise
    left_out: dict[str, InvalidFact] = {}
    for _ in range(MOST_REPAIRS):
        try:
            return decoded(_ENCODE(value), kind, path)
        except InvalidFact as error:
            if needed := left_out.get(error.field):
                raise needed from None
            repair = _repair(value, error.field.removeprefix(path), error.problem)
            if repair is None:
                raise
            if repair is _Repair.LEAVE_OUT:
                report(error)
            if not error.field.endswith("]"):  # what follows in a list moves up
                left_out[error.field] = error
    return decoded(_ENCODE(value), kind, path)


class _Repair(Enum):
    TEXT = "a number is made the text that is expected"
    LIST = "an object is made the list that is expected"
    NOTHING = "what stands for nothing is left out"
    LEAVE_OUT = "what is there and does not fit is left out"


def _plain(body: bytes | Raw) -> Any:
    """As dicts, lists and decimals; None if it is no JSON."""
    try:
        return read_by(_DECODE, body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def _repair(value: Any, field: str, problem: str) -> _Repair | None:
    """Repair the field of a decoded value; None if it may not be.

    Where it is in a list, all of the list that are wrong in the same way are repaired at once: those of the same type,
    or with the same value.
    """
    *way, last = (name or int(place) for name, place in _STEP.findall(field)) if field else (None,)
    expected = _EXPECTED.match(problem)
    kinds = frozenset(expected[1].split(" | ")) - {"null"} if expected else frozenset()
    (place,) = _places(value, way)
    while place == {} and way:  # nothing is meant by it, not what is needed in it
        last = way.pop()
        (place,) = _places(value, way)
    if last is None or (last not in place if isinstance(place, dict) else not isinstance(place, list)):
        return None
    found = place[last]
    if (repair := _repair_of(found, last, kinds)) is None:
        return None
    for each in _places(value, [None if isinstance(step, int) else step for step in way]):
        alike = {
            name
            for name in _names(each, last)
            if type(each[name]) is type(found)
            and (expected or each[name] == found)
            and _repair_of(each[name], name, kinds) is repair
        }
        if alike:
            _apply(repair, each, alike)
    return repair


def _places(value: Any, way: Iterable[str | int | None]) -> list[Any]:
    """What lies at the end of this way into a value; None on it is each element of a list."""
    found = [value]
    for step in way:
        if step is None:
            found = [inner for each in found if isinstance(each, list) for inner in each]
        else:
            has = [each for each in found if isinstance(each, list) or (isinstance(each, dict) and step in each)]
            found = [each[step] for each in has]  # type: ignore[index]  # a step into a list is a number
    return found


def _names(place: Any, last: str | int) -> Sequence[Any]:
    """Where in a list or an object the value may be, or others like it."""
    if isinstance(place, list) and isinstance(last, int):
        return range(len(place))
    return [last] if isinstance(place, dict) and last in place else []


def _repair_of(found: Any, name: Any, kinds: frozenset[str]) -> _Repair | None:
    if kinds == {"str"} and isinstance(found, int | Decimal) and not isinstance(found, bool):
        return _Repair.TEXT
    if kinds == {"array"} and isinstance(found, dict) and _is_list(found):
        return _Repair.LIST
    if found is False or found in EMPTY or str(found).startswith(NO_TIMES):
        return _Repair.NOTHING
    return None if not kinds or _is_id(name, kinds) else _Repair.LEAVE_OUT


def _apply(repair: _Repair, place: Any, names: Collection[Any]) -> None:
    match repair:
        case _Repair.TEXT:
            for name in names:
                place[name] = str(place[name])
        case _Repair.LIST:
            for name in names:
                place[name] = list(place[name].values())
        case _Repair.NOTHING | _Repair.LEAVE_OUT if isinstance(place, list):
            place[:] = [each for number, each in enumerate(place) if number not in names]
        case _Repair.NOTHING | _Repair.LEAVE_OUT:
            for name in names:
                del place[name]


def _is_list(found: dict[str, Any]) -> bool:
    """Whether it is a list with gaps, as PHP writes it."""
    return any(found.values()) and all(isinstance(each, dict) or each in EMPTY for each in found.values())


def _number(text: str) -> Decimal | str:
    """A number; one that is too large for any is only a text."""
    try:
        return Decimal(text)
    except ArithmeticError:
        return text


def _is_id(name: Any, kinds: frozenset[str]) -> bool:
    """Whether a field of these types identifies something."""
    return kinds <= IDS and _ID_NAME.search(str(name)) is not None
