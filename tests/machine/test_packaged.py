"""What would be deployed: the event sources of the packaged template."""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from chalicelib.adapters.dynamodb import items, keys
from chalicelib.domain.facts.fact import Fact
from chalicelib.domain.facts.facts import KINDS
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
from tests.builders import a_cart

EVENTS = ("INSERT", "MODIFY", "REMOVE")


def test_each_function_has_its_events() -> None:
    functions = {
        resource["Properties"]["Handler"]: list(resource["Properties"].get("Events", {}).values())
        for resource in packaged_template()["Resources"].values()
        if resource["Type"] == "AWS::Serverless::Function"
    }

    assert {handler: [event.get("Type") for event in events] for handler, events in functions.items()} == {
        "app.enroll": ["DynamoDB", "SQS"],
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
    assert dispatch == QueueSource("dispatch", "DueQueue", batch_size=1, fifo=True, report_failures=False)
    assert sources["nightly"] == ScheduleSource("nightly", "cron(0 3 * * ? *)")


def test_streams_of_tables_outside_the_stack_trigger_nothing_here() -> None:
    assert "adopt" not in {source.function for source in event_sources(packaged_template(example()))}
    found = [each for each in event_sources(template_of(example())) if isinstance(each, StreamSource)]
    assert [each.table for each in found if each.function == "adopt"] == ["TeaCustomers", "TeaSales"]


FACT = {"fact": {"S": "{}"}}
"""What the items of all kinds of facts have, and no others."""


@pytest.mark.parametrize("kind", KINDS)
def test_enroll_sees_every_kind_of_fact_of_customers_and_launches_but_not_of_visitors(kind: type[Fact]) -> None:
    sk = keys.fact(kind.kind, "1")

    assert FACT.keys() < items.fact_content(a_cart()).keys()
    assert seen("enroll", "CUSTOMER#1", sk, FACT)["INSERT"]
    assert seen("enroll", "LAUNCH#1", sk, FACT)["MODIFY"]
    assert not any(seen("enroll", "VISITOR#1", sk, FACT).values())


@pytest.mark.parametrize(
    ("function", "key", "image", "is_seen"),
    [
        ("enroll", ("CUSTOMER#1", "CUSTOMER"), FACT, True),
        ("enroll", ("CUSTOMER#1", "CART#1"), FACT, True),
        ("enroll", ("CUSTOMER#1", "ORDER#1"), FACT, True),
        ("enroll", ("NAMES#1", "KNOWN#email#1"), {}, False),
        ("enroll", ("ALIAS#email#1", "ALIAS"), {}, False),
        ("enroll", ("DELIVERY#shop#1", "DELIVERY"), {}, False),
        ("enroll", ("COUPON#1", "COUPON"), {}, False),
        ("rollup", ("CUSTOMER#1", "STANDING"), {}, True),
        ("rollup", ("CUSTOMER#1", "STANDINGS"), {}, False),
        ("rollup", ("CUSTOMER#1", "ENROLLMENT#abandoned_cart#1"), {}, True),
        ("rollup", ("CUSTOMER#1", "OUTCOME#1"), {}, False),
        ("rollup", ("CUSTOMER#1", "CONTACTS"), {}, False),
        ("rollup", ("JOURNEY#win_back", "PAUSE"), {}, False),
    ],
)
def test_the_filters_let_through_what_the_functions_are_for(
    function: str, key: tuple[str, str], image: dict[str, Any], is_seen: bool
) -> None:
    may_leave = function == "enroll" and key[1] in ("CART#1", "ORDER#1")
    assert seen(function, *key, image) == {"INSERT": is_seen, "MODIFY": is_seen, "REMOVE": is_seen and may_leave}


def seen(function: str, pk: str, sk: str, image: dict[str, Any]) -> dict[str, bool]:
    """Of which changes to an item with this key and these attributes a function hears."""
    source = next(each for each in event_sources(packaged_template()) if each.function == function)
    assert isinstance(source, StreamSource)
    matches = matcher(source.filters)
    change = {"Keys": {"pk": {"S": pk}, "sk": {"S": sk}}}
    images = {
        "INSERT": {"NewImage": image},
        "MODIFY": {"NewImage": image, "OldImage": image},
        "REMOVE": {"OldImage": image},
    }
    return {event: matches({"eventName": event, "dynamodb": change | images[event]}) for event in EVENTS}


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
