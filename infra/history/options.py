"""The options that say how a file of a shop's history is written: the same for ``rekindle import`` and ``replay``."""

import argparse
import codecs
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from chalicelib.domain.facts.inbound import SHOP
from chalicelib.domain.money import is_currency
from chalicelib.sources.history.columns import FileKind
from chalicelib.sources.reading.dialect import DECIMALS, SEPARATORS, Dialect
from chalicelib.sources.reading.exports import Export
from chalicelib.sources.registry import sources
from infra.history.reading import FileOptions
from infra.terminal.problem import Problem

HOW = (
    "map", "format", "separator", "encoding", "zone", "currency", "decimal", "time_format", "written_at"
)  # fmt: skip


def formats() -> tuple[str, ...]:
    """The systems whose own files can be read."""
    return tuple(name for name, source in sources().items() if source.exports())


def add_file_options(parser: argparse.ArgumentParser) -> None:
    """How the file is written."""
    group = parser.add_argument_group("how the file is written")
    group.add_argument(
        "--format", choices=formats(), help="a file that this system itself exports (docs/import.md says which)"
    )
    group.add_argument(
        "--map", metavar="NAME=COLUMN", action="append", default=[], help="read column NAME from the file's COLUMN"
    )
    group.add_argument(
        "--separator", choices=tuple(SEPARATORS), help="of cells (default: which stands most often in the header)"
    )
    group.add_argument("--encoding", metavar="NAME", help="if it is not UTF-8: cp1252, cp949, cp932, ...")
    group.add_argument("--zone", metavar="ZONE", help="the IANA zone of times without an offset, such as Asia/Seoul")
    group.add_argument("--currency", metavar="CODE", help="the ISO 4217 currency of all rows, if they name none")
    group.add_argument(
        "--decimal", choices=tuple(DECIMALS), help="what separates decimals: 1,234.56 has a point, 1.234,56 a comma"
    )
    group.add_argument("--time-format", metavar="FORM", help="of all times, such as %%m/%%d/%%Y %%H:%%M")
    group.add_argument(
        "--written-at", metavar="TIME", help="when a system exported it (default: when the file was written)"
    )


def file_options(args: argparse.Namespace, kind: FileKind, what: str, source: str | None = None) -> FileOptions:
    """The options as they were given; raises ``Problem``. ``what``: the contents of a file that a system exports."""
    if args.format and source not in (None, SHOP, args.format):
        raise Problem(f"--source {source}: a file of {args.format} has its ids")
    separator = SEPARATORS[args.separator] if args.separator else None
    return FileOptions(
        source=args.format or source or SHOP,
        mapping=_mapping(args.map, kind, is_free=args.format is None),
        dialect=Dialect(
            separator, _zone(args.zone), _currency(args.currency), DECIMALS.get(args.decimal), args.time_format
        ),
        encoding=_encoding(args.encoding),
        export=_export(args.format, what) if args.format else None,
        written_at=_time(args.written_at),
    )


def _export(system: str, what: str) -> Export:
    known = sources()[system].exports()
    if what not in known:
        raise Problem(f"--format {system}: it exports {' and '.join(known)}, and no {what}")
    found: Export = known[what]
    return found


def _mapping(given: Sequence[str], kind: FileKind, *, is_free: bool) -> Mapping[str, str]:
    names = [column.name for column in kind.columns]
    found = {}
    for text in given:
        if not is_free:
            raise Problem(f"--map {text}: the columns of --format are known")
        name, equals, column = text.partition("=")
        if not equals or name not in names:
            raise Problem(f"--map {text}: expected NAME=COLUMN with one of these names: {', '.join(names)}")
        found[name] = column
    return found


def _zone(name: str | None) -> str | None:
    if name is None:
        return None
    try:
        return ZoneInfo(name).key
    except (ValueError, OSError, KeyError):
        raise Problem(f"--zone {name}: expected an IANA time zone such as Europe/London") from None


def _currency(code: str | None) -> str | None:
    if code is not None and not is_currency(code):
        raise Problem(f"--currency {code}: expected an ISO 4217 code such as EUR")
    return code


def _encoding(name: str | None) -> str | None:
    if name is None:
        return None
    try:
        "".encode(name)  # refuses what is no encoding of text, such as base64
        return "utf-8-sig" if codecs.lookup(name).name == "utf-8" else name
    except (LookupError, ValueError):
        raise Problem(f"--encoding {name}: there is no such encoding; cp1252, cp949 and cp932 are some") from None


def _time(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise Problem(f"--written-at {text}: expected a time with its offset, such as 2026-03-02T10:05:00Z")
    return at.astimezone(UTC)


def as_given(args: argparse.Namespace, source: str | None = None) -> list[object]:
    """What was given, for telling one way of reading a file from another."""
    return [source or SHOP, *(sorted(args.map) if name == "map" else getattr(args, name) for name in HOW)]
