"""What names an attempt to send, an outcome and an event."""

from dataclasses import replace

from chalicelib.domain.facts.fact import Event
from chalicelib.domain.facts.launch import LaunchAnnounced
from chalicelib.domain.journeys.experiment import Arm
from chalicelib.domain.journeys.journey import days
from tests.builders import START, a_launch, an_enrollment


def test_a_send_id_names_one_attempt_of_one_step_of_one_run() -> None:
    run = an_enrollment(step="a")
    others = [
        replace(run, step="b"),
        replace(run, tries=1),
        replace(run, occurrence="order-2"),
        replace(run, customer="bob"),
        replace(run, journey="other"),
        replace(run, journey_version=2),
    ]

    assert len({run.send_id, *(other.send_id for other in others)}) == 7
    assert replace(run, attempts=3, due_at=None, version=9, arm=Arm.HOLDOUT).send_id == run.send_id


def test_an_outcome_is_held_once() -> None:
    run = an_enrollment()
    (enrolled,) = run.outcomes.values()

    again = run.with_outcome(replace(enrolled, at=START + days(1)))

    assert again.outcomes == run.outcomes


def test_events_name_what_they_are_about() -> None:
    event: Event = LaunchAnnounced("spring", START, a_launch())

    assert (event.key_name, event.key) == ("launch_id", "spring")
