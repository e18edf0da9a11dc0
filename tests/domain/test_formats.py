"""Money and times as readers of a language expect them."""

from datetime import UTC, datetime

import pytest

from chalicelib.domain.messages.formats import discount, end_of_day, local_time, money, until
from chalicelib.domain.messages.names import first_name


@pytest.mark.parametrize(
    ("amount", "currency", "language", "shown"),
    [
        (1250, "USD", "en", "$12.50"),
        (5, "USD", "ja", "$0.05"),
        (123456789, "USD", "en", "$1,234,567.89"),
        (-500, "EUR", "en", "-€5.00"),
        (15000, "KRW", "ko", "15,000원"),
        (1500, "JPY", "ja", "1,500円"),
        (1500, "JPY", "en", "¥1,500"),
        (1250, "CHF", "en", "CHF\u00a012.50"),
        (1250, "KWD", "en", "KWD\u00a01.250"),
        (0, "KRW", "en", "₩0"),
    ],
)
def test_money_is_shown_as_the_language_expects(amount: int, currency: str, language: str, shown: str) -> None:
    assert money(amount, currency, language) == shown


@pytest.mark.parametrize(
    ("zone", "language", "shown"),
    [
        ("Asia/Seoul", "ko", "11월 22일(일) 18:00"),
        ("Asia/Tokyo", "ja", "11月22日（日）18:00"),
        ("Asia/Seoul", "en", "Sun, Nov 22, 6:00 PM KST"),
        ("America/New_York", "en", "Sun, Nov 22, 4:00 AM EST"),
        ("America/New_York", "ko", "11월 22일(일) 04:00 (EST)"),
        ("Australia/Lord_Howe", "en", "Sun, Nov 22, 8:00 PM Lord Howe time"),
        ("UTC", "fr", "Sun, Nov 22, 9:00 AM UTC"),
    ],
)
def test_a_moment_is_shown_on_the_recipients_clock(zone: str, language: str, shown: str) -> None:
    assert local_time(datetime(2026, 11, 22, 9, 0, tzinfo=UTC), zone, language) == shown


@pytest.mark.parametrize(
    ("moment", "zone", "language", "shown"),
    [
        (datetime(2026, 12, 17, 5, tzinfo=UTC), "America/New_York", "en", "Wed, Dec 16"),
        (datetime(2026, 12, 16, 15, tzinfo=UTC), "Asia/Seoul", "ko", "12월 16일(수)"),
        (datetime(2026, 12, 16, 15, tzinfo=UTC), "Asia/Tokyo", "ja", "12月16日（水）"),
        (datetime(2027, 1, 1, tzinfo=UTC), "UTC", "en", "Thu, Dec 31"),
        (datetime(2026, 12, 16, 15, 1, tzinfo=UTC), "Asia/Seoul", "ko", "12월 17일(목) 00:01"),
    ],
)
def test_what_ends_at_midnight_lasts_the_day_before(moment: datetime, zone: str, language: str, shown: str) -> None:
    assert until(moment, zone, language) == shown


@pytest.mark.parametrize(
    ("moment", "zone", "end"),
    [
        (datetime(2026, 12, 16, 13, tzinfo=UTC), "Asia/Seoul", datetime(2026, 12, 16, 15, tzinfo=UTC)),
        (datetime(2026, 12, 16, 15, tzinfo=UTC), "Asia/Seoul", datetime(2026, 12, 17, 15, tzinfo=UTC)),
        (datetime(2026, 3, 8, 6, tzinfo=UTC), "America/New_York", datetime(2026, 3, 9, 4, tzinfo=UTC)),  # 23 hours
        (datetime(2026, 11, 1, 6, tzinfo=UTC), "America/New_York", datetime(2026, 11, 2, 5, tzinfo=UTC)),  # 25 hours
    ],
)
def test_a_day_ends_at_the_next_local_midnight(moment: datetime, zone: str, end: datetime) -> None:
    assert end_of_day(moment, zone) == end


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        local_time(datetime(2026, 11, 22), "UTC", "en")  # noqa: DTZ001


@pytest.mark.parametrize(("total", "percent", "less"), [(8900, 10, 890), (1005, 10, 101), (1004, 10, 100), (0, 10, 0)])
def test_a_discount_is_rounded_half_up(total: int, percent: int, less: int) -> None:
    assert discount(total, percent) == less


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("Jordan Ellis", "Jordan"),
        ("Dr. Jordan Ellis", "Jordan"),
        ("Ellis, Jordan", "Jordan"),
        ("JORDAN ELLIS", "Jordan"),
        ("jordan", "Jordan"),
        ("DJ Ellis", "DJ"),
        ("Müller,", "Müller"),
        ("Zoë  de la Cruz", "Zoë"),
        ("Dr.", "Dr."),
        ("김하늘", "김하늘"),
        ("佐藤 葵", "佐藤 葵"),
        ("", ""),
        (None, ""),
    ],
)
def test_a_first_name_is_told_of_names_in_latin_letters(name: str | None, first: str) -> None:
    assert first_name(name) == first
