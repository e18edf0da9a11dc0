"""Files that a shop system itself writes: read as its webhooks are, so that both know the same people and things."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar, TextIO

from chalicelib.domain.errors import InvalidFact
from chalicelib.domain.facts.inbound import InboundFact
from chalicelib.domain.facts.order import Order
from chalicelib.domain.money import rounded_units
from chalicelib.sources.history.cells import own_id
from chalicelib.sources.history.csv_records import CsvRecords
from chalicelib.sources.history.lines import FileRecord, TextLine, grouped, text_lines, too_long
from chalicelib.sources.reading.dialect import Dialect
from chalicelib.sources.reading.exports import Body, Export
from chalicelib.sources.source import Source
from chalicelib.sources.webhook import Unreadable, WebhookRequest


@dataclass(frozen=True)
class ExportReader:
    """Reads the bodies of one system. ``at``: when the file was written; ``now``: when it is read, if that matters."""

    source: Source
    export: Export
    dialect: Dialect
    at: datetime
    now: datetime | None

    def facts_in(self, body: Body) -> list[InboundFact]:
        """What a body says, as the webhook would; raises ``InvalidFact``, its field a column if there is one."""
        self._check_ids(body.content)
        request = WebhookRequest(
            {self.source.topic_header: self.export.topic},
            json.dumps(body.content).encode(),
            self.now or self.at,
            self.dialect.zone or "UTC",
        )
        try:
            items = self.source.webhook().read(request).items
        except InvalidFact as error:
            raise self._in_words(error) from None
        found = [self._owned(each) for each in items if isinstance(each, InboundFact)]
        for each in items:
            if isinstance(each, Unreadable) and not found:  # else it is only a part that was left out
                raise self._in_words(each.error)
        return [_refunded(each, body.refunded) for each in found]

    def _check_ids(self, content: Mapping[str, Any]) -> None:
        """Raise ``InvalidFact`` for an id that a spreadsheet has rounded: it may be of several people or things."""
        buyer = content.get("customer")
        for path, value in (
            ("$.id", content.get("id")),
            ("$.customer_id", content.get("customer_id")),
            ("$.customer.id", buyer.get("id") if isinstance(buyer, dict) else None),
        ):
            try:
                own_id(value if isinstance(value, str) else "", {})
            except ValueError as error:
                raise InvalidFact(self._word(path), str(error)) from None

    def _owned(self, found: InboundFact) -> InboundFact:
        person = found.person
        if person and person.id is None and person.email is None:
            raise InvalidFact(self._word("$.email"), "is empty, so it is unknown whose this is")
        return found

    def _word(self, path: str) -> str:
        return self.export.words.get(path, path.removeprefix("$."))

    def _in_words(self, error: InvalidFact) -> InvalidFact:
        return InvalidFact(self._word(error.field), error.problem)


class ExportCsv:
    """CSV that a system exports: a header, then one row or more for each thing."""

    id_name: str = "id"
    spans: ClassVar[str] = "they are taken together"

    def __init__(self, file: TextIO, reader: ExportReader) -> None:
        """Raises ``InvalidFact`` for a header without what is needed."""
        self._reader, self._records = reader, CsvRecords(file, reader.dialect.separator_of)
        self._header = self._records.header
        for column in (reader.export.groups, *reader.export.columns):
            if column not in self._header:
                raise InvalidFact(column, "is missing; is this the file that the system exports?")
        for column in sorted({reader.export.groups, *reader.export.columns, *reader.export.words.values()}):
            if self._header.count(column) > 1:
                raise InvalidFact(column, "is there twice, so it is unknown which one counts")
        self._place = self._header.index(reader.export.groups)

    def __iter__(self) -> Iterator[FileRecord]:
        for group, doubtful in grouped(self._records, self._key):
            if group:
                yield FileRecord(group[0].first, group[-1].last, [each.content for each in group])
            yield from doubtful

    def facts(self, content: Any) -> list[InboundFact]:
        """What these rows say; raises ``InvalidFact``."""
        if isinstance(content, InvalidFact):
            raise content
        rows = [dict(zip(self._header, map(str.strip, cells), strict=True)) for cells in content]
        reader = self._reader
        for column in sorted(set(reader.export.words.values()) & set(self._header)):
            if len({row[column] for row in rows if row[column]}) > 1:
                raise InvalidFact(column, f"differs in rows of the same {reader.export.groups}, so they are not one")
        try:
            body = reader.export.body_of(rows, reader.dialect, reader.at)
        except (ValueError, ArithmeticError) as error:
            raise InvalidFact("row", str(error)) from None
        return reader.facts_in(body)

    def _key(self, record: FileRecord) -> str | None:
        cells: list[str] | InvalidFact = record.content
        if isinstance(cells, InvalidFact):
            return None
        own = cells[self._place].strip()
        return own if self._reader.source.account(own) else f"row {record.first}"  # each guest is one of their own


class ExportJson:
    """JSON Lines of the bodies that a system's API and webhooks have."""

    id_name: str = "id"
    spans: ClassVar[str] = "they are taken together"

    def __init__(self, file: TextIO, reader: ExportReader) -> None:
        self._file, self._reader = file, reader

    def __iter__(self) -> Iterator[FileRecord]:
        lines = text_lines(self._file)
        return (FileRecord(line.number, line.number, line) for line in lines if not line.text.isspace())

    def facts(self, content: TextLine) -> list[InboundFact]:
        """What the object in a line says; raises ``InvalidFact``."""
        if content.is_cut:
            raise too_long()
        try:
            found = json.loads(content.text, parse_float=str)
        except (ValueError, RecursionError):
            found = None
        if isinstance(found, list):
            raise InvalidFact("row", "expected one object in each line: jq -c '.[]' FILE makes it of a list")
        if not isinstance(found, dict):
            raise InvalidFact("row", "expected a JSON object")
        return self._reader.facts_in(Body(found))


def _refunded(found: InboundFact, refunded: Decimal | None) -> InboundFact:
    if refunded is None or not isinstance(found.fact, Order):
        return found
    order = found.fact
    amount = min(order.total.amount, rounded_units(abs(refunded), order.total.currency))
    return replace(found, fact=replace(order, refunded=amount))
