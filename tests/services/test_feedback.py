"""What SES tells is recorded once, whatever the order and however often."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from chalicelib.adapters.identity import Identity
from chalicelib.adapters.mail.reports import read_report
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.journeys.outcomes import Kind, Outcome
from chalicelib.domain.messages.tags import SendTags
from chalicelib.entry.reports import ReportQueue
from chalicelib.services.feedback import Feedback
from chalicelib.services.metrics import Metric
from infra.machine.inbox import AcceptedMail
from infra.machine.ses_events import ses_event
from tests.builders import START, an_enrollment
from tests.fakes import SECRET, FakeEngagement

RUN = an_enrollment()
SEND = RUN.send_id
SECOND = timedelta(seconds=1)
HASH = Identity(SECRET).address_hash


def event(kind: str, after: timedelta = SECOND, tags: dict[str, str] | None = None, **details: Any) -> dict[str, Any]:
    """An event of the run's mail, ``after`` so long."""
    pairs = tags if tags is not None else SendTags(SEND, RUN.customer, RUN.id, "message").as_mapping
    header = ", ".join(f"{name}={value}" for name, value in pairs.items())
    mail = AcceptedMail("m1", START, "shop@example.com", ("ann@example.com",), {"X-SES-MESSAGE-TAGS": header}, "")
    return ses_event(mail, kind, START + after, details)


def reported(*events: Any, runs: FakeEngagement | None = None) -> tuple[FakeEngagement, dict[str, Any]]:
    """The store after these events came in one batch, and the answer."""
    if runs is None:
        runs = FakeEngagement()
        runs.create(RUN)
    bodies = [each if isinstance(each, str) else json.dumps(each) for each in events]
    records = [{"messageId": str(place), "body": body} for place, body in enumerate(bodies)]
    return runs, ReportQueue(Feedback(runs, runs, runs, HASH), read_report)({"Records": records})


def outcomes(runs: FakeEngagement) -> dict[str, Outcome]:
    return {name: each for name, each in runs.enrollments["ann", RUN.id].outcomes.items() if name != "enrolled"}


def human(runs: FakeEngagement) -> list[Kind]:
    return sorted(each.kind for each in outcomes(runs).values() if not each.automated)


def failed(answer: dict[str, Any]) -> list[str]:
    return [each["itemIdentifier"] for each in answer["batchItemFailures"]]


def test_the_first_message_of_a_new_topic_is_no_report_and_no_fault() -> None:
    runs, answer = reported("Successfully validated SNS topic for Amazon SES event publishing.", event("send"))

    assert failed(answer) == []
    assert human(runs) == [Kind.SENT]


def test_any_event_proves_that_the_mail_was_sent() -> None:
    runs, _ = reported(event("delivery"))

    assert human(runs) == [Kind.DELIVERED, Kind.SENT]
    assert outcomes(runs)[f"sent#{SEND}"].at == START


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("send", None), ("open", Kind.OPENED), ("click", Kind.CLICKED), ("bounce", Kind.BOUNCED),
     ("complaint", Kind.COMPLAINED), ("reject", Kind.FAILED), ("renderingFailure", None)],
)  # fmt: skip
def test_each_event_is_its_outcome(kind: str, expected: Kind | None) -> None:
    runs, answer = reported(event(kind, timedelta(hours=1)))

    assert human(runs) == sorted([Kind.SENT, *([expected] if expected else [])])
    assert failed(answer) == []


def test_an_event_that_comes_again_is_counted_once() -> None:
    runs, _ = reported(*[event("click", timedelta(hours=1))] * 3, *[event("delivery")] * 2)

    assert human(runs) == [Kind.CLICKED, Kind.DELIVERED, Kind.SENT]


@pytest.mark.parametrize(("after", "is_human"), [(9 * SECOND, False), (14 * SECOND, False), (15 * SECOND, True)])
def test_a_click_within_fifteen_seconds_of_the_send_is_a_scanner_s(after: timedelta, is_human: bool) -> None:
    runs, _ = reported(event("delivery", 2 * SECOND), event("click", after))

    assert (Kind.CLICKED in human(runs)) is is_human
    assert Kind.CLICKED in {each.kind for each in outcomes(runs).values()}


def test_a_scanner_s_click_hides_no_human_s() -> None:
    runs, _ = reported(event("delivery"), event("click", 3 * SECOND), event("click", timedelta(hours=3)))

    assert human(runs).count(Kind.CLICKED) == 1


def test_the_order_in_which_events_come_changes_nothing() -> None:
    events = [event("delivery", timedelta(minutes=5)), event("click", timedelta(minutes=5, seconds=3)), event("send")]

    states: list[dict[str, Outcome]] = []
    for order in permutations(events):
        states.append(outcomes(reported(*order)[0]))

    assert all(state == states[0] for state in states)


@pytest.mark.parametrize(("kind", "reason"), [("bounce", "bounce"), ("complaint", "complaint")])
def test_an_address_that_is_gone_or_complains_is_suppressed(kind: str, reason: str) -> None:
    runs, _ = reported(event(kind), event(kind))

    assert runs.suppressions == {HASH("ann@example.com"): (reason, START + SECOND)}


@pytest.mark.parametrize("named", ["Ann <ANN@example.com>", "archive@elsewhere.example"])
def test_the_address_that_our_mail_was_sent_to_is_suppressed_whatever_the_bounce_names(named: str) -> None:
    runs, _ = reported(event("bounce", bouncedRecipients=[{"emailAddress": named}]))

    assert runs.suppressed([HASH("ann@example.com"), HASH("archive@elsewhere.example")]) == {HASH("ann@example.com")}


@pytest.mark.parametrize(("kind", "field"), [("bounce", "bouncedRecipients"), ("complaint", "complainedRecipients")])
def test_of_another_s_mail_only_those_who_are_named_are_suppressed(kind: str, field: str) -> None:
    report = event(kind, tags={})
    report[kind][field] = [{"emailAddress": "Bob <Bob@例え.jp>"}]
    report["mail"]["destination"] = ["ann@example.com", "bob@xn--r8jz45g.jp"]

    runs, _ = reported(report)

    assert runs.suppressions.keys() == {HASH("bob@xn--r8jz45g.jp")}


@pytest.mark.parametrize("kind", ["bounce", "complaint"])
def test_a_notice_to_the_team_suppresses_nobody_and_its_failure_is_logged(
    kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    runs, _ = reported(event(kind, tags=dict(SendTags(SEND, RUN.customer, RUN.id, "message", to_team=True).as_mapping)))

    assert runs.suppressions == {}
    assert [each.message for each in caplog.records if each.levelname == "ERROR"] == ["notice to the team not accepted"]


def test_an_out_of_office_reply_of_the_team_alarms_nobody(caplog: pytest.LogCaptureFixture) -> None:
    team = SendTags(SEND, RUN.customer, RUN.id, "message", to_team=True)

    runs, _ = reported(event("bounce", tags=dict(team.as_mapping), bounceType="Transient"))

    assert [each for each in caplog.records if each.levelname == "ERROR"] == []
    assert runs.attempts == {}


@pytest.mark.parametrize("tags", [None, {}])
def test_not_spam_is_no_complaint(tags: dict[str, str] | None) -> None:
    runs, answer = reported(event("complaint", tags=tags, complaintFeedbackType="not-spam"))

    assert failed(answer) == []
    assert human(runs) == ([Kind.SENT] if tags is None else [])
    assert runs.suppressions == {}


def test_a_full_mailbox_is_not_suppressed() -> None:
    runs, _ = reported(event("bounce", bounceType="Transient"))

    assert runs.suppressions == {}
    assert Kind.BOUNCED in human(runs)


@pytest.mark.parametrize("tags", [{}, {"send_id": "x"}, SendTags("x", "nobody", "hello#1", "message").as_mapping])
def test_a_mail_of_somebody_else_s_is_left_alone_but_its_bounce_counts(tags: dict[str, str]) -> None:
    runs, answer = reported(event("bounce", tags=tags))

    assert failed(answer) == []
    assert outcomes(runs) == {}
    assert HASH("ann@example.com") in runs.suppressions


@pytest.mark.parametrize(
    "damaged",
    ["", "null", "[]", "3", "Successfully", "{}", '{"eventType": "Send"}',
     '{"eventType": "Send", "mail": null}', '{"eventType": "Send", "mail": {"timestamp": "now", "tags": []}}',
     '{"eventType": "Open", "open": [], "mail": {"timestamp": "2026-03-02T10:00:00.000Z", "tags": {"send_id": ["a"],'
     ' "customer": ["a"], "journey": ["a"], "occurrence": ["a"], "step": ["a"]}}}',
     '{"eventType": [], "mail": {"timestamp": "2026-03-02T10:00:00.000Z", "tags": {"send_id": ["a"],'
     ' "customer": ["a"], "journey": ["a"], "occurrence": ["a"], "step": ["a"]}}}'],
)  # fmt: skip
def test_a_damaged_message_holds_up_no_other(damaged: str) -> None:
    runs, answer = reported(damaged, event("delivery"))

    assert failed(answer) == ["0"]
    assert human(runs) == [Kind.DELIVERED, Kind.SENT]


@pytest.mark.parametrize(
    ("kind", "details"),
    [
        ("click", {"link": 5}),
        ("bounce", {"bounceType": 5}),
        ("bounce", {"bounceType": "Transient", "bounceSubType": ["MailboxFull"]}),
        ("reject", {"reason": {}}),
    ],
)
def test_a_report_whose_texts_are_none_is_not_stored(kind: str, details: dict[str, Any]) -> None:
    runs, answer = reported(event(kind, **details), event("delivery"))

    assert failed(answer) == ["0"]
    assert human(runs) == [Kind.DELIVERED, Kind.SENT]


@pytest.mark.parametrize("field", ["destination", "tags"])
def test_a_mail_whose_receiver_or_tags_are_no_texts_is_not_recorded(field: str) -> None:
    odd = event("bounce")
    odd["mail"][field] = [5] if field == "destination" else {key: [5] for key in odd["mail"]["tags"]}

    runs, answer = reported(odd, event("delivery"))

    assert failed(answer) == ["0"]
    assert human(runs) == [Kind.DELIVERED, Kind.SENT]


def test_what_may_pass_comes_again() -> None:
    runs = Throttled()
    runs.create(RUN)

    _, answer = reported(event("delivery"), event("bounce"), runs=runs)

    assert failed(answer) == ["1"]
    assert human(runs) == [Kind.DELIVERED, Kind.SENT]


class Throttled(FakeEngagement):
    """Suppressions cannot be written for the moment."""

    def suppress(self, address_hash: str, reason: str, at: datetime, *, is_dated: bool = True) -> bool:
        raise Unavailable("throttled")


def every_order(events: Sequence[dict[str, Any]]) -> list[tuple[dict[str, Any], ...]]:
    return list(permutations(events))


def test_a_bounce_before_its_send_event_is_counted_as_after_it() -> None:
    before, after = (reported(*order)[0] for order in every_order([event("send"), event("bounce")]))

    assert outcomes(before) == outcomes(after)
    assert before.suppressions == after.suppressions


def test_what_became_of_a_notice_to_the_team_is_in_no_measure_of_mails_to_customers() -> None:
    def measured(tags: SendTags) -> list[str]:
        runs, metrics = FakeEngagement(), list[str]()
        runs.create(RUN)
        body = json.dumps(event("delivery", tags=dict(tags.as_mapping)))
        record = {"messageId": "1", "body": body}
        ReportQueue(Feedback(runs, runs, runs, HASH, lambda metric, _: metrics.append(str(metric))), read_report)(
            {"Records": [record]}
        )
        return metrics

    assert measured(SendTags(SEND, RUN.customer, RUN.id, "message")) == [str(Metric.DELIVERED)]
    assert measured(SendTags(SEND, RUN.customer, RUN.id, "message", to_team=True)) == []
