"""Which of several consents counts: the later one, but none undoes a refusal without a time of its own."""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import reduce
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.facts.consent import Consent, Purpose, Unsubscription
from chalicelib.domain.facts.customer import Customer
from chalicelib.domain.facts.fact import FAST_CLOCK
from chalicelib.domain.facts.facts import Facts
from tests.builders import START, a_customer, facts

HOUR = timedelta(hours=1)
TIMES = st.integers(0, 3).map(lambda hours: START + hours * HOUR)
consents = st.builds(
    Consent.reported, st.booleans(), st.none() | TIMES, TIMES, st.sampled_from(["shop", "import"])
).flatmap(lambda each: st.sampled_from([each, each.clamped(START + HOUR, START)]))


def profile(consent: Consent) -> Customer:
    return Customer.reported(START, {Purpose.MARKETING: consent})


def agreed(since: datetime | None, at: datetime = START) -> Consent:
    return Consent.reported(True, since, at, "shop")


def refused(since: datetime | None, at: datetime = START) -> Consent:
    return Consent.reported(False, since, at, "shop")


def together(*told: Consent) -> bool:
    """Whether mails are allowed after all of these, which is the same in any order and any number of times."""
    results = set()
    for order in permutations([*told, told[0]]):
        joined = reduce(Customer.joined, map(profile, order))
        results.add(joined.consents[Purpose.MARKETING].given)
    (given_,) = results
    return given_


def known(consent: Consent, *refusals: Unsubscription) -> Facts:
    return facts(replace(a_customer(), consents={Purpose.MARKETING: consent}), *refusals)


def is_allowed(known: Facts) -> bool:
    found = known.consent(Purpose.MARKETING)
    return found is not None and found.given


@given(st.lists(consents, min_size=1, max_size=4))
def test_joined_consents_are_the_same_in_any_order_and_any_number_of_times(told: list[Consent]) -> None:
    results = {str(reduce(Customer.joined, map(profile, each)).consents) for each in permutations(told)}
    doubled = reduce(Customer.joined, map(profile, [*told, *told]))

    assert results == {str(doubled.consents)}


@given(consents, consents, consents)
def test_joining_is_associative(one: Consent, two: Consent, three: Consent) -> None:
    a, b, c = profile(one), profile(two), profile(three)

    assert a.joined(b).joined(c) == a.joined(b.joined(c))


def test_a_consent_without_a_time_undoes_no_refusal_however_late_it_is_told() -> None:
    assert not together(refused(START), agreed(None, START + 9 * HOUR))
    assert not together(refused(None, START), agreed(None, START + 9 * HOUR))


def test_a_consent_with_a_later_time_of_its_own_does() -> None:
    assert together(refused(START), agreed(START + HOUR))
    assert together(refused(START), agreed(None, START + 9 * HOUR), agreed(START + HOUR))


def test_a_refusal_without_a_time_counts_from_when_it_was_told() -> None:
    assert not together(agreed(START), refused(None, START + HOUR))
    assert together(agreed(START + 2 * HOUR), refused(None, START + HOUR))


def test_a_consent_without_a_time_allows_mails_to_those_who_never_refused() -> None:
    assert together(agreed(None))
    assert is_allowed(known(agreed(None)))


def test_a_refusal_by_a_mail_s_link_is_not_undone_by_a_consent_without_a_time() -> None:
    refusal = Unsubscription(Purpose.MARKETING, START)

    assert not is_allowed(known(agreed(None, START + 9 * HOUR), refusal))
    assert is_allowed(known(agreed(START + HOUR), refusal))


def test_a_refusal_by_a_mail_s_link_wins_over_what_was_known_before_whatever_time_that_bears() -> None:
    ahead = known(agreed(START + 9 * HOUR))

    refusal = ahead.unsubscribed(Purpose.MARKETING, START, "run", "reminder")

    assert not is_allowed(known(agreed(START + 9 * HOUR), refusal))
    assert is_allowed(known(agreed(START + 10 * HOUR), refusal))


def test_a_consent_told_ahead_and_again_once_its_time_has_come_does_not_undo_the_refusal_between() -> None:
    ahead = agreed(START + 9 * HOUR)
    stored = known(ahead.clamped(START + FAST_CLOCK, START))

    refusal = stored.unsubscribed(Purpose.MARKETING, START + HOUR, "run", "reminder")
    again = replace(stored, unsubscriptions={Purpose.MARKETING: refusal}).unsubscribed(
        Purpose.MARKETING, START + 2 * HOUR, "run", "offer"
    )

    assert refusal.at == START + HOUR
    for each in (refusal, again):
        assert not is_allowed(known(ahead, each))
        assert is_allowed(known(agreed(START + 3 * HOUR), each))


def test_a_clock_that_is_a_little_fast_is_taken_at_its_word() -> None:
    told = agreed(START + FAST_CLOCK)

    assert told.clamped(START + FAST_CLOCK, START) is told
