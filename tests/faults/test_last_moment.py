"""Faults 10 to 12 of FAULTS.md: two workers at once, a zombie, and what is stored between the read and the claim."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import NoReturn

import pytest

from chalicelib.adapters.templates import Templates
from chalicelib.domain.errors import SendThrottled, TemplateError
from chalicelib.domain.facts.consent import Purpose, Unsubscription
from chalicelib.domain.facts.customer import Erasure
from chalicelib.domain.journeys.contacts import Contact, Contacts
from chalicelib.domain.journeys.outcomes import Kind, Outcome
from chalicelib.domain.journeys.run import Status
from tests.builders import START, a_cart, a_launch, an_order
from tests.faults.due import desk_with_a_reminder_due, ends
from tests.naming import FOUR
from tests.services.desk import Desk, erased

pytestmark = pytest.mark.journeys(*FOUR)
SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
LEASE, HOPE = 6 * MINUTE, 7 * HOUR
SENT, ABANDONED, FAILED = Kind.SENT, Kind.ABANDONED, Kind.FAILED


def test_10_of_two_workers_who_claim_at_once_one_wins() -> None:
    desk, run = desk_with_a_reminder_due()
    desk.runs.before_save = desk.page

    desk.page()

    assert len(desk.mailer.sent) == 1
    assert ends(desk, run) == [(SENT, None)]
    assert desk.run(run).step == "second_chance"


def test_10_the_loser_s_history_takes_nothing_from_the_winner_s() -> None:
    desk, _ = desk_with_a_reminder_due()
    desk.runs.before_save = desk.page

    desk.page()

    assert len(desk.runs.contacts["ann"].contacts) == 1


def test_11_a_zombie_s_mail_is_the_only_one_and_its_state_never_wins() -> None:
    desk, run = desk_with_a_reminder_due()
    desk.mailer.on_the_way = lambda: desk.later(LEASE)

    desk.page()
    newer = desk.run(run)
    desk.report()
    desk.later(HOPE, 8 * HOUR)

    assert newer.status is Status.SENDING
    assert len(desk.mailer.sent) == 1
    assert ends(desk, run) == [(SENT, None)]
    assert len(desk.runs.contacts["ann"].contacts) == 1


def test_11_a_zombie_that_wakes_before_its_send_does_not_send() -> None:
    desk, run = desk_with_a_reminder_due()

    def sleep() -> None:
        desk.now += LEASE

    desk.facts.before_read[1] = sleep
    desk.page()

    assert desk.mailer.sent == []
    desk.later(*(LEASE + number * MINUTE for number in range(1, 10)))
    assert len(desk.mailer.sent) == 1
    assert ends(desk, run) == [(SENT, None)]


ORDERED = an_order("o1", START - SECOND)


def complained(desk: Desk, address: str) -> None:
    desk.runs.suppress(desk.facts.identity.address_hash(address), "complaint", START)


LAST_MOMENT: list[tuple[str, Callable[[Desk], object], tuple[Kind, str]]] = [
    ("order", lambda desk: desk.facts.put("ann", ORDERED), (Kind.EXITED, "order_placed")),
    ("emptied", lambda desk: desk.facts.put("ann", a_cart("order-1", START, lines=0)), (Kind.EXITED, "cart_emptied")),
    (
        "unsubscribed", lambda desk: desk.facts.put("ann", Unsubscription(Purpose.MARKETING, START)),
        (Kind.SUPPRESSED, "unsubscribed"),
    ),
    ("erased", lambda desk: desk.facts.put("ann", erased("ann")), (Kind.SUPPRESSED, "erased")),
    ("asked to be erased", lambda desk: desk.facts.put("ann", Erasure(START)), (Kind.SUPPRESSED, "erased")),
    ("complained", lambda desk: complained(desk, "ann@example.com"), (Kind.SUPPRESSED, "suppressed_address")),
]  # fmt: skip


@pytest.mark.parametrize(("happens", "end"), [each[1:] for each in LAST_MOMENT], ids=[each[0] for each in LAST_MOMENT])
def test_12_what_is_stored_between_the_read_and_the_claim_is_heeded(
    happens: Callable[[Desk], object], end: tuple[Kind, str]
) -> None:
    desk, run = desk_with_a_reminder_due()
    desk.runs.before_save = lambda: happens(desk)

    desk.page()

    assert desk.mailer.sent == []
    assert ends(desk, run) == [end]


def test_12_a_mail_that_was_called_off_is_measured_from_no_moment_and_counts_against_no_cap() -> None:
    desk, run = desk_with_a_reminder_due()
    desk.runs.before_save = lambda: desk.facts.put("ann", ORDERED)

    desk.page()

    assert desk.run(run).first_allowed_at is None
    assert "ann" not in desk.runs.contacts


def test_12_a_launch_withdrawn_between_the_read_and_the_claim_invites_nobody() -> None:
    desk = Desk()
    desk.known("ann", an_order("o0", START - 20 * DAY, 30_000))
    launch = a_launch(opens_at=START + 12 * HOUR)
    desk.facts.put("", launch)
    run = desk.waiting("early_access", "invitation", subject="spring", occurrence="spring")
    desk.runs.before_save = lambda: desk.facts.put("", replace(launch, at=START, withdrawn=True))

    desk.page()

    assert desk.mailer.sent == []
    assert ends(desk, run) == [(Kind.EXITED, "launch_withdrawn")]


def test_a_mail_that_another_process_sends_between_the_read_and_the_claim_counts_for_the_caps() -> None:
    desk, run = desk_with_a_reminder_due()
    theirs = Contact("another journey's", START, Purpose.MARKETING)
    desk.facts.before_read[1] = lambda: desk.runs.contacts.update(ann=Contacts((theirs,)))

    desk.page()

    assert desk.mailer.sent == []
    assert [outcome.reason for outcome in desk.run(run).outcomes.values() if outcome.kind is Kind.DEFERRED] == [
        "frequency_cap"
    ]
    assert desk.runs.contacts["ann"].contacts == (theirs,)


def test_a_mail_that_was_refused_leaves_no_trace_in_the_history() -> None:
    desk, _ = desk_with_a_reminder_due()
    desk.mailer.errors = [SendThrottled("slow down")]

    desk.page()

    assert desk.runs.contacts["ann"] == Contacts()


def test_a_run_whose_mails_are_too_old_for_every_cap_writes_no_history() -> None:
    desk = Desk()
    desk.known("ann", a_cart("order-1", START - 2 * DAY))
    run = desk.waiting(step="second_chance", ran_at=START, message_at=START - 33 * DAY)
    desk.runs.add_outcome("ann", run.id, Outcome("sent#before", Kind.SENT, START - 33 * DAY, step="reminder"))

    desk.page()

    assert "ann" not in desk.runs.contacts


def test_a_mail_that_cannot_be_written_leaves_no_trace_in_the_history(monkeypatch: pytest.MonkeyPatch) -> None:
    desk, run = desk_with_a_reminder_due()

    def fail(*_: object, **__: object) -> NoReturn:
        raise TemplateError("cannot be written")

    monkeypatch.setattr(Templates, "render", fail)
    desk.page()

    assert desk.run(run).attempts == 1
    assert desk.runs.contacts.get("ann", Contacts()) == Contacts()


def test_a_mail_that_came_too_late_for_its_lease_leaves_no_trace_in_the_history() -> None:
    desk, run = desk_with_a_reminder_due()

    def sleep() -> None:
        desk.now += LEASE

    desk.facts.before_read[1] = sleep
    desk.page()

    assert desk.run(run).attempts == 1
    assert desk.runs.contacts.get("ann", Contacts()) == Contacts()
