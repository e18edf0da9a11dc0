"""How a file is written: its separator, its decimals, its times, and the currency that is the same in all rows."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from chalicelib.sources.fields import MOST_AMOUNT
from chalicelib.sources.reading.times import QUOTED, utc_text

DECIMALS: Mapping[str, str] = {"point": ".", "comma": ","}
SEPARATORS: Mapping[str, str] = {"comma": ",", "semicolon": ";", "tab": "\t"}
_GROUPED = {
    ".": re.compile(r"[+-]?\d{1,3}(?:[,' \u00a0\u202f]\d{3})+(?:\.\d*)?"),
    ",": re.compile(r"[+-]?\d{1,3}(?:[.' \u00a0\u202f]\d{3})+(?:,\d*)?|[+-]?\d*,?\d*"),
}
_IS_DOUBTFUL = re.compile(r"[+-]?(?:[\d.]*,[\d.,]*|[1-9]\d{0,2}\.\d{3})")
_OFFSET_APART = re.compile(r"(.*\d) ?(?:([+-]\d\d):?(\d\d)|(UTC|GMT|Z))")


@dataclass(frozen=True, slots=True)
class Dialect:
    """The dialect of a CSV file. None: as it is written in most files.

    ``separator``: of cells, by default the one that stands most often in the header. ``zone``: the IANA zone of times
    without an offset. ``currency``: of all rows, if they have none. ``decimal``: ``.`` or ``,``, which separates the
    decimals; the other one groups the digits then. ``times``: the form of all times, as ``strptime`` reads it.
    """

    separator: str | None = None
    zone: str | None = None
    currency: str | None = None
    decimal: str | None = None
    times: str | None = None

    def separator_of(self, header: str) -> str:
        """The separator of a file with this header."""
        return self.separator or max(SEPARATORS.values(), key=header.count)

    def amount(self, text: str) -> str:
        """An amount as a plain decimal number; a text that is none, as it is.

        Raises ``ValueError`` if the meaning of its comma is unknown, or of its point, as in ``1.000``.
        """
        if self.decimal is None:
            if _IS_DOUBTFUL.fullmatch(text):
                raise ValueError(
                    f"is {text[:QUOTED]!r} with a decimal comma (--decimal comma) or not (--decimal point)"
                )
            return text
        if not _GROUPED[self.decimal].fullmatch(text):
            return text
        digits = re.sub(r"[^\d+.,-]", "", text)
        return digits.replace("." if self.decimal == "," else ",", "").replace(",", ".")

    def number(self, text: str) -> Decimal:
        """An amount; raises ``ValueError`` if the text is none below 10^15."""
        try:
            found = Decimal(self.amount(text))
        except InvalidOperation:
            found = Decimal("NaN")
        if not found.is_finite() or found.copy_abs() >= MOST_AMOUNT:
            raise ValueError(f"expected a decimal amount, got {text[:QUOTED]!r}")
        return found

    def time(self, text: str, *, assumes_utc: bool = False) -> str:
        """A time in ISO 8601, with its offset if that is known; raises ``ValueError``.

        ``assumes_utc``: without a zone it is UTC, and a date means midnight.
        """
        if self.times:
            return self._placed(self._by_form(text), assumes_utc=assumes_utc)
        if found := _OFFSET_APART.fullmatch(text):
            text = f"{found[1]}+00:00" if found[4] else f"{found[1]}{found[2]}:{found[3]}"
        if self.zone is None:
            return utc_text(text) if assumes_utc else text
        try:
            return self._placed(datetime.fromisoformat(text))
        except ValueError:
            raise ValueError(f"expected an ISO date or date-time, got {text[:QUOTED]!r}") from None

    def _by_form(self, text: str) -> datetime:
        try:
            return datetime.strptime(text, self.times or "")  # noqa: DTZ007 a zone is given beside it
        except ValueError:
            raise ValueError(f"expected a time of the form {self.times}, got {text[:QUOTED]!r}") from None

    def _placed(self, at: datetime, *, assumes_utc: bool = False) -> str:
        """With an offset, if one is known."""
        if at.tzinfo is None and self.zone is None and assumes_utc:
            at = at.replace(tzinfo=UTC)
        if at.tzinfo is None and self.zone:
            at = at.replace(tzinfo=ZoneInfo(self.zone))
        return (at.astimezone(UTC) if at.tzinfo else at).isoformat()


PLAIN = Dialect()
