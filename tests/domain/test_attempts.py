"""Three soft bounces within 30 days and no delivery between them: the address takes no mail, whatever came first."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.messages.attempts import KEPT, Attempt, Attempts, mark_of
from tests.builders import START

DAY = timedelta(days=1)


def attempts(mails: str, days: int = 1) -> list[Attempt]:
    """One mail every so many days, a letter each: d(elivered), f(ull), u(nclear bounce), b(oth: d and then f)."""
    return [
        Attempt(f"s{place}", START + place * days * DAY, kind in "db", kind in "fb", kind == "u")
        for place, kind in enumerate(mails)
    ]


@pytest.mark.parametrize(
    ("mails", "days", "place"),
    [
        ("fff", 1, 2),
        ("uuu", 1, 2),
        ("ufb", 1, 2),
        ("dfff", 1, 3),
        ("fffd", 1, 2),
        ("ffff", 1, 2),
        ("ff", 1, None),
        ("fdff", 1, None),
        ("ffdf", 1, None),
        ("ddd", 1, None),
        ("fff", 15, 2),
        ("fff", 16, None),
    ],
)
def test_three_soft_bounces_without_a_delivery_between(mails: str, days: int, place: int | None) -> None:
    known = Attempts().plus(attempts(mails, days))

    assert known.unreachable_since() == (None if place is None else START + place * days * DAY)


def test_an_automatic_reply_to_a_delivered_mail_is_no_bounce() -> None:
    replies = [Attempt(each.id, each.sent_at, is_delivered=True) for each in attempts("uuu")]

    assert Attempts().plus(attempts("uuu")).plus(replies).unreachable_since() is None


def test_a_mail_that_was_returned_after_its_delivery_is_a_bounce() -> None:
    assert Attempts().plus(attempts("ddd")).plus(attempts("fff")).unreachable_since() == START + 2 * DAY


def test_mails_before_a_lifting_do_not_count() -> None:
    known = Attempts().plus(attempts("ffffff"))

    assert known.unreachable_since(after=START + 2 * DAY) == START + 5 * DAY
    assert known.unreachable_since(after=START + 3 * DAY) is None


def test_only_the_latest_mails_are_kept() -> None:
    known = Attempts()
    for each in attempts("d" * 10_000):
        known = known.plus([each])

    assert len(known.mails) == KEPT
    assert known.mails[-1].id == "s9999"


@st.composite
def reports(draw: st.DrawFn) -> tuple[list[Attempt], list[Attempt]]:
    """Reports on some mails, some of them twice; and the same in another order."""
    mails = draw(st.text("dfub", min_size=1, max_size=2 * KEPT))
    parts = [
        Attempt(each.id, each.sent_at, **{flag: True})
        for each in attempts(mails, draw(st.integers(1, 20)))
        for flag in ("is_delivered", "is_refused", "is_unclear")
        if getattr(each, flag)
    ]
    told = draw(st.lists(st.sampled_from(parts), max_size=5)) + parts
    return draw(st.permutations(told)), draw(st.permutations(told))


@given(reports())
def test_the_order_of_reports_changes_nothing(told: tuple[list[Attempt], list[Attempt]]) -> None:
    one, other = Attempts(), Attempts()
    for first, second in zip(*told, strict=True):
        one, other = one.plus([first]), other.plus([second])

    assert one == other == Attempts().plus(told[0])
    assert one.unreachable_since() == other.unreachable_since()


def test_a_mark_is_half_of_the_hash() -> None:
    assert mark_of("0123456789abcdef" * 2) == "0123456789abcdef"
