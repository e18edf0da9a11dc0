"""What would be deployed: the event sources of the packaged template."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from infra.machine.filters import matcher
from infra.package.packaged import (
    CHECKOUT,
    QueueSource,
    ScheduleSource,
    StreamSource,
    event_sources,
    merge_template,
    packaged_template,
)
from tests.adopt.given import example, template_of

EVENTS = ("INSERT", "MODIFY", "REMOVE")


def test_each_function_has_one_event_and_it_is_chalices() -> None:
    functions = {
        resource["Properties"]["Handler"]: list(resource["Properties"].get("Events", {}).values())
        for resource in packaged_template()["Resources"].values()
        if resource["Type"] == "AWS::Serverless::Function"
    }

    assert {handler: [event.get("Type") for event in events] for handler, events in functions.items()} == {
        "app.enroll": ["DynamoDB"],
        "app.audience": ["SQS"],
        "app.sweep": ["Schedule"],
        "app.dispatch": ["SQS"],
        "app.feedback": ["SQS"],
        "app.rollup": ["DynamoDB"],
        "app.nightly": ["Schedule"],
        "app.app": [],
    }


def test_every_setting_of_the_template_is_merged_onto_a_function() -> None:
    names = {name for name, resource in merge_template()["Resources"].items() if "Type" not in resource}

    packaged = packaged_template(example())["Resources"]

    assert names
    assert all(packaged[name]["Type"] == "AWS::Serverless::Function" for name in names)


def test_the_event_sources_are_read_with_their_settings() -> None:
    sources = {source.function: source for source in event_sources(packaged_template())}

    rollup, dispatch = sources["rollup"], sources["dispatch"]
    assert isinstance(rollup, StreamSource)
    assert (rollup.table, rollup.tumbling_window, rollup.bisect, rollup.report_failures) == (
        "EngagementTable",
        60,
        True,
        True,
    )
    assert rollup.on_failure_queue == "StreamDeadLetters"
    assert dispatch == QueueSource("dispatch", "PagesQueue", batch_size=1, fifo=True, report_failures=False)
    assert sources["nightly"] == ScheduleSource("nightly", "cron(0 3 * * ? *)")


def test_streams_of_tables_outside_the_stack_trigger_nothing_here() -> None:
    assert "adopt" not in {source.function for source in event_sources(packaged_template(example()))}
    found = [each for each in event_sources(template_of(example())) if isinstance(each, StreamSource)]
    assert [each.table for each in found if each.function == "adopt"] == ["TeaCustomers", "TeaSales"]


@pytest.mark.parametrize(
    ("function", "key", "is_seen"),
    [
        ("enroll", ("CUSTOMER#1", "CUSTOMER"), True),
        ("enroll", ("CUSTOMER#1", "CART#1"), True),
        ("enroll", ("CUSTOMER#1", "ORDER#1"), True),
        ("enroll", ("CUSTOMER#1", "REFUND#1#2"), True),
        ("enroll", ("CUSTOMER#1", "CANCELLATION#1"), True),
        ("enroll", ("CUSTOMER#1", "MERGED"), True),
        ("enroll", ("CUSTOMER#1", "ERASURE"), True),
        ("enroll", ("CUSTOMER#1", "KNOWN#email#1"), False),
        ("enroll", ("VISITOR#1", "CART#1"), False),
        ("enroll", ("CUSTOMER#1", "ANSWER#1"), True),
        ("enroll", ("CUSTOMER#1", "UNSUBSCRIBE#marketing"), True),
        ("enroll", ("LAUNCH#1", "LAUNCH"), True),
        ("enroll", ("ALIAS#email#1", "ALIAS"), False),
        ("enroll", ("DELIVERY#shop#1", "DELIVERY"), False),
        ("enroll", ("COUPON#1", "COUPON"), False),
        ("rollup", ("CUSTOMER#1", "STANDING"), True),
        ("rollup", ("CUSTOMER#1", "STANDINGS"), False),
        ("rollup", ("CUSTOMER#1", "ENROLLMENT#abandoned_cart#1"), True),
        ("rollup", ("CUSTOMER#1", "OUTCOME#1"), False),
        ("rollup", ("CUSTOMER#1", "CONTACTS"), False),
        ("rollup", ("JOURNEY#win_back", "PAUSE"), False),
    ],
)
def test_the_filters_let_through_what_the_functions_are_for(function: str, key: tuple[str, str], is_seen: bool) -> None:
    source = next(each for each in event_sources(packaged_template()) if each.function == function)

    assert isinstance(source, StreamSource)
    keys = {"Keys": {"pk": {"S": key[0]}, "sk": {"S": key[1]}}}
    seen = {event: matcher(source.filters)({"eventName": event, "dynamodb": keys}) for event in EVENTS}
    may_leave = function == "enroll" and key[1] in ("CART#1", "ORDER#1")
    assert seen == {"INSERT": is_seen, "MODIFY": is_seen, "REMOVE": is_seen and may_leave}


def test_a_stray_event_is_refused() -> None:
    template = packaged_template()
    template["Resources"]["Enroll"]["Properties"]["Events"]["EnrolDynamodbEventSource"] = {"Properties": {}}

    with pytest.raises(ValueError, match="EnrolDynamodbEventSource"):
        event_sources(template)


def test_packaging_is_quick_and_leaves_nothing_behind() -> None:
    packaged_template()
    before = _files()

    began = time.perf_counter()
    template = packaged_template()

    assert time.perf_counter() - began < 2
    assert _files() == before
    json.dumps(template)


def _files() -> set[Path]:
    return set(CHECKOUT.glob(".chalice/**/*")) | set(CHECKOUT.glob("infra/**/*.*"))


def test_the_local_machine_does_not_load_what_asks_the_terminal_questions() -> None:
    program = "import sys, infra.web.local_api, infra.package.template; sys.exit('blessed' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", program], cwd=CHECKOUT, check=False).returncode == 0
