"""A journey names only templates that are there, in every language."""

from chalicelib.domain.journeys.journey import Branch, Notify
from tests.domain.journey.given import A_DAY, A, B, a_journey, never, refusal


def test_a_journey_that_sends_a_template_that_is_not_there_is_refused() -> None:
    journey = a_journey(A)

    words = refusal(lambda: journey.check_templates({"other": {"en"}}, ("en",)))

    assert words == "step 'a': unknown template 'a'"


def test_a_language_without_the_template_is_refused_and_named() -> None:
    journey = a_journey(A, A_DAY, Branch("way", never, then=(B,)))

    words = refusal(lambda: journey.check_templates({"a": {"en", "ko", "ja"}, "b": {"en", "ja"}}, ("en", "ko", "ja")))

    assert words == "template 'b' lacks the language 'ko'"


def test_templates_in_every_language_are_enough_and_more_are_no_fault() -> None:
    a_journey(A, A_DAY, Notify("n", "n")).check_templates(
        {"a": {"en", "ko"}, "n": {"en", "ko", "fr"}, "unused": set()}, ("en", "ko")
    )
