"""``rekindle dlq redrive``: SQS moves its own dead letters back to the queue that they came from."""

import json

import pytest

from tests.commands.dlq.given import DELIVERY, FACTS, QUEUES, Capture, dlq, redriven, set_aside, unreadable
from tests.commands.given import Mover, bodies, moving, put, rows
from tests.journeys.shop import Shop
from tests.naming import FOUR

pytestmark = pytest.mark.journeys(*FOUR)


def test_dead_letters_go_back_to_the_queue_they_came_from_and_are_handled(shop: Shop, capsys: Capture) -> None:
    put(shop, "FeedbackDeadLetters", *[DELIVERY | {"n": n} for n in range(12)])
    put(shop, "DueDeadLetters", {"keys": []}, MessageGroupId="L0")

    with moving(Mover(asks=3)) as mover:
        numbers = redriven(shop, capsys)

    names = [(task["SourceArn"].rpartition(":")[2], task["DestinationArn"].rpartition(":")[2]) for task in mover.tasks]
    assert sorted(names) == [
        ("rekindle-due-dead-letters.fifo", "rekindle-due.fifo"),
        ("rekindle-feedback-dead-letters", "rekindle-feedback"),
    ]
    assert numbers == {"due": (1, 0), "feedback": (12, 0)}
    assert dlq(shop, capsys, "list").out.rstrip().endswith("The dead-letter queues are empty.")
    shop.machine.pump()
    assert bodies(shop, "FeedbackQueue") == bodies(shop, "DueQueue") == []


def test_a_queue_is_chosen_by_its_name(shop: Shop, capsys: Capture) -> None:
    put(shop, "FeedbackDeadLetters", DELIVERY)
    put(shop, "AudienceDeadLetters", {"launch": "l1", "start": None})

    with moving(Mover()):
        assert redriven(shop, capsys, "audience") == {"audience": (1, 0)}

    assert len(bodies(shop, "FeedbackDeadLetters")) == 1


def test_a_move_that_is_under_way_is_followed_and_no_second_one_is_begun(shop: Shop, capsys: Capture) -> None:
    put(shop, "FeedbackDeadLetters", DELIVERY)
    url = shop.machine.stack.queues["FeedbackDeadLetters"]
    with moving(Mover(asks=5)) as mover:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("infra.stack.moving.sleep", _interrupt)
            stopped = dlq(shop, capsys, "redrive", "feedback")
        numbers = redriven(shop, capsys, "feedback")

    assert url.endswith("feedback-dead-letters")
    assert stopped.status == 130
    assert "still being moved by SQS" in stopped.err
    assert numbers == {"feedback": (1, 0)}
    assert len(mover.tasks) == 1


def _interrupt(_: float) -> None:
    raise KeyboardInterrupt


def test_the_move_before_is_not_taken_for_this_one(shop: Shop, capsys: Capture) -> None:
    with moving(Mover(lag=3)):
        for number in (1, 2, 3):
            put(shop, "FeedbackDeadLetters", *[DELIVERY | {"n": n} for n in range(number)])
            assert redriven(shop, capsys) == {"feedback": (number, 0)}


def test_a_move_that_stops_is_reported_with_its_reason(shop: Shop, capsys: Capture) -> None:
    put(shop, "FeedbackDeadLetters", DELIVERY)

    with moving(Mover(fails="AccessDenied")):
        said = dlq(shop, capsys, "redrive")

    assert said.status == 1
    assert said.err == "rekindle: feedback: 1 message stays: SQS stopped moving: AccessDenied\n"
    assert len(bodies(shop, "FeedbackDeadLetters")) == 1


def test_a_move_that_sqs_never_lists_is_not_waited_for_for_ever(shop: Shop, capsys: Capture) -> None:
    put(shop, "FeedbackDeadLetters", DELIVERY)

    with moving(Mover(lag=1000)):
        said = dlq(shop, capsys, "redrive")

    assert (said.status, said.out) == (1, "")
    assert said.err == "rekindle: SQS does not list the move it began; check it with rekindle dlq list\n"


def test_nothing_to_bring_back_begins_no_move(shop: Shop, capsys: Capture) -> None:
    with moving(Mover()) as mover:
        said = dlq(shop, capsys, "redrive")

    assert (said.status, said.err, mover.tasks) == (0, "", [])
    assert rows(said.out)[1:] == [[queue, "0", "0"] for queue in QUEUES]


def test_the_handlers_log_nothing_into_what_is_printed(
    shop: Shop, capsys: Capture, caplog: pytest.LogCaptureFixture
) -> None:
    set_aside(shop, FACTS)
    caplog.clear()

    with unreadable(FACTS):
        result = dlq(shop, capsys, "redrive", "--json")

    assert json.loads(result.out)["queues"][3]["left"] == {"it failed again (ValueError)": 1}
    assert [record for record in caplog.records if record.name.startswith("rekindle")] == []
