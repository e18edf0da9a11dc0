"""What is known of one mail: from its reports, and from the runs of its customer."""

from datetime import timedelta

import pytest

from chalicelib.domain.journeys.outcomes import Kind, Outcome
from chalicelib.domain.journeys.settlement import sent_outcome
from chalicelib.domain.messages.attempts import SOFT_BOUNCES, WITHIN, Attempt, Attempts, deliveries, mark_of
from tests.builders import START, an_enrollment

HOUR, MILLISECOND = timedelta(hours=1), timedelta(milliseconds=1)


def test_two_reports_of_one_mail_are_joined_to_what_both_say() -> None:
    one, other = Attempt("s", START + HOUR, is_delivered=True), Attempt("s", START, is_refused=True, is_unclear=True)

    both = Attempt("s", START, is_delivered=True, is_refused=True, is_unclear=True)
    assert one.joined(other) == other.joined(one) == both
    assert Attempts((one,)).plus([other]) == Attempts((both,))


def test_what_neither_says_is_not_known() -> None:
    one = Attempt("s", START)

    assert one.joined(one) == one


def test_mails_of_one_moment_stand_in_the_order_of_their_ids_whichever_is_known_first() -> None:
    a, b = Attempt("a", START), Attempt("b", START)

    assert Attempts().plus([b, a]) == Attempts().plus([a, b]) == Attempts((a, b))


@pytest.mark.parametrize(("within", "is_suppressed"), [(WITHIN, True), (WITHIN + MILLISECOND, False)])
def test_the_first_and_the_last_bounce_lie_within_30_days(within: timedelta, is_suppressed: bool) -> None:
    times = [START, START + HOUR, START + within]

    known = Attempts().plus(Attempt(str(at), at, is_refused=True) for at in times)

    assert len(times) == SOFT_BOUNCES
    assert (known.unreachable_since() is not None) is is_suppressed


def test_a_delivery_counts_from_when_its_mail_was_sent_if_that_is_known() -> None:
    run = (
        an_enrollment()
        .with_outcome(sent_outcome("a#1", "mail", START))
        .with_outcome(Outcome("delivered#a#1", Kind.DELIVERED, START + HOUR, step="mail"))
        .with_outcome(Outcome("delivered#b", Kind.DELIVERED, START + 2 * HOUR, step="mail"))
    )

    assert deliveries([run], "hash") == [
        Attempt("a#1", START, is_delivered=True),
        Attempt("b", START + 2 * HOUR, is_delivered=True),
    ]


def test_a_mail_to_the_team_and_one_that_was_only_sent_are_no_deliveries_to_the_customer() -> None:
    run = (
        an_enrollment()
        .with_outcome(sent_outcome("a", "mail", START))
        .with_outcome(Outcome("delivered#n", Kind.DELIVERED, START, step="notice", to_team=True))
    )

    assert deliveries([run], "hash") == []


def test_a_delivery_to_another_address_says_nothing_of_this_one() -> None:
    mark, other = mark_of("a1" * 16), mark_of("b2" * 16)
    run = an_enrollment()
    for name, about in (("here", mark), ("elsewhere", other), ("unknown", None)):
        outcome = Outcome(f"delivered#{name}", Kind.DELIVERED, START, step="mail", about=about)
        run = run.with_outcome(outcome)

    assert [each.id for each in deliveries([run], "a1" * 16)] == ["here", "unknown"]
