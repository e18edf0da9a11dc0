"""Fault 29: while the mail service refuses every mail, one batch after the other tries whether it takes mails again."""

from dataclasses import replace

import pytest

from chalicelib.domain.channel import Channel
from chalicelib.domain.errors import SendRejected, SendThrottled, SendUnknown
from chalicelib.domain.journeys.circuit import PROBE_EVERY
from chalicelib.domain.journeys.experiment import Arm
from chalicelib.domain.journeys.outcomes import Kind
from tests.builders import START, a_cart
from tests.faults.due import MINUTE, SENT, Died, desk_with_a_reminder_due, die, ends
from tests.faults.refused import OPEN, desk_with_reminders_due, stopped, unchanged
from tests.naming import FOUR

pytestmark = pytest.mark.journeys(*FOUR)


def test_29_a_probe_tries_one_mail_and_if_that_is_refused_nothing_has_changed() -> None:
    desk, runs = desk_with_reminders_due(3)
    desk.runs.circuits.open(OPEN)
    desk.mailer.errors = stopped()

    desk.page(is_probe=True)

    assert desk.mailer.calls == 1
    assert all(unchanged(desk, run) for run in runs)
    assert desk.runs.circuits.opened == {Channel.EMAIL: OPEN}
    assert desk.metrics == []


def test_29_a_probe_that_is_accepted_closes_the_circuit_and_the_batch_goes_on() -> None:
    desk, runs = desk_with_reminders_due(3)
    desk.runs.circuits.open(OPEN)

    desk.page(is_probe=True)

    assert [ends(desk, run) for run in runs] == [[(SENT, None)]] * 3
    assert desk.runs.circuits.opened == {}


@pytest.mark.parametrize("error", [SendUnknown("Timeout"), SendThrottled("Throttling")])
def test_29_a_probe_without_a_clear_answer_leaves_the_circuit_open_and_is_one_attempt(error: Exception) -> None:
    desk, _ = desk_with_reminders_due(3)
    desk.runs.circuits.open(OPEN)
    desk.mailer.errors = [error]

    desk.page(is_probe=True)

    assert desk.mailer.calls == 1
    assert desk.runs.circuits.opened == {Channel.EMAIL: OPEN}


def test_29_a_probe_goes_on_after_a_mail_that_alone_was_refused() -> None:
    desk, (_, second, third) = desk_with_reminders_due(3)
    desk.runs.circuits.open(OPEN)
    desk.mailer.errors = [SendRejected("Rejected")]

    desk.page(is_probe=True)

    assert desk.mailer.calls == 3
    assert [ends(desk, run) for run in (second, third)] == [[(SENT, None)]] * 2
    assert desk.runs.circuits.opened == {}


def test_29_a_probe_goes_on_to_the_first_run_that_sends() -> None:
    desk, (withheld, exits, sends) = desk_with_reminders_due(3)
    desk.runs.enrollments[withheld.customer, withheld.id] = replace(withheld, arm=Arm.HOLDOUT)
    desk.facts.put(exits.customer, a_cart("order-1", START - MINUTE, lines=0))
    desk.runs.circuits.open(OPEN)
    desk.mailer.errors = stopped()

    desk.page(is_probe=True)

    assert ends(desk, withheld) == [(Kind.WITHHELD, None)]
    assert ends(desk, exits) == [(Kind.EXITED, "cart_emptied")]
    assert unchanged(desk, sends)
    assert desk.mailer.calls == 1


def test_29_a_probe_that_dies_after_it_was_accepted_leaves_a_send_that_is_settled_as_any_other() -> None:
    desk, run = desk_with_a_reminder_due()
    desk.runs.circuits.open(OPEN)
    desk.mailer.after = die
    with pytest.raises(Died):
        desk.page(is_probe=True)
    desk.report()

    desk.now = START + 2 * PROBE_EVERY
    desk.page(is_probe=True)

    assert ends(desk, run) == [(SENT, None)]
    assert len(desk.mailer.sent) == 1


def test_29_one_who_was_refused_when_it_had_been_closed_opens_it_once_more_and_the_next_probe_closes_it() -> None:
    desk, _ = desk_with_reminders_due(2)
    desk.runs.circuits.open(OPEN)
    desk.page(is_probe=True)
    desk.runs.circuits.open(replace(OPEN, since=START + MINUTE))
    late = desk.waiting("win_back", "miss_you", "c9")
    desk.known("c9")

    desk.page()
    assert unchanged(desk, late)
    desk.page(is_probe=True)

    assert ends(desk, late) == [(SENT, None)]
    assert desk.runs.circuits.opened == {}
