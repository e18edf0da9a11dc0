"""Of two consents the later counts, at one moment the refusal; and what a refusal through a mail tells."""

from datetime import timedelta

from chalicelib.domain.facts.consent import Consent, Purpose, Unsubscribed, Unsubscription, joined
from tests.builders import START

SECOND = timedelta(seconds=1)


def test_of_a_yes_and_a_no_of_one_moment_the_no_counts() -> None:
    yes, no = Consent(True, START, "a-shop"), Consent(False, START, "another-shop")

    assert joined(yes, no) == joined(no, yes) == no
    assert joined(Consent(True, START, "z"), Consent(False, START, "a")).given is False


def test_a_later_yes_counts_more_than_a_no() -> None:
    assert joined(Consent(True, START + SECOND), Consent(False, START)).given is True


def test_a_yes_that_was_told_ahead_and_is_told_again_in_time_undoes_no_refusal() -> None:
    later, now = START + 9000 * SECOND, START
    ahead = Consent(True, later).clamped(now, now)
    refusal = joined(ahead, Consent(False, START + SECOND))

    assert (refusal.given, refusal.claimed) == (False, (later,))
    assert joined(refusal, Consent(True, later)).given is False
    assert joined(Consent(True, later), refusal).given is False
    assert joined(refusal, Consent(True, later + SECOND)).given is True  # a new one


def test_that_it_was_told_ahead_is_not_forgotten_beside_a_yes_with_a_time_of_its_own() -> None:
    ahead = Consent(True, START + 9000 * SECOND).clamped(START, START)

    for known in (Consent(True, START), Consent(True, START + SECOND)):
        both = joined(ahead, known)
        assert (both.given, both.at, both.claimed) == (True, known.at, (START + 9000 * SECOND,))


def test_each_time_that_a_yes_was_told_ahead_with_is_kept_and_none_of_a_no() -> None:
    first, second, no = (START + hours * 3600 * SECOND for hours in (9, 10, 11))
    known = joined(Consent(True, first).clamped(START, START), Consent(True, second).clamped(START, START))
    known = joined(known, Consent(False, no).clamped(START, START + SECOND))

    assert (known.given, known.claimed) == (False, (first, second))
    assert [joined(known, Consent(True, at)).given for at in (first, second, no)] == [False, False, True]


def test_only_the_latest_of_very_many_are_kept() -> None:
    times = [START + number * SECOND for number in range(1, 30)]
    known = Consent(True, START)
    for at in times:
        known = joined(known, Consent(True, at).clamped(START, START))

    assert known.claimed == tuple(times[-20:])


def test_a_refusal_through_a_mail_counts_against_what_was_told_ahead_after_it() -> None:
    refusal, later = Unsubscription(Purpose.MARKETING, START), START + 9000 * SECOND
    told_ahead = Consent(True, later).clamped(START, START + SECOND)

    assert refusal.overrules(joined(told_ahead, Consent(True, later)))
    assert not refusal.overrules(joined(told_ahead, Consent(True, later + SECOND)))


def test_a_consent_is_as_its_source_reports_it() -> None:
    assert Consent.reported(True, START, START + SECOND, "shopify") == Consent(True, START, "shopify")
    assert Consent.reported(True, None, START, "shopify") == Consent(True, START, "shopify", undated=True)
    assert Consent.reported(False, None, START, "shopify") == Consent(False, START, "shopify")


def test_a_refusal_through_a_mail_tells_that_the_customer_unsubscribed_from_that_purpose_then() -> None:
    (event,) = Unsubscription(Purpose.MARKETING, START).events()

    assert event == Unsubscribed(Purpose.MARKETING, START, Purpose.MARKETING)
