"""Stories as they are written: what YAML means here, and what is said of a file that is wrong."""

from pathlib import Path

import pytest

from infra.scenario.files import StoryFault, read
from infra.scenario.moments import duration, filled, moment, told
from infra.scenario.yaml_text import NotYaml, documents
from tests.builders import utc

pytestmark = pytest.mark.journeys("abandoned_cart", "win_back")
HEAD = "start: 2026-03-02T10:00:00Z\n"
NOW = utc("2026-03-02 10:00")


def fault(tmp_path: Path, text: str) -> str:
    """What is said of a file, without its folder."""
    file = tmp_path / "story.yaml"
    file.write_text(text, "utf-8")
    with pytest.raises(StoryFault) as found:
        read(file)
    return str(found.value).removeprefix(f"{tmp_path}/")


def test_only_what_everybody_reads_alike_is_not_text() -> None:
    (found,) = documents("[no, on, 12:30, 2026-03-02T10:00:00Z, '1', 1, -2, 1.5, true, null, 0x10, 1e3]")

    assert found.value == ["no", "on", "12:30", "2026-03-02T10:00:00Z", "1", 1, -2, 1.5, True, None, "0x10", 1000.0]


def test_each_document_is_a_story_and_empty_ones_are_none() -> None:
    assert [each.value for each in documents("---\na: 1\n---\n---\nb: 2\n")] == [{"a": 1}, {"b": 2}]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: 1\na: 2\n", 2),
        ("a: [1\n", 2),
        ("a: 1\n\tb: 2\n", 2),
        ("? [x]\n: 1\n", 1),
        ("a: \x07\n", 1),
        ("a: 1\nb: \x07\n", 2),
        ("a:\n- 1e999\n", 2),
        (f"a:\n- {'9' * 5000}\n", 2),
        ('a:\n- "\\uD800"\n', 2),
    ],
)
def test_what_is_no_yaml_is_told_with_its_line(text: str, line: int) -> None:
    with pytest.raises(NotYaml) as found:
        documents(text)

    assert found.value.line == line


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "story.yaml:1: expected a story, got nothing"),
        ("steps: [{wait: 1h}]", "story.yaml:1: Object missing required field start"),
        (HEAD + "steps: []", "story.yaml:2: steps: Expected array of length >= 1"),
        (HEAD + "steps:\n  - wiat: 1h\n", "story.yaml:3: steps[0].wiat: unknown field: did you mean wait?"),
        (HEAD + "stepps:\n  - wait: 1h\n", "story.yaml:2: stepps: unknown field: did you mean steps?"),
        (
            HEAD + "steps:\n  - interleave: {steps: [{lag: {queue: due, for: 1h}}]}\n",
            "story.yaml:3: steps[0].interleave.steps[0]: lag cannot go on beside others: fact, ",
        ),
        (
            HEAD + "steps:\n  - interleave: {steps: [{run: dispatch}], turns: [{of: 2}]}\n",
            "story.yaml:3: steps[0].interleave.turns[0].of: there are 1 steps",
        ),
        (
            HEAD + "steps:\n  - interleave: {steps: [{run: dispatch}], turns: [{of: 1, last: lose_answer}]}\n",
            "story.yaml:3: steps[0].interleave.turns[0].last: expected the number of calls, too",
        ),
        (HEAD + "steps:\n  - wait: 1w\n", "story.yaml:3: steps[0].wait: Expected str matching regex "),
        (
            HEAD + "steps:\n  - wait: 1h\n    until: now\n",
            "story.yaml:3: steps[0]: expected one of fact, facts, webhook,",
        ),
        (HEAD + "steps:\n  - wait: 1h\n    answer: {status: 200}\n", "story.yaml:4: steps[0].answer: nothing answers "),
        (HEAD + "steps:\n  - until: tomorrow\n", "story.yaml:3: steps[0].until: expected a time such as 2026-03-"),
        ("start: 2026-03-02\nsteps: [{wait: 1h}]", "story.yaml:1: start: expected a time of RFC 3339 with its offset"),
        (
            HEAD + "settings: {QUIET_HOUR: x}\nsteps: [{wait: 1h}]",
            "story.yaml:2: settings.QUIET_HOUR: unknown setting: did you mean QUIET_HOURS?",
        ),
        (
            HEAD + "journeys: [win_back, abandonned_cart]\nsteps: [{wait: 1h}]",
            "story.yaml:2: journeys[1]: unknown journey: did you mean abandoned_cart?",
        ),
        (
            HEAD + "secrets: {shopifi: x}\nsteps: [{wait: 1h}]",
            "story.yaml:2: secrets.shopifi: unknown source: did you mean shopify?",
        ),
        (
            HEAD + "steps:\n  - webhook: {source: shopify, body: {}}",
            "story.yaml:3: steps[0].webhook.source: the story has no secret of shopify: add it to secrets",
        ),
        (
            HEAD + "secrets: {shopify: x}\nsteps:\n  - webhook: {source: shopify, body_file: cart.json}",
            "story.yaml:4: steps[0].webhook.body_file: there is no file 'cart.json' beside the story",
        ),
        (
            HEAD + "steps:\n  - ses: {type: bounced}",
            "story.yaml:3: steps[0].ses.type: SES has no such event: did you mean bounce?",
        ),
        (
            HEAD + "steps:\n  - fault: {call: sesv2.SendMail, refuse: X}",
            "story.yaml:3: steps[0].fault.call: sesv2 has no operation 'SendMail'",
        ),
        (
            HEAD + "steps:\n  - fault: {call: s3.PutObject, refuse: X}",
            "story.yaml:3: steps[0].fault.call: unknown service 's3'",
        ),
        (
            HEAD + "steps:\n  - fault: {call: sesv2.SendEmail}",
            "story.yaml:3: steps[0].fault: expected either refuse or do",
        ),
        (HEAD + "steps:\n  - lag: {for: 1h}", "story.yaml:3: steps[0].lag: expected a stream or a queue"),
        (
            HEAD + "steps:\n  - request: {method: GET}",
            "story.yaml:3: steps[0].request: expected a path, or else a mail and the page that it links to",
        ),
        (
            HEAD + "steps:\n  - expect:\n      figures: {shop.order: 1}",
            "story.yaml:4: steps[0].expect.figures.shop.order: there is no such figure (rekindle scenario --figures)",
        ),
        (
            HEAD + "steps:\n  - expect: {mails: [{at: soon}]}",
            "story.yaml:3: steps[0].expect.mails[0].at: expected a time such as ",
        ),
        ("start: 1969-12-31T23:59:59Z\nsteps: [{wait: 1h}]", "story.yaml:1: start: expected a time from 1970 on"),
        (
            HEAD + "secrets:\n  shopify: x\n  segment: 1\nsteps: [{wait: 1h}]",
            "story.yaml:4: secrets.segment: Expected str",
        ),
        (HEAD + "settings:\n  LANES: 1\n  SHOP_ZONE: [UTC]\nsteps: [{wait: 1h}]", "story.yaml:4: settings.SHOP_ZONE: "),
        (
            HEAD + "steps:\n  - expect:\n      figures:\n        shop.orders: 1\n        shop.nps: none\n",
            "story.yaml:6: steps[0].expect.figures.shop.nps: Expected float | null, got str",
        ),
        (
            HEAD + "steps:\n  - wait: 1h\n  - expect:\n      outcomes:\n        ann: [sent]\n        bob: [sent, 1]\n",
            "story.yaml:7: steps[1].expect.outcomes.bob[1]: Expected str",
        ),
        (
            HEAD + "secrets:\n  events: x\nsteps: [{wait: 1h}]",
            "story.yaml:3: secrets.events: a secret of events is base64",
        ),
        (
            HEAD + "steps:\n  - expect: {figures: {journeys.abandonned_cart.sent: 0}}",
            "story.yaml:3: steps[0].expect.figures.journeys.abandonned_cart.sent: unknown journey: did you mean",
        ),
        (HEAD + "steps:\n  - command: []\n", "story.yaml:3: steps[0].command: Expected array of length >= 1"),
        (
            HEAD + "steps:\n  - import: {kind: orders, file: none.csv}\n",
            "story.yaml:3: steps[0].import.file: there is no file 'none.csv' beside the story",
        ),
        (
            HEAD + "steps:\n  - import: {kind: orders, file: none.csv}\n    answer: {status: 0}\n",
            "story.yaml:3: steps[0].import.file: there is no file 'none.csv' beside the story",
        ),
        *(
            (HEAD + f"steps:\n  - wait: 1h\n  - {step}\n", f"story.yaml:4: steps[1].{field}: expected a {problem}")
            for step, field, problem in (
                ("wait: 99999999d", "wait", "shorter duration, got '99999999d'"),
                (f"wait: {'9' * 5000}d", "wait", "shorter duration, got '999999"),
                ("lag: {queue: due, for: 9999999999d}", "lag.for", "shorter duration"),
                ("fault: {call: sqs.*, refuse: X, for: 99999999d}", "fault.for", "shorter duration"),
                ("fact: {type: cart, at: now-9999999999d}", "fact.at", "time that exists, got 'now-9999999999d'"),
                ("facts: [{}, {lines: [{at: now+99999999d}]}]", "facts[1].lines[0].at", "time that exists"),
                ("request: {path: /, json: {at: now-99999999d}}", "request.json.at", "time that exists"),
                ("ses: {type: open, with: {timestamp: now-99999999d}}", "ses.with.timestamp", "time that exists"),
                ("interleave: {steps: [[{wait: 1h}, {wait: 99999999d}]]}", "interleave.steps[0][1].wait", "shorter"),
            )
        ),
        (
            HEAD + "steps:\n  - wait: 2h\n  - until: 2026-03-02T11:59:59Z\n",
            "story.yaml:4: steps[1].until: 2026-03-02T11:59:59Z is before 2026-03-02T12:00:00+00:00",
        ),
        (
            HEAD + "steps:\n  - wait: 2900000d\n  - wait: 2900000d\n",
            "story.yaml:4: steps[1].wait: expected a shorter duration",
        ),
    ],
)
def test_a_fault_names_line_and_field(tmp_path: Path, text: str, said: str) -> None:
    assert fault(tmp_path, text).startswith(said)


WEBHOOK = HEAD + "secrets: {shopify: x}\nsteps:\n  - webhook: {source: shopify, "


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ("body: {lines: ['{now-99999999999d}']}", "body.lines[0]: expected a time that exists, got 'now-99999999999d'"),
        ("body: {}, headers: {x: '{now+99999999d}'}", "headers.x: expected a time that exists, got 'now+99999999d'"),
        ("body_file: time.json", "body_file: expected a time that exists, got 'now-99999999d'"),
        ("body_file: latin.json", "body_file: expected text in UTF-8 in 'latin.json'"),
    ],
)
def test_a_fault_of_a_webhooks_body_is_found_before_anything_is_played(tmp_path: Path, told: str, said: str) -> None:
    (tmp_path / "time.json").write_text('{"at": "{now-99999999d}"}', "utf-8")
    (tmp_path / "latin.json").write_text('{"name": "Zoë"}', "latin-1")

    assert fault(tmp_path, f"{WEBHOOK}{told}}}\n") == f"story.yaml:4: steps[0].webhook.{said}"


def test_an_import_that_is_to_fail_may_lack_its_file(tmp_path: Path) -> None:
    file = tmp_path / "story.yaml"
    step = "  - import: {kind: orders, file: none.csv}\n    answer: {status: 1, contains: No such file}\n"
    file.write_text(f"{HEAD}steps:\n{step}", "utf-8")

    (story,) = read(file)

    assert story.story.steps[0].action.file == "none.csv"


def test_times_count_from_now() -> None:
    fact = {"at": "now-2h", "consents": {"marketing": {"at": "now"}}, "lines": ["now+3m", "nowhere"], "total": 5}

    assert told(fact, NOW) == {
        "at": "2026-03-02T08:00:00.000Z",
        "consents": {"marketing": {"at": "2026-03-02T10:00:00.000Z"}},
        "lines": ["2026-03-02T10:03:00.000Z", "nowhere"],
        "total": 5,
    }
    assert duration("1d12h") == utc("2026-03-03 22:00") - NOW
    assert moment("2026-03-03T12:00:00+09:00", NOW) == utc("2026-03-03 03:00")


def test_times_stand_inside_the_body_of_a_webhook() -> None:
    body = '{"at": "{now-1h|%Y-%m-%dT%H:%M:%SZ}", "day": "{now|%d.%m.}", "plain": "{now+1d}", "other": "{name}"}'

    assert filled(body, NOW) == (
        '{"at": "2026-03-02T09:00:00Z", "day": "02.03.", "plain": "2026-03-03T10:00:00.000Z", "other": "{name}"}'
    )
