"""A journey names only templates that are there, in every language, with every part of a message's channel."""

import pytest

from chalicelib.domain.journeys.journey import Branch, Notify
from tests.domain.journey.given import A_DAY, A, B, a_journey, never, refusal

MAIL = {"subject", "html", "txt"}


def mails(*languages: str) -> dict[str, set[str]]:
    return dict.fromkeys(languages, MAIL)


def test_a_journey_that_sends_a_template_that_is_not_there_is_refused() -> None:
    journey = a_journey(A)

    words = refusal(lambda: journey.check_templates({"other": mails("en")}, ("en",)))

    assert words == "step 'a': unknown template 'a'"


def test_a_language_without_the_template_is_refused_and_named() -> None:
    journey = a_journey(A, A_DAY, Branch("way", never, then=(B,)))

    words = refusal(
        lambda: journey.check_templates({"a": mails("en", "ko", "ja"), "b": mails("en", "ja")}, ("en", "ko", "ja"))
    )

    assert words == "template 'b' lacks the language 'ko'"


def test_templates_in_every_language_are_enough_and_more_are_no_fault() -> None:
    a_journey(A, A_DAY, Notify("n", "n")).check_templates(
        {"a": mails("en", "ko"), "n": mails("en", "ko", "fr"), "unused": {}}, ("en", "ko")
    )


@pytest.mark.parametrize("part", sorted(MAIL))
def test_a_language_counts_when_every_part_exists_in_it(part: str) -> None:
    journey, found = a_journey(A), {"a": {"en": MAIL | {"bak"}, "ko": MAIL - {part}}}

    journey.check_templates(found, ("en",))

    assert refusal(lambda: journey.check_templates(found, ("en", "ko"))) == "template 'a' lacks the language 'ko'"


def test_a_template_that_is_whole_in_no_language_is_unknown() -> None:
    assert refusal(lambda: a_journey(A).check_templates({"a": {"en": {"txt"}}}, ())) == "step 'a': unknown template 'a'"
