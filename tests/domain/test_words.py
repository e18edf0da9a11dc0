"""Words of others in the shop's mails: they neither link, nor hide, nor turn round what is there."""

import pytest

from chalicelib.domain.words import LONGEST_NAME, LONGEST_TITLE, NO_TITLE, line, name_of_person, title
from tests.builders import a_launch


@pytest.mark.parametrize(
    "name",
    ["Ann Lee", "O'Brien-Smith", "Zoë", "김민지", "山田 花子", "モーニング娘。", "Ann 🙂", "می\u200cروم", "Nguyễn Thị",
     "x" * LONGEST_NAME],
)  # fmt: skip
def test_a_name_stays_as_it_is(name: str) -> None:
    assert name_of_person(name) == name


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("  Ann \t Lee\r\n", "Ann Lee"),
        ("Ann\nSubject: x", "Ann Subject: x"),
        ("Ann\u2028Lee", "Ann Lee"),
        ("An\x00n", "An n"),
        ("Ann\u202eeeL", "AnneeL"),  # turns round what follows
        ("\u2066Ann\u2069", "Ann"),
        ("\ufeffAnn\u200b", "Ann"),
        ("Zoe\u0308", "Zoë"),
        ("Z\u0300\u0301\u0302\u0303\u0304o", "Z\u0300\u0301\u0302o"),
        ("Dr.Kim", "Dr. Kim"),
        ("St.John", "St. John"),
        ("J.R.R.Tolkien", "J. R. R. Tolkien"),
        ("t.co/x", "t. co/x"),
    ],
)
def test_a_name_is_one_line_without_what_cannot_be_seen(written: str, name: str) -> None:
    assert name_of_person(written) == name


@pytest.mark.parametrize(
    "written",
    ["Your account is locked! Visit https://evil.example", "hxxp://evil", "http:/evil", "www.evil", "evil.com",
     "EVIL.COM", "evil\u3002com",
     "evil.\u200dcom", "evil\u2024com", "evil\ufe52com", "evil-.com",
     "злой.рф", "ann@example.com", "9.9.9.9/x", "Call 555-123456", "", "   ", "\u3164", "\u200d", "!!!",
     "12345", "🙂", "x" * (LONGEST_NAME + 1)],
)  # fmt: skip
def test_what_is_no_name_is_none(written: str) -> None:
    assert name_of_person(written) is None


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Green tea, 100 g", "Green tea, 100 g"),
        ("No.5 (3.5 mm)", "No.5 (3.5 mm)"),
        ("お茶。おいしい", "お茶。おいしい"),
        ("Tea\nBuy now", "Tea Buy now"),
        ("Tea https://evil.example/pay now", "Tea now"),
        ("Pay at www.evil.example", "Pay at"),
        ("Pay at evil.example/now", "Pay at evil. example/now"),
        ("Booking.com gift card", "Booking. com gift card"),
        ("Write to pay@evil.example", "Write to pay@ evil. example"),
        ("t.me x.com, J.Crew", "t. me x. com, J. Crew"),
        ("Write to a@b.de", "Write to a@ b. de"),
        ("Pay at 192.0.2.7/now", "Pay at 192. 0. 2. 7/now"),
        ("Tea 3 @ 2.50, version 1.2.3", "Tea 3 @ 2.50, version 1.2.3"),
        ("\u202eTea\u200b", "Tea"),
        ("https://evil.example", NO_TITLE),
        ("x" * (LONGEST_TITLE + 1), "x" * (LONGEST_TITLE - 1) + "…"),
    ],
)
def test_a_title_is_one_line_without_links(written: str, shown: str) -> None:
    assert title(written) == shown
    assert title(shown) == shown


def test_a_launch_is_named_by_the_shop_itself_on_one_line() -> None:
    assert a_launch(name="Tea.com\nweek \u202e").cleaned().name == "Tea.com week"
    assert a_launch(name="\u200b").cleaned().name == NO_TITLE


def test_what_joins_letters_shows_nothing_at_the_ends() -> None:
    assert line("\u200d Ann \u200c") == "Ann"
