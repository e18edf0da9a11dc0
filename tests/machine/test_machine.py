"""Time, schedules, mails and the environment of the local machine."""

import json
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from infra.machine.clock import VirtualClock, whole_minute
from infra.machine.inbox import AcceptedMail
from infra.machine.machine import Machine
from infra.machine.schedules import next_run
from infra.machine.streams import Handler
from infra.package.packaged import ScheduleSource
from tests.machine.given import QUEUE, START, STREAM, Fake, Start, put

SWEEP = ScheduleSource("sweep", "rate(1 minute)")
NIGHTLY = ScheduleSource("nightly", "cron(0 3 * * ? *)")
MIME = (
    "From: The Shop <hello@shop.example>\r\nTo: Kim <kim@example.com>\r\nSubject: =?utf-8?b?7JWI64WV?=\r\n"
    "X-SES-CONFIGURATION-SET: rekindle\r\nX-SES-MESSAGE-TAGS: send_id=s1, journey=abandoned_cart\r\n"
    'MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary="x"\r\n\r\n'
    "--x\r\nContent-Type: text/plain\r\n\r\nHello\r\n--x\r\nContent-Type: text/html\r\n\r\n<p>Hello</p>\r\n--x--\r\n"
)


def arm(machine: Machine, due_at: str, lane: str = "0") -> None:
    """An enrollment that waits until ``due_at``."""
    item: dict[str, Any] = {"pk": {"S": "CUSTOMER#1"}, "sk": {"S": f"ENROLLMENT#{lane}"}}
    boto3.client("dynamodb").put_item(
        TableName=machine.stack.tables["EngagementTable"],
        Item=item | {"lane": {"S": lane}, "due_at": {"S": due_at}},
    )


def disarm(machine: Machine) -> None:
    """The enrollment of lane 0 waits no more."""
    boto3.client("dynamodb").update_item(
        TableName=machine.stack.tables["EngagementTable"],
        Key={"pk": {"S": "CUSTOMER#1"}, "sk": {"S": "ENROLLMENT#0"}},
        UpdateExpression="REMOVE lane, due_at",
    )


def mail_out(_event: dict[str, Any]) -> None:
    boto3.client("sesv2").send_email(Content={"Raw": {"Data": MIME.encode()}})


def test_sweep_runs_at_the_whole_minute_after_something_is_due_and_only_then(start: Start) -> None:
    times: list[datetime] = []

    def sweep(_event: dict[str, Any]) -> None:
        times.append(machine.clock.now())
        if len(times) == 2:
            disarm(machine)

    machine = start(SWEEP, sweep)
    arm(machine, "2026-03-04T09:30:15Z")
    machine.advance_to(START + timedelta(days=9))

    assert times == [datetime(2026, 3, 4, 9, 31, tzinfo=UTC), datetime(2026, 3, 4, 9, 32, tzinfo=UTC)]
    assert machine.clock.now() == START + timedelta(days=9)


def test_the_earliest_of_all_lanes_counts(start: Start) -> None:
    handler = Fake()
    machine = start(SWEEP, handler)

    arm(machine, "2026-03-09T00:00:00Z", lane="0")
    arm(machine, "2026-03-02T00:00:00Z", lane="1")
    machine.advance_to(datetime(2026, 3, 2, tzinfo=UTC))

    assert [event["time"] for event in handler.events] == ["2026-03-02T00:00:00Z"]


def test_what_the_tables_are_furnished_with_is_there_and_reaches_no_function() -> None:
    """Not even what is due: it waits for its minute, as what was armed by a function."""
    reader, sweeper = Fake(), Fake()
    item = {"pk": {"S": "CUSTOMER#1"}, "sk": {"S": "ENROLLMENT#0"}, "lane": {"S": "0"}}
    due_at = {"due_at": {"S": "2026-03-04T09:30:15Z"}}

    def furnish() -> None:
        boto3.client("dynamodb").put_item(TableName="rekindle-EngagementTable", Item=item | due_at)

    stream = replace(STREAM, table="EngagementTable")
    handlers = {"enroll": reader, "sweep": sweeper}
    with Machine(VirtualClock(START), handlers=handlers, sources=(stream, SWEEP), furnish=furnish) as machine:
        machine.pump()
        assert (reader.events, sweeper.events) == ([], [])

        machine.advance_to(datetime(2026, 3, 4, 9, 31, tzinfo=UTC))
        assert [event["time"] for event in sweeper.events] == ["2026-03-04T09:31:00Z"]

        put(machine, "STANDING", table="EngagementTable")
        machine.pump()
        assert reader.batches == [["STANDING"]]


def test_nightly_runs_each_night(start: Start) -> None:
    handler = Fake()
    machine = start(NIGHTLY, handler)

    machine.run(START + timedelta(days=3))

    assert [event["time"] for event in handler.events] == [f"2026-03-{day:02d}T03:00:00Z" for day in (2, 3, 4)]


def test_what_has_expired_is_deleted_within_a_day_and_the_stream_tells_it(start: Start) -> None:
    seen = Fake()
    machine = start(STREAM, seen)
    for sort_key, hours in (("soon", 1), ("later", 47), ("never", None)):
        until = {"expires_at": {"N": str(int((START + timedelta(hours=hours)).timestamp()))}} if hours else {}
        item: dict[str, Any] = {"pk": {"S": "VISITOR#1"}, "sk": {"S": sort_key}, **until}
        boto3.client("dynamodb").put_item(TableName=machine.stack.tables["CommerceTable"], Item=item)

    machine.at(START + timedelta(days=1), lambda: None)
    machine.advance_to(START + timedelta(days=1))

    assert seen.batches == [["soon", "later", "never"], ["soon"]]


def test_a_schedule_that_fails_stops_nothing(start: Start) -> None:
    machine = start(NIGHTLY, Fake(last=ValueError("at night")))

    machine.advance_to(START + timedelta(days=2))

    assert [str(failure.error) for failure in machine.failures] == ["at night", "at night"]


def test_callbacks_run_in_order_of_time_then_of_asking(start: Start) -> None:
    machine = start(QUEUE, Fake())
    seen: list[tuple[str, datetime]] = []
    later, sooner = START + timedelta(hours=2), START + timedelta(hours=1)

    for name, when in (("third", later), ("first", sooner), ("second", sooner)):
        machine.at(when, lambda name=name: seen.append((name, machine.clock.now())))  # type: ignore[misc]
    machine.advance_to(START + timedelta(days=1))

    assert seen == [("first", sooner), ("second", sooner), ("third", later)]


def test_a_mail_lands_in_the_inbox_with_its_tags() -> None:
    with Machine(VirtualClock(START), handlers={"nightly": mail_out}, sources=(NIGHTLY,), behaviour=None) as machine:
        machine.invoke("nightly", {})

        (mail,) = machine.inbox
    assert (mail.to, mail.subject, mail.text.strip(), mail.html.strip()) == (
        ("kim@example.com",),
        "안녕",
        "Hello",
        "<p>Hello</p>",
    )
    assert mail.tags == {"send_id": "s1", "journey": "abandoned_cart"}
    assert mail.at == START
    assert machine.inbox.to("KIM@example.com") == machine.inbox.tagged("send_id", "s1") == [mail]


def test_what_becomes_of_a_mail_comes_back_as_ses_events() -> None:
    def behaviour(mail: AcceptedMail) -> list[tuple[timedelta, str, dict[str, Any]]]:
        return [
            (timedelta(0), "send", {}),
            (timedelta(seconds=2), "delivery", {}),
            (timedelta(hours=1), "click", {"link": "https://shop.example/cart"}),
            (timedelta(hours=2), "bounce", {"bounceType": "Transient"}),
        ]

    handler = Fake()
    handlers: dict[str, Handler] = {"nightly": mail_out, "feedback": handler}
    with Machine(VirtualClock(START), handlers=handlers, sources=(QUEUE,), behaviour=behaviour) as machine:
        machine.invoke("nightly", {})
        machine.advance_to(START + timedelta(days=1))

    events = [json.loads(record["body"]) for event in handler.events for record in event["Records"]]
    assert [event["eventType"] for event in events] == ["Send", "Delivery", "Click", "Bounce"]
    assert events[0]["mail"]["tags"]["send_id"] == ["s1"]
    assert events[0]["mail"]["destination"] == ["kim@example.com"]
    assert events[1]["delivery"]["processingTimeMillis"] == 2000
    assert events[2]["click"]["link"] == "https://shop.example/cart"
    assert events[2]["click"]["timestamp"] == "2026-03-01T13:00:00.000Z"
    assert events[3]["bounce"]["bounceType"] == "Transient"


def test_the_environment_is_that_of_the_template_and_is_restored() -> None:
    before = dict(os.environ)

    with Machine(VirtualClock(START), lanes=7, settings={"SHOP_ZONE": "Asia/Seoul"}, handlers={}, sources=()):
        inside = dict(os.environ)

    assert inside["LANES"] == "7"
    assert inside["SHOP_ZONE"] == "Asia/Seoul"
    assert inside["DUE_QUEUE_URL"].endswith("rekindle-due.fifo")
    assert inside["CONFIGURATION_SET"] == "rekindle"
    assert dict(os.environ) == before


def test_two_runs_are_the_same() -> None:
    def run() -> list[dict[str, Any]]:
        handler = Fake()
        handlers: dict[str, Handler] = {"nightly": mail_out, "feedback": handler}
        with Machine(VirtualClock(START), handlers=handlers, sources=(NIGHTLY, QUEUE)) as machine:
            machine.run(START + timedelta(days=2))
        return handler.events

    assert run() == run()


def test_time_goes_back_only_when_asked() -> None:
    clock = VirtualClock(START)

    with pytest.raises(ValueError, match="does not go back"):
        clock.set(START - timedelta(seconds=1))
    clock.set_back(START - timedelta(seconds=1))

    assert clock.now() == START - timedelta(seconds=1)
    with pytest.raises(ValueError, match="naive"):
        clock.set(datetime(2026, 3, 2))  # noqa: DTZ001


def test_whole_minutes() -> None:
    assert whole_minute(START) == START
    assert whole_minute(START + timedelta(microseconds=1)) == START + timedelta(minutes=1)


def test_schedules_run_strictly_later() -> None:
    assert next_run("rate(5 minutes)", START) == START + timedelta(minutes=5)
    assert next_run("cron(0 12 * * ? *)", START) == START + timedelta(days=1)
    assert next_run("cron(30 12 * * ? *)", START) == START + timedelta(minutes=30)
    with pytest.raises(ValueError, match="daily cron"):
        next_run("cron(0 12 1 * ? *)", START)
