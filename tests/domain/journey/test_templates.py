"""A journey names only messages that are there, in every language of the shop."""

from chalicelib.domain.journeys.journey import Branch, Notify
from tests.domain.journey.given import A_DAY, A, B, a_journey, never, refusal


def test_a_journey_that_sends_a_message_that_is_not_there_is_refused() -> None:
    journey = a_journey(A)

    words = refusal(lambda: journey.check_messages({"other": {"en"}}, ("en",)))

    assert words == "step 'a': unknown template 'a'"


def test_a_language_without_the_message_is_refused_and_named() -> None:
    journey = a_journey(A, A_DAY, Branch("way", never, then=(B,)))

    words = refusal(lambda: journey.check_messages({"a": {"en", "ko", "ja"}, "b": {"en", "ja"}}, ("en", "ko", "ja")))

    assert words == "template 'b' lacks the language 'ko'"


def test_messages_in_every_language_are_enough_and_more_are_no_fault() -> None:
    found = {"a": {"en", "ko"}, "n": {"en", "ko", "fr"}, "unused": set[str]()}

    a_journey(A, A_DAY, Notify("n", "n")).check_messages(found, ("en", "ko"))


def test_a_message_in_no_language_is_unknown_even_to_a_shop_without_languages() -> None:
    assert refusal(lambda: a_journey(A).check_messages({"a": set()}, ())) == "step 'a': unknown template 'a'"
