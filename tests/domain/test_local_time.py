"""The recipient's wall clock, on ordinary days and on those when it is changed."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.time import QuietHours, from_text, is_quiet, is_zone, next_local, quiet_until, to_text

SEOUL, TOKYO, NEW_YORK, LORD_HOWE = "Asia/Seoul", "Asia/Tokyo", "America/New_York", "Australia/Lord_Howe"
NIGHT = QuietHours()
START = datetime(2026, 1, 1, tzinfo=UTC)
MONDAY, TUESDAY, SUNDAY = 0, 1, 6

zones = st.sampled_from([SEOUL, TOKYO, NEW_YORK, LORD_HOWE, "Europe/Berlin", "America/Havana", "UTC"])
wall_times = st.builds(time, st.integers(0, 23), st.integers(0, 59))
changes_of_clocks = st.sampled_from(
    ["2026-03-08T07:00Z", "2026-11-01T06:00Z", "2026-10-03T15:30Z", "2026-04-04T15:00Z", "2026-03-29T01:00Z"]
).map(datetime.fromisoformat)
moments = st.one_of(
    st.integers(0, 3 * 366 * 86_400 * 1000).map(lambda milliseconds: START + timedelta(milliseconds=milliseconds)),
    st.builds(lambda change, minutes: change + timedelta(minutes=minutes), changes_of_clocks, st.integers(-2000, 2000)),
)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "zone", "quiet"),
    [
        ("2026-11-22T11:59:59.999", SEOUL, False),  # 20:59:59.999
        ("2026-11-22T12:00", SEOUL, True),  # 21:00
        ("2026-11-22T22:59:59", TOKYO, True),  # 07:59:59
        ("2026-11-22T23:00", TOKYO, False),  # 08:00
        ("2026-11-22T12:00", NEW_YORK, True),  # 07:00
        ("2026-11-22T13:00", NEW_YORK, False),  # 08:00
    ],
)
def test_the_night_is_quiet_by_the_recipients_own_clock(now: str, zone: str, quiet: bool) -> None:
    assert is_quiet(utc(now), NIGHT, zone) is quiet


def test_quiet_hours_within_one_day_leave_the_night_alone() -> None:
    siesta = QuietHours(time(13), time(15))

    assert is_quiet(utc("2026-11-22T05:00"), siesta, SEOUL)  # 14:00
    assert not is_quiet(utc("2026-11-22T14:00"), siesta, SEOUL)  # 23:00


def test_equal_ends_mean_that_no_hour_is_quiet() -> None:
    never = QuietHours(time(8), time(8))

    assert not any(is_quiet(utc(f"2026-11-22T{hour:02}:00"), never, "UTC") for hour in range(24))


@pytest.mark.parametrize(
    ("now", "zone", "until"),
    [
        ("2026-11-22T12:00", SEOUL, "2026-11-22T23:00"),
        ("2026-11-22T16:30", TOKYO, "2026-11-22T23:00"),
        ("2026-11-22T06:00", TOKYO, "2026-11-22T06:00"),  # 15:00: not quiet at all
        ("2026-03-08T03:00", NEW_YORK, "2026-03-08T12:00"),  # the night the clock goes forward ends at 08:00 EDT
        ("2026-11-01T03:00", NEW_YORK, "2026-11-01T13:00"),  # the night it goes back, at 08:00 EST
        ("2026-10-03T12:00", LORD_HOWE, "2026-10-03T21:00"),  # 08:00 at +11:00
        ("2028-02-29T13:00", SEOUL, "2028-02-29T23:00"),  # from 29 February into 1 March
    ],
)
def test_a_night_ends_at_eight_of_the_new_day(now: str, zone: str, until: str) -> None:
    assert quiet_until(utc(now), NIGHT, zone) == utc(until)


def test_an_end_that_the_clock_skips_is_over_when_the_clock_jumps() -> None:
    quiet = QuietHours(time(21), time(2, 30))

    until = quiet_until(utc("2026-03-08T05:00"), quiet, NEW_YORK)

    assert until == utc("2026-03-08T07:00")  # 01:59 EST is followed by 03:00 EDT


def test_an_end_that_comes_twice_ends_the_quiet_twice() -> None:
    quiet = QuietHours(time(21), time(1, 30))

    first = quiet_until(utc("2026-11-01T05:00"), quiet, NEW_YORK)  # 01:00 EDT
    again = quiet_until(utc("2026-11-01T06:10"), quiet, NEW_YORK)  # 01:10 EST

    assert first == utc("2026-11-01T05:30")
    assert again == utc("2026-11-01T06:30")


def test_a_clock_set_back_before_the_start_of_quiet_hours_ends_them_for_a_while() -> None:
    quiet = QuietHours(time(1, 30), time(8))

    until = quiet_until(utc("2026-11-01T05:45"), quiet, NEW_YORK)  # 01:45 EDT

    assert until == utc("2026-11-01T06:00")  # 01:00 EST


@given(now=moments, start=wall_times, end=wall_times, zone=zones)
def test_quiet_until_is_the_first_moment_that_is_not_quiet(now: datetime, start: time, end: time, zone: str) -> None:
    quiet = QuietHours(start, end)

    until = quiet_until(now, quiet, zone)

    assert until >= now
    assert not is_quiet(until, quiet, zone)
    between = [now + (until - now) * step / 97 for step in range(97)] if until > now else []
    assert all(is_quiet(moment, quiet, zone) for moment in between)
    assert until == now or is_quiet(until - timedelta(microseconds=1), quiet, zone)


@pytest.mark.parametrize(
    ("after", "at", "zone", "expected"),
    [
        ("2026-11-22T07:00", time(18), SEOUL, "2026-11-22T09:00"),
        ("2026-11-22T09:00", time(18), SEOUL, "2026-11-22T09:00"),  # it shows 18:00 right now
        ("2026-11-22T09:00:00.000001", time(18), TOKYO, "2026-11-23T09:00"),
        ("2026-03-08T05:00", time(2, 30), NEW_YORK, "2026-03-08T07:30"),  # skipped: 02:30 EST is 03:30 EDT
        ("2026-11-01T04:00", time(1, 30), NEW_YORK, "2026-11-01T05:30"),  # twice: the first, EDT
        ("2026-11-01T05:31", time(1, 30), NEW_YORK, "2026-11-02T06:30"),  # the second is not counted
        ("2026-10-03T12:00", time(2, 15), LORD_HOWE, "2026-10-03T15:45"),  # skipped half hour, read at +10:30
        ("2026-04-04T12:00", time(1, 45), LORD_HOWE, "2026-04-04T14:45"),  # half hour twice, the first at +11:00
        ("2028-02-28T16:00", time(0, 30), SEOUL, "2028-02-29T15:30"),  # 29 February is passed, not skipped
        ("2028-02-28T15:00", time(0, 30), SEOUL, "2028-02-28T15:30"),  # 00:30 on 29 February
    ],
)
def test_the_next_local_time_is_what_the_recipients_clock_shows(after: str, at: time, zone: str, expected: str) -> None:
    assert next_local(utc(after), at, zone) == utc(expected)


@pytest.mark.parametrize(
    ("after", "weekday", "expected"),
    [
        ("2028-02-27T16:00", TUESDAY, "2028-02-29T01:00"),  # 29 February 2028 is a Tuesday
        ("2026-11-22T00:00", SUNDAY, "2026-11-22T01:00"),
        ("2026-11-22T01:00:01", SUNDAY, "2026-11-29T01:00"),
        ("2026-11-22T16:00", MONDAY, "2026-11-23T01:00"),  # it is Monday already in Seoul
    ],
)
def test_a_weekday_is_that_of_the_recipients_calendar(after: str, weekday: int, expected: str) -> None:
    assert next_local(utc(after), time(10), SEOUL, weekday) == utc(expected)


def test_a_weekday_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="expected 0"):
        next_local(utc("2026-11-22T00:00"), time(10), SEOUL, 7)


@given(after=moments, at=wall_times, zone=zones)
def test_no_earlier_minute_shows_the_next_local_time_for_the_first_time(after: datetime, at: time, zone: str) -> None:
    after = after.replace(second=0, microsecond=0)
    where = ZoneInfo(zone)

    found = next_local(after, at, zone)

    minutes = range(int((found - after).total_seconds()) // 60)
    shown = [(after + timedelta(minutes=minute)).astimezone(where) for minute in minutes]
    assert not [local for local in shown if local.time() == at and not local.fold]
    assert found >= after
    assert found.astimezone(where).time() == at or found - after < timedelta(days=1, hours=1)


@pytest.mark.parametrize("zone", ["Asia/Nowhere", "", "../zone", "America"])
def test_an_unknown_zone_is_none(zone: str) -> None:
    assert not is_zone(zone)


def test_a_known_zone_is_one_and_an_unknown_one_cannot_be_used() -> None:
    assert is_zone(LORD_HOWE)
    with pytest.raises(ZoneInfoNotFoundError):
        is_quiet(utc("2026-11-22T00:00"), NIGHT, "Asia/Nowhere")


def test_a_time_without_an_offset_is_refused() -> None:
    naive = datetime(2026, 11, 22)  # noqa: DTZ001 - the fault under test

    for use in (
        lambda: is_quiet(naive, NIGHT, SEOUL),
        lambda: quiet_until(naive, NIGHT, SEOUL),
        lambda: next_local(naive, time(10), SEOUL),
        lambda: to_text(naive),
    ):
        with pytest.raises(ValueError, match="offset"):
            use()


def test_a_time_is_written_in_utc_with_milliseconds() -> None:
    local = datetime(2026, 11, 22, 16, 39, 25, 123_999, ZoneInfo(SEOUL))

    assert to_text(local) == "2026-11-22T07:39:25.123Z"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-22T07:39:25.123Z", "2026-11-22T07:39:25.123"),
        ("2026-11-22T16:39:25+09:00", "2026-11-22T07:39:25"),
        ("2026-11-22 02:39:25.5-05:00", "2026-11-22T07:39:25.5"),
        ("2026-11-22t07:39:25.123456789z", "2026-11-22T07:39:25.123456"),
        ("2026-11-22T07:39:25-00:00", "2026-11-22T07:39:25"),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00"),  # a leap second
    ],
)
def test_every_form_of_rfc_3339_is_read(text: str, expected: str) -> None:
    read = from_text(text)

    assert read == utc(expected)
    assert read.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    "text",
    [
        "", "yesterday", "2026-11-22", "2026-11-22T07:39:25", "2026-11-22T07:39Z", "20261122T073925Z",
        "2026-W47-7T07:39:25.123Z", "2026-02-29T00:00:00Z", "2026-11-22T24:00:00Z", "2026-11-22T07:39:25+24:00",
        "2026-11-22T07:39:25Z\n", "٢026-11-22T07:39:25Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:60Z",
    ],
)  # fmt: skip
def test_anything_else_is_refused_by_name(text: str) -> None:
    with pytest.raises(ValueError, match="RFC 3339"):
        from_text(text)


@given(one=moments, other=moments)
def test_texts_read_back_and_sort_as_their_times_do(one: datetime, other: datetime) -> None:
    one, other = (moment.replace(microsecond=moment.microsecond // 1000 * 1000) for moment in (one, other))

    assert from_text(to_text(one)) == one
    assert (to_text(one) < to_text(other)) == (one < other)
    assert len(to_text(one)) == len("2026-11-22T07:39:25.123Z")
