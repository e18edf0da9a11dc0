"""Money and times as readers of a language expect them."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from chalicelib.domain.money import exponent

_SYMBOLS = {"USD": "$", "KRW": "₩", "JPY": "¥", "EUR": "€", "GBP": "£"}
_UNITS = {("ko", "KRW"): "원", ("ja", "JPY"): "円"}
"""What readers write behind an amount of their own currency."""
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_WEEKDAYS = {
    "ko": ("월", "화", "수", "목", "금", "토", "일"),
    "ja": ("月", "火", "水", "木", "金", "土", "日"),
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}
_HOME_ZONES = {"ko": "Asia/Seoul", "ja": "Asia/Tokyo"}


def money(amount: int, currency: str, language: str) -> str:
    """Minor units in the usual form of that language: ``$12.50``, ``15,000원``, ``1,500円``, ``CHF 12.50``."""
    if not isinstance(amount, int):
        raise TypeError(f"money: expected an integer of minor units, not {type(amount).__name__}")
    digits = exponent(currency)
    whole, part = divmod(abs(amount), 10**digits)
    sign, number = "-" if amount < 0 else "", f"{whole:,}" + (f".{part:0{digits}}" if digits else "")
    if unit := _UNITS.get((language, currency)):
        return f"{sign}{number}{unit}"
    symbol = _SYMBOLS.get(currency, f"{currency}\N{NO-BREAK SPACE}")
    return f"{sign}{symbol}{number}"


def discount(total: int, percent: int) -> int:
    """What so many per cent of a total in minor units are, rounded half up as shops do."""
    return (total * percent + 50) // 100


def day(moment: datetime, zone: str, language: str) -> str:
    """The local day of an aware time in ``zone``: ``Wed, Dec 16``, ``12월 16일(수)``, ``12月16日（水）``."""
    return _day(_local(moment, zone), language)


def local_time(moment: datetime, zone: str, language: str) -> str:
    """An aware time as local time in ``zone``: ``Sun, Nov 22, 6:00 PM KST``, ``11월 22일(일) 18:00``.

    Korean and Japanese readers see the zone only when it is not Seoul's or Tokyo's. A zone without an abbreviation is
    named by its city. Raises ``ValueError`` for a naive moment; for an unknown zone what ``ZoneInfo`` raises.
    """
    local = _local(moment, zone)
    abbreviation = local.tzname() or ""
    place = abbreviation if abbreviation.isalpha() else zone.rpartition("/")[2].replace("_", " ") + " time"
    if language in _HOME_ZONES:
        suffix = "" if _HOME_ZONES[language] == zone else f" ({place})"
        space = "" if language == "ja" else " "  # behind its bracket there is room already
        return f"{_day(local, language)}{space}{local:%H:%M}{suffix}"
    clock = f"{local.hour % 12 or 12}:{local:%M} {'PM' if local.hour >= 12 else 'AM'}"
    return f"{_day(local, language)}, {clock} {place}"


def until(moment: datetime, zone: str, language: str) -> str:
    """The last day before an aware time, if that is midnight in ``zone``: what ends then lasts all of it.

    Any other time is shown as ``local_time`` shows it.
    """
    local = _local(moment, zone)
    if (local.hour, local.minute) == (0, 0):
        return _day(local - timedelta(days=1), language)
    return local_time(moment, zone, language)


def end_of_day(moment: datetime, zone: str) -> datetime:
    """The midnight in ``zone`` that ends the local day of an aware time; aware, in the time's own zone."""
    local = moment.astimezone(ZoneInfo(zone))
    after = datetime(local.year, local.month, local.day, tzinfo=local.tzinfo) + timedelta(days=1)
    return after.astimezone(moment.tzinfo)


def _local(moment: datetime, zone: str) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("expected an aware moment")
    return moment.astimezone(ZoneInfo(zone))


def _day(local: datetime, language: str) -> str:
    weekday = _WEEKDAYS.get(language, _WEEKDAYS["en"])[local.weekday()]
    match language:
        case "ko":
            return f"{local.month}월 {local.day}일({weekday})"
        case "ja":
            return f"{local.month}月{local.day}日（{weekday}）"
        case _:
            return f"{weekday}, {_MONTHS[local.month - 1]} {local.day}"
