"""When a journey's complaints or bounces are too many."""

import pytest

from chalicelib.domain.figures.breaker import Mails, last_mails


@pytest.mark.parametrize(
    ("mails", "excess"),
    [
        (Mails(1, complained=1), None),
        (Mails(2, complained=2), None),
        (Mails(3, complained=3), "complaints"),
        (Mails(1000, complained=3), "complaints"),
        (Mails(1001, complained=3), None),
        (Mails(2000, complained=5), None),
        (Mails(2000, complained=6), "complaints"),
        (Mails(9, bounced=9), None),
        (Mails(10, bounced=10), "bounces"),
        (Mails(200, bounced=10), "bounces"),
        (Mails(201, bounced=10), None),
        (Mails(2000, bounced=99), None),
        (Mails(2000, bounced=100), "bounces"),
        (Mails(1000, complained=3, bounced=50), "complaints"),
        (Mails(), None),
    ],
)
def test_too_many_are_three_of_a_thousand_complaints_or_five_of_a_hundred_bounces(
    mails: Mails, excess: str | None
) -> None:
    assert mails.excess == excess


def test_what_is_too_many_is_said_in_words() -> None:
    mails = Mails(1_000, complained=3, bounced=50)

    assert mails.in_words("complaints") == "3 complaints of 1,000 mails"
    assert mails.in_words("bounces") == "50 bounces of 1,000 mails"


def test_the_last_mails_are_those_of_whole_days_until_they_are_two_thousand() -> None:
    days = [Mails(400, 1), Mails(0, 0, 1), Mails(1600, 2), Mails(5000, 100, 100)]

    assert last_mails(days) == Mails(2000, 3, 1)
    assert last_mails([Mails(1999), *days[:1]]) == Mails(2399, 1)
    assert last_mails(days[:2]) == Mails(400, 1, 1)
    assert last_mails([]) == Mails()


def test_a_day_s_mails_are_those_of_the_journey_whatever_version_step_and_variant() -> None:
    counts = {
        "hello|1|message|-|treated|sent": 5,
        "hello|2|last|a=b|treated|sent": 2,
        "hello|1|message|-|treated|sent_to_team": 9,
        "hello|1|message|-|treated|complained": 7,
        "hello|1|message|-|treated|mails_complained": 1,
        "hello|2|last|a=b|treated|mails_bounced": 3,
        "hello_again|1|message|-|treated|sent": 50,
        "orders|USD": 4,
    }

    assert Mails.counted("hello", counts) == Mails(7, 1, 3)
