"""``rekindle dlq list``: what was set aside, since when and why, without any personal data unless it is asked for."""

import pytest

from tests.commands.dlq.given import COUNTS, DELIVERY, FACTS, QUEUES, Capture, dlq, set_aside, unreadable
from tests.commands.given import put, rekindle, rows
from tests.journeys.shop import Shop
from tests.naming import FOUR

pytestmark = pytest.mark.journeys(*FOUR)


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
