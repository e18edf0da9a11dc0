"""``rekindle dlq``: dead letters are shown without any personal data, and handled again without loss."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import boto3
import pytest

import app
from chalicelib.domain.errors import Unavailable
from chalicelib.entry import records
from infra.machine.lambda_context import scheduled_event
from infra.stack import dead_letters
from tests.commands.given import STACK, Mover, Said, bodies, moving, outside, put, recount, rekindle, rows
from tests.journeys.shop import Open, Shop
from tests.naming import FOUR

pytestmark = pytest.mark.journeys(*FOUR)
Capture = pytest.CaptureFixture[str]
FACTS, COUNTS = "_fact", "_counts"
QUEUES = ["audience", "due", "feedback", "poison", "stream"]
DELIVERY = {"eventType": "Delivery", "mail": {}}


@pytest.fixture
def shop(open_shop: Open) -> Shop:
    """Ann is known."""
    shop = open_shop("2026-03-02 10:00")
    shop.customer("ann")
    return shop


@contextmanager
def unreadable(what: str) -> Iterator[None]:
    """Nothing on a stream can be read by ``enroll`` (its facts) or by ``rollup`` (its counts)."""

    def broken(_: Any) -> Any:
        raise ValueError("ann, of all people")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(records, what, broken)
        yield


def dlq(shop: Shop, capsys: Capture, *words: str) -> Said:
    """``rekindle dlq WORDS --stack STACK``, a second later than whatever was before."""
    shop.machine.clock.set(shop.now + timedelta(seconds=1))
    return outside(shop, capsys, "dlq", *words, "--stack", STACK)


def redriven(shop: Shop, capsys: Capture, *words: str) -> dict[str, tuple[int, int]]:
    """How many messages of each queue were redriven, and how many remain; only of queues that had messages."""
    result = dlq(shop, capsys, "redrive", *words, "--json").json["queues"]
    found = {each["queue"]: (each["brought_back"], sum(each["left"].values())) for each in result}
    return {queue: numbers for queue, numbers in found.items() if any(numbers)}


def set_aside(shop: Shop, what: str) -> list[dict[str, Any]]:
    """A cart is left while nothing can be read; the messages that are on the poison queue then."""
    with unreadable(what):
        shop.leaves_cart("ann")
    shop.machine.clock.set(shop.now + timedelta(seconds=1))
    return bodies(shop, "PoisonQueue")


# list


def test_each_queue_is_listed_with_what_is_on_it_and_since_when(shop: Shop, capsys: Capture) -> None:
    set_aside(shop, FACTS)
    shop.after(minutes=2)
    set_aside(shop, FACTS)
    put(shop, "FeedbackDeadLetters", DELIVERY, DELIVERY, "?")
    put(shop, "DueDeadLetters", {"keys": []}, MessageGroupId="L0")

    said = dlq(shop, capsys, "list")

    assert said.status == 0
    assert rows(said.out) == [
        ["queue", "messages", "what", "error", "of these", "queued (UTC)"],
        ["audience", "0"],
        ["due", "1", "batch of due enrollments, for dispatch", "–", "1", "2026-03-02 10:02"],
        ["feedback", "3", "event of SES (delivery), for feedback", "–", "2", "2026-03-02 10:02"],
        ["not JSON", "–", "1", "2026-03-02 10:02"],
        ["poison", "2", "new cart, for enroll", "ValueError", "1", "2026-03-02 10:00"],
        ["changed cart, for enroll", "ValueError", "1", "2026-03-02 10:02"],
        ["stream", "0"],
    ]
    assert "the oldest one, in poison, on 2026-03-16 10:00 UTC." in said.out


def test_json_says_the_same(shop: Shop, capsys: Capture) -> None:
    set_aside(shop, COUNTS)

    result = {each["queue"]: each for each in dlq(shop, capsys, "list", "--json").json["queues"]}

    assert list(result) == QUEUES
    assert result["poison"] == {
        "queue": "poison",
        "messages": 1,
        "looked_at": 1,
        "deleted_from": "2026-03-16T10:00:00.000Z",
        "contents": [
            {
                "what": "new enrollment in abandoned_cart, for rollup",
                "error": "ValueError",
                "messages": 1,
                "oldest": "2026-03-02T10:00:00.000Z",
                "newest": "2026-03-02T10:00:00.000Z",
            }
        ],
    }
    assert result["audience"] == {
        "queue": "audience", "messages": 0, "looked_at": 0, "deleted_from": None, "contents": [],
    }  # fmt: skip


def test_whom_it_is_about_is_shown_only_when_asked(shop: Shop, capsys: Capture) -> None:
    with unreadable(FACTS):
        shop.customer("bob")
    personal = [shop.email("bob"), "Bob", shop.key("bob"), "of all people"]

    plain = dlq(shop, capsys, "list"), dlq(shop, capsys, "list", "--json"), dlq(shop, capsys, "list", "poison")
    shown = dlq(shop, capsys, "list", "poison", "--show"), dlq(shop, capsys, "list", "--show", "--json")

    assert [text for text in personal for said in plain if text in said.out + said.err] == []
    assert all(shop.email("bob") in said.out and "Bob" in said.out for said in shown)
    assert shop.email("bob") in shown[1].json["queues"][3]["bodies"][0]


def test_looking_takes_nothing_away(shop: Shop, capsys: Capture) -> None:
    put(shop, "AudienceDeadLetters", *({"launch": f"l{number}", "start": None} for number in range(25)))

    result = [dlq(shop, capsys, "list", "audience", "--json").json["queues"][0] for _ in range(3)]

    assert [(each["messages"], each["looked_at"], each["contents"][0]["messages"]) for each in result] == [
        (25, 25, 25)
    ] * 3


def test_no_more_is_looked_at_than_was_asked_for(shop: Shop, capsys: Capture) -> None:
    put(shop, "AudienceDeadLetters", *({"launch": f"l{number}", "start": None} for number in range(25)))

    said = dlq(shop, capsys, "list", "audience", "--look-at", "13", "--show")

    assert "audience: 13 of about 25 messages could be read." in said.out
    assert said.out.count('"launch"') == 13


def test_nothing_set_aside_is_said(shop: Shop, capsys: Capture) -> None:
    said = dlq(shop, capsys, "list")

    assert rows(said.out)[1:] == [[queue, "0"] for queue in QUEUES]
    assert said.out.rstrip().endswith("The dead-letter queues are empty.")


@pytest.mark.parametrize(
    "body",
    [
        "null", "[]", '"text"', "{}", '{"record": 1, "error": 2}', '{"record": {"dynamodb": {}}, "error": "E"}',
        '{"DDBStreamBatchInfo": 7}', '{"DDBStreamBatchInfo": {"streamArn": "x"}, "requestContext": 1}', "\x1b[2J",
        '{"record": {"dynamodb": {"Keys": {"sk": {"S": "ENROLLMENT#"}}}}, "error": "E"}', '{"eventType": 1}',
    ],
)  # fmt: skip
def test_whatever_is_on_a_queue_can_be_listed_and_is_not_lost(shop: Shop, capsys: Capture, body: str) -> None:
    put(shop, "PoisonQueue", body)
    put(shop, "StreamDeadLetters", body)

    said = dlq(shop, capsys, "list", "--show")
    back = dlq(shop, capsys, "redrive")

    assert (said.status, back.status) == (0, 1)
    assert "\x1b" not in said.out + back.err
    assert "unexpected" not in back.err
    assert [row[1] for row in rows(dlq(shop, capsys, "list").out) if row[0] in ("poison", "stream")] == ["1", "1"]


@pytest.mark.parametrize("verb", ["list", "redrive"])
def test_an_unknown_queue_is_named_with_those_there_are(shop: Shop, capsys: Capture, verb: str) -> None:
    said = dlq(shop, capsys, verb, "posion")

    assert (said.status, said.out) == (1, "")
    assert said.err == (
        "rekindle: there is no queue 'posion'; the queues are audience, due, feedback, poison, stream\n"
    )


@pytest.mark.parametrize("verb", ["list", "redrive"])
def test_without_a_stack_it_says_that_a_local_run_keeps_no_queues(capsys: Capture, verb: str) -> None:
    said = rekindle(capsys, "dlq", verb)

    assert said.status == 1
    expected = "no stack was named: use --stack NAME, or set REKINDLE_STACK (a local run has no queues)"
    assert said.err == f"rekindle: {expected}\n"


def test_it_says_which_verbs_there_are(capsys: Capture) -> None:
    assert rekindle(capsys, "dlq").err.startswith("rekindle: the following arguments are required: list|redrive")
    assert rekindle(capsys, "dlq", "drop").status == 2
    said = rekindle(capsys, "dlq", "list", "--help")
    assert said.status == 0
    assert "they may contain personal data" in said.out


# redrive: records for enroll


def test_a_fact_that_could_not_be_read_enrolls_when_it_is_brought_back(shop: Shop, capsys: Capture) -> None:
    set_aside(shop, FACTS)
    assert shop.runs("ann", "abandoned_cart") == []

    assert redriven(shop, capsys) == {"poison": (1, 0)}

    assert bodies(shop, "PoisonQueue") == []
    shop.after(hours=25)
    assert shop.steps("ann") == ["abandoned_cart/reminder"]
    assert recount() == {}


def test_what_still_cannot_be_read_stays_and_the_rest_comes_back(shop: Shop, capsys: Capture) -> None:
    (message,) = set_aside(shop, FACTS)
    message["record"]["dynamodb"]["NewImage"]["fact"] = {"S": "?"}
    put(shop, "PoisonQueue", message)

    said = dlq(shop, capsys, "redrive", "poison")

    assert said.status == 1
    assert rows(said.out)[1] == ["poison", "1", "1"]
    assert said.err == "rekindle: poison: 1 message stays: it failed again (ValueError)\n"
    assert "{" not in said.out
    shop.machine.clock.set(shop.now + timedelta(seconds=1))
    assert bodies(shop, "PoisonQueue") == [message]


def test_what_may_pass_stays_for_the_next_time(shop: Shop, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    set_aside(shop, FACTS)
    with monkeypatch.context() as throttled:
        throttled.setattr("chalicelib.adapters.dynamodb.runs.RunStore.create", _unavailable)
        said = dlq(shop, capsys, "redrive")

    assert said.err == "rekindle: poison: 1 message stays: it cannot be handled now\n"
    assert redriven(shop, capsys) == {"poison": (1, 0)}


def _unavailable(*_: object) -> None:
    raise Unavailable("ThrottlingException")


def test_brought_back_twice_it_enrolls_once(shop: Shop, capsys: Capture) -> None:
    (message,) = set_aside(shop, FACTS)
    put(shop, "PoisonQueue", message, message)

    assert redriven(shop, capsys) == {"poison": (3, 0)}

    shop.after(hours=25)
    assert shop.steps("ann") == ["abandoned_cart/reminder"]
    assert recount() == {}


def test_a_record_of_a_table_that_is_not_the_stack_s_stays(shop: Shop, capsys: Capture) -> None:
    (message,) = set_aside(shop, FACTS)
    message["record"]["eventSourceARN"] = "arn:aws:dynamodb:us-east-1:123456789012:table/other/stream/2026"
    put(shop, "PoisonQueue", message)

    said = dlq(shop, capsys, "redrive")

    assert "its table's stream is read by no function of this stack" in said.err


# redrive: records for rollup


def test_what_was_not_counted_is_counted_when_it_is_brought_back(shop: Shop, capsys: Capture) -> None:
    set_aside(shop, COUNTS)
    shop.leaves_cart("ann", "cart-2")  # the shard goes on
    shop.after(hours=25)
    assert recount() != {}

    assert redriven(shop, capsys) == {"poison": (1, 0)}

    assert recount() == {}


def test_a_whole_outage_is_made_good_in_whatever_order_the_records_come(shop: Shop, capsys: Capture) -> None:
    with unreadable(COUNTS):
        shop.leaves_cart("ann")
        shop.after(hours=25)
        shop.orders("ann")
    shop.after(days=3)
    before = recount()

    numbers = redriven(shop, capsys)

    assert before != {}
    assert numbers["poison"][0] > 5
    assert recount() == {}


def test_an_older_record_that_comes_back_after_a_newer_one_is_counted_too(shop: Shop, capsys: Capture) -> None:
    with unreadable(COUNTS):
        shop.leaves_cart("ann", "cart-1")
        shop.leaves_cart("ann", "cart-2")
    shop.machine.clock.set(shop.now + timedelta(seconds=1))
    older, newer = sorted(bodies(shop, "PoisonQueue"), key=lambda body: int(sequence(body)))

    boto3.client("sqs").purge_queue(QueueUrl=shop.machine.stack.queues["PoisonQueue"])
    for message in (newer, older):
        put(shop, "PoisonQueue", message)
        assert redriven(shop, capsys) == {"poison": (1, 0)}

    assert recount() == {}


def sequence(body: dict[str, Any]) -> str:
    return str(body["record"]["dynamodb"]["SequenceNumber"])


@pytest.mark.parametrize("days", [0, 1, 3, 13])
def test_brought_back_again_it_is_counted_once(shop: Shop, capsys: Capture, days: int) -> None:
    """However long after, as long as a queue can have kept the record; whatever the nights did to the counters."""
    (message,) = set_aside(shop, COUNTS)
    put(shop, "PoisonQueue", message)
    assert redriven(shop, capsys) == {"poison": (2, 0)}
    shop.after(days=days)

    put(shop, "PoisonQueue", message)
    assert redriven(shop, capsys) == {"poison": (1, 0)}

    assert recount() == {}


def test_what_was_brought_back_is_folded_in_the_end(shop: Shop, capsys: Capture) -> None:
    set_aside(shop, COUNTS)
    redriven(shop, capsys)

    shop.after(days=18)

    shards = {item["sk"] for item in app.parts.counters._table.scan() if item["pk"] == "PERIOD#2026-03-02"}
    assert shards == {"SHARD#FOLDED"}
    assert recount() == {}
    night = shop.machine.invoke("nightly", scheduled_event(shop.now, "cron"))
    assert night["differences"] == 0


# A redrive that dies


@pytest.mark.parametrize("what", [FACTS, COUNTS])
def test_one_that_dies_after_handling_and_before_deleting_loses_nothing_and_doubles_nothing(
    shop: Shop, capsys: Capture, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    set_aside(shop, what)

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(dead_letters.MessageLease, "delete", die)
        stopped = dlq(shop, capsys, "redrive")
    again = redriven(shop, capsys)
    shop.machine.pump()

    assert stopped.status == 130
    assert "poison: nothing is lost" in stopped.err
    assert stopped.err.endswith("rekindle: stopped\n")
    assert again == {"poison": (1, 0)}
    assert recount() == {}
    assert len(shop.runs("ann", "abandoned_cart")) == 1


def test_one_that_is_killed_leaves_the_messages_to_come_back_by_themselves(
    shop: Shop, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_aside(shop, FACTS)
    with monkeypatch.context() as killed:
        killed.setattr(dead_letters.MessageLease, "__exit__", lambda *_: None)
        killed.setattr(dead_letters.MessageLease, "delete", lambda *_: None)
        dlq(shop, capsys, "redrive")

    assert redriven(shop, capsys) == {}
    shop.machine.clock.set(shop.now + timedelta(minutes=15))
    assert redriven(shop, capsys) == {"poison": (1, 0)}


def test_a_message_that_comes_up_again_meanwhile_is_not_handled_again(shop: Shop) -> None:
    put(shop, "PoisonQueue", {"n": 1}, {"n": 2})
    seen: list[str] = []

    with dead_letters.MessageLease(shop.machine.stack.queues["PoisonQueue"], hidden=60) as lease:
        for letters in lease.batches():
            seen += [letter.body for letter in letters]
            shop.machine.clock.set(shop.now + timedelta(minutes=2))
            assert len(seen) < 10, "it does not end"

    assert sorted(seen) == ['{"n": 1}', '{"n": 2}']


# redrive: SQS's own dead letters


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
