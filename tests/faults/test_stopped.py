"""Fault 29: the mail service refuses every mail. Nothing fails, nothing is lost, and it goes on by itself."""

import logging
from dataclasses import replace
from threading import Barrier

import pytest

from chalicelib.domain.channel import Channel
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.journeys.circuit import PROBE_EVERY, Circuit
from chalicelib.domain.journeys.contacts import Contacts
from chalicelib.domain.journeys.experiment import Arm
from chalicelib.domain.journeys.outcomes import Kind
from chalicelib.domain.journeys.run import Status
from chalicelib.domain.messages.mail import Mail
from chalicelib.services.metrics import Metric
from tests.builders import START, a_cart, outcomes_of
from tests.faults.due import MINUTE, SENT, desk_with_a_reminder_due, ends
from tests.faults.refused import OPEN, STOPPED, desk_with_reminders_due, stopped, unchanged
from tests.naming import FOUR

pytestmark = pytest.mark.journeys(*FOUR)


def test_29_the_run_that_is_refused_is_as_before_its_claim_and_the_circuit_is_open() -> None:
    desk, run = desk_with_a_reminder_due(due_at=START - MINUTE)
    desk.mailer.errors = stopped()

    desk.page()

    assert unchanged(desk, run)
    assert desk.runs.contacts.get("ann", Contacts()) == Contacts()
    assert desk.runs.circuits.opened == {Channel.EMAIL: OPEN}
    assert desk.metrics == [(Metric.SENDING_STOPPED, 1)]


def test_29_the_rest_of_the_batch_is_not_tried() -> None:
    desk, runs = desk_with_reminders_due(12)
    desk.mailer.errors = stopped()

    desk.page()

    assert desk.mailer.calls == 1
    assert all(unchanged(desk, run) for run in runs)


def test_29_of_those_who_send_side_by_side_each_is_refused_once_and_puts_its_run_back() -> None:
    desk, runs = desk_with_reminders_due(12)
    desk.mailer.errors = stopped(12)
    together = Barrier(4)
    send = desk.mailer.send

    def at_once(mail: Mail) -> str:
        together.wait(5)
        return send(mail)

    desk.mailer.send = at_once  # type: ignore[method-assign]

    replace(desk.dispatch, workers=4)([(f"CUSTOMER#{run.customer}", f"ENROLLMENT#{run.id}") for run in runs])

    assert desk.mailer.calls == 4
    assert all(unchanged(desk, run) for run in runs)
    assert desk.metrics == [(Metric.SENDING_STOPPED, 1)]


def test_29_while_it_is_open_a_batch_changes_nothing_whatever_it_would_do() -> None:
    desk, (_, withheld, exits) = desk_with_reminders_due(3)
    desk.runs.enrollments[withheld.customer, withheld.id] = replace(withheld, arm=Arm.HOLDOUT)
    desk.facts.put(exits.customer, a_cart("order-1", START - MINUTE, lines=0))
    desk.runs.circuits.open(OPEN)
    before = dict(desk.runs.enrollments)

    desk.page()

    assert desk.mailer.calls == 0
    assert desk.runs.enrollments == before
    assert desk.facts.reads == 0


def test_29_however_often_it_is_refused_the_run_is_sent_once_and_nothing_is_recorded_of_it() -> None:
    desk, run = desk_with_a_reminder_due()
    desk.mailer.errors = stopped(20)

    for turn in range(21):
        desk.now = START + turn * PROBE_EVERY
        desk.page(is_probe=True)

    assert desk.mailer.calls == 21
    assert outcomes_of(desk.run(run)) == [(SENT, "reminder", None)]


def test_29_the_mail_of_another_journey_is_not_capped_by_a_mail_that_was_refused() -> None:
    desk, _ = desk_with_a_reminder_due()
    other = desk.waiting("win_back", "miss_you", due_at=START + MINUTE)
    desk.mailer.errors = stopped()
    desk.page()
    desk.runs.enrollments = {(other.customer, other.id): other}
    desk.now = START + PROBE_EVERY

    desk.page(is_probe=True)

    assert outcomes_of(desk.run(other), SENT, Kind.DEFERRED) == [(SENT, "miss_you", None)]


def test_29_who_changed_the_run_meanwhile_has_it_and_the_circuit_opens_all_the_same() -> None:
    desk, run = desk_with_a_reminder_due()
    desk.mailer.errors = stopped()

    def zombie() -> None:
        key = run.customer, run.id
        desk.runs.enrollments[key] = replace(desk.runs.enrollments[key], version=99)

    desk.mailer.on_the_way = zombie

    desk.page()

    assert desk.run(run).version == 99
    assert desk.runs.circuits.opened == {Channel.EMAIL: OPEN}


@pytest.mark.parametrize("call", ["open", "close"])
def test_29_if_the_circuit_cannot_be_written_no_run_has_the_trouble(call: str) -> None:
    desk, run = desk_with_a_reminder_due()

    def unavailable(circuit: Circuit) -> bool:
        raise Unavailable("ThrottlingException")

    if call == "close":
        desk.runs.circuits.open(OPEN)
    else:
        desk.mailer.errors = stopped()
    setattr(desk.runs.circuits, call, unavailable)

    desk.page(is_probe=call == "close")

    assert ends(desk, run) == ([(SENT, None)] if call == "close" else [])
    assert desk.run(run).attempts == 0
    assert desk.run(run).status is Status.WAITING


def test_29_the_log_says_once_what_is_stopped_and_why_and_nobody_s_address(caplog: pytest.LogCaptureFixture) -> None:
    desk, _ = desk_with_a_reminder_due()
    desk.mailer.errors = stopped(2)

    with caplog.at_level(logging.ERROR):
        desk.page()
        desk.page(is_probe=True)

    assert [(each.message, vars(each)["error"], vars(each)["channel"]) for each in caplog.records] == [
        ("sending stopped", STOPPED, "email")
    ]
