"""What a customer's contact history takes from their runs, and how two histories become one."""

from dataclasses import replace
from datetime import timedelta

from chalicelib.domain.facts.consent import Purpose
from chalicelib.domain.facts.order import OrderPlaced
from chalicelib.domain.journeys.contact_history import remembered, trimmed
from chalicelib.domain.journeys.contacts import Contact, Contacts, FirstMessage
from chalicelib.domain.journeys.journey import MARKETING, PER_KEY, CoolDown, Journey, Notify, On, Send, days, minutes
from chalicelib.domain.journeys.outcomes import Kind, Outcome
from chalicelib.domain.journeys.policy import Cap, Policy
from chalicelib.domain.journeys.run import Enrollment
from chalicelib.domain.journeys.settlement import claimed, sent_outcome
from tests.builders import START, an_enrollment

DAY, HOUR, INSTANT = days(1), timedelta(hours=1), timedelta(milliseconds=1)


def a_journey(version: int = 1, cool_down: timedelta = DAY) -> Journey:
    """Marketing: a mail to the customer, then a notice to the shop's team."""
    return Journey(
        key="hello",
        version=version,
        purpose=MARKETING,
        enroll=On(OrderPlaced, key="order_id"),
        reentry=CoolDown(cool_down),
        steps=(Send("mail", "mail"), Notify("notice", "notice")),
    )


JOURNEY = a_journey()
JOURNEYS = {("hello", 1): JOURNEY}


def found(*runs: Enrollment, before: Contacts | None = None) -> Contacts:
    return remembered(before or Contacts(), runs, JOURNEYS)


def test_a_mail_that_was_sent_counts_from_when_it_went_under_its_own_id() -> None:
    run = an_enrollment(JOURNEY).with_outcome(sent_outcome("abc#1", "mail", START + HOUR))

    assert found(run).contacts == (Contact("abc#1", START + HOUR, Purpose.MARKETING),)


def test_a_mail_that_is_being_sent_counts_for_the_address_that_it_goes_to() -> None:
    run = claimed(an_enrollment(JOURNEY, step="mail"), START, minutes(5))

    (contact,) = remembered(Contacts(), [run], JOURNEYS, "hash").contacts

    assert contact.to == "hash"


def test_a_notice_to_the_team_is_no_contact() -> None:
    run = an_enrollment(JOURNEY).with_outcome(sent_outcome("abc", "notice", START))

    assert (
        found(run, claimed(an_enrollment(JOURNEY, step="notice"), START, minutes(5), to_customer=False)) == Contacts()
    )


def test_an_outcome_that_is_not_a_send_is_no_contact() -> None:
    run = an_enrollment(JOURNEY).with_outcome(Outcome("opened#abc", Kind.OPENED, START, step="mail"))

    assert found(run).contacts == ()


def test_a_mail_that_is_being_sent_counts_from_its_claim() -> None:
    run = claimed(an_enrollment(JOURNEY), START + HOUR, minutes(5))

    assert found(run).contacts == (Contact(run.send_id, START + HOUR, Purpose.MARKETING),)


def test_a_claim_that_is_over_counts_no_more() -> None:
    failed = replace(claimed(an_enrollment(JOURNEY), START, minutes(5)).ended(START, "refused"), claimed_at=START)

    assert found(failed).contacts == ()


def test_a_run_of_an_unknown_journey_hides_none_of_the_others() -> None:
    unknown = replace(an_enrollment(JOURNEY), journey="gone")
    run = an_enrollment(JOURNEY).with_outcome(sent_outcome("abc", "mail", START))

    assert [contact.send_id for contact in found(unknown, run).contacts] == ["abc"]


def test_what_was_known_before_stays() -> None:
    before = Contacts((Contact("old", START, Purpose.MARKETING),))
    run = an_enrollment(JOURNEY).with_outcome(sent_outcome("abc", "mail", START))

    assert [contact.send_id for contact in found(run, before=before).contacts] == ["old", "abc"]


def test_two_histories_become_one_in_which_nothing_is_twice() -> None:
    one = Contacts((Contact("a", START, MARKETING),), (FirstMessage("hello", "1", START),))
    other = Contacts(
        (Contact("a", START + HOUR, MARKETING), Contact("b", START, MARKETING)),
        (FirstMessage("hello", "1", START + HOUR), FirstMessage("hello", "2", START)),
    )

    assert one.united(other) == Contacts(
        (Contact("a", START, MARKETING), Contact("b", START, MARKETING)),
        (FirstMessage("hello", "1", START + HOUR), FirstMessage("hello", "2", START)),
    )


def test_a_message_that_was_not_sent_after_all_leaves_the_history_and_so_does_the_run_it_began() -> None:
    history = Contacts(
        (Contact("a", START, MARKETING), Contact("b", START, MARKETING)),
        (FirstMessage("hello", "1", START), FirstMessage("hello", "2", START), FirstMessage("other", "1", START)),
    )

    assert history.without("a", "hello", "1", START) == Contacts(
        (Contact("b", START, MARKETING),), (FirstMessage("hello", "2", START), FirstMessage("other", "1", START))
    )


def test_a_run_whose_first_message_was_another_one_stays() -> None:
    history = Contacts((), (FirstMessage("hello", "1", START),))

    assert history.without("a", "hello", "1", START + HOUR) == history


def test_the_longest_cool_down_of_a_journey_s_versions_counts() -> None:
    versions = {("hello", 1): a_journey(1, days(30)), ("hello", 2): a_journey(2, days(10))}
    history = Contacts((), (FirstMessage("hello", "1", START - days(30) + INSTANT),))

    assert trimmed(history, versions, Policy(), START) == history


def test_first_messages_are_kept_of_each_journey_and_those_of_no_journey_go() -> None:
    others = {(key, 1): replace(JOURNEY, key=key) for key in ("one", "two")}
    history = Contacts((), tuple(FirstMessage(key, str(n), START) for key in ("one", "two") for n in range(3)))
    gone = Contacts((), (FirstMessage("gone", "1", START), *history.runs))

    assert trimmed(gone, others, Policy(caps=(Cap(1, days(1)),)), START) == history


def test_a_journey_without_a_cool_down_keeps_no_first_message() -> None:
    freely = {("hello", 1): replace(JOURNEY, reentry=PER_KEY)}

    assert trimmed(Contacts((), (FirstMessage("hello", "1", START),)), freely, Policy(), START) == Contacts()


def test_without_a_cap_or_with_one_of_no_mail_none_is_kept_not_even_one_that_is_ahead_of_the_clock() -> None:
    history = Contacts((Contact("a", START + HOUR, MARKETING), Contact("b", START + 2 * HOUR, MARKETING)))

    for caps in ((), (Cap(0, days(1)),)):
        assert trimmed(history, JOURNEYS, Policy(caps=caps), START) == Contacts()


def test_as_long_as_no_cap_is_used_up_every_mail_is_kept() -> None:
    history = Contacts((Contact("a", START - HOUR, MARKETING), Contact("b", START, MARKETING)))

    assert trimmed(history, JOURNEYS, Policy(caps=(Cap(3, days(7)),)), START) == history


def test_a_message_that_is_claimed_again_counts_from_its_last_claim_and_the_others_stay() -> None:
    run = an_enrollment(JOURNEY, step=next(iter(JOURNEY.plan)))
    first, again = (claimed(run, at, HOUR, to_customer=True) for at in (START, START + DAY))
    other = Contact("other", START, Purpose.MARKETING)
    before = found(first, before=Contacts((other,), (FirstMessage("hello", "another", START),)))

    after = found(again, before=before)

    assert {contact.send_id: contact.at for contact in after.contacts} == {"other": START, run.send_id: START + DAY}
    assert {each.occurrence: each.at for each in after.runs} == {"another": START, run.occurrence: START + DAY}


def test_of_two_first_messages_of_one_run_the_first_that_was_sent_counts() -> None:
    run = an_enrollment(JOURNEY, first_allowed_at=START + DAY)
    before = Contacts((), (FirstMessage("hello", run.occurrence, START),))

    assert found(run, before=before).runs == before.runs


def test_of_two_people_s_runs_about_the_same_thing_the_later_one_counts() -> None:
    """The cool-down counts from the last time that the person heard of it, under whichever name."""
    early, late = FirstMessage("hello", "1", START), FirstMessage("hello", "1", START + 6 * DAY)

    for one, other in ((early, late), (late, early)):
        assert Contacts(runs=(one,)).united(Contacts(runs=(other,))).runs == (late,)


def test_of_others_at_an_address_count_the_messages_to_there_and_the_runs_about_the_same_thing() -> None:
    theirs = Contacts(
        (Contact("there", START, MARKETING, "a1"), Contact("elsewhere", START, MARKETING, "b2"),
         Contact("old", START, MARKETING)),
        (FirstMessage("hello", "1", START), FirstMessage("hello", "2", START), FirstMessage("other", "1", START)),
    )  # fmt: skip

    counted = theirs.at("a1", "hello", "1")

    assert [each.send_id for each in counted.contacts] == ["there", "old"]  # of an old one it is not known where to
    assert counted.runs == (FirstMessage("hello", "1 of another", START),)  # it is another's, so the cool-down counts
