"""``infra/sources.yaml`` is checked when the package is made, and merged into its template."""

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from chalicelib.sources.own_tables.mapping import OwnTable, dump, load
from infra.own_tables import mapping as own_tables
from infra.package.packaged import Template, packaged_template
from infra.package.template import deployable_template, functions
from infra.terminal.problem import PackagingProblem
from tests.adopt.given import EXAMPLE, example, written

Change = tuple[Sequence[Any], Any]
MISSING = object()
ARN = "arn:aws:dynamodb:us-east-1:123456789012:table/{}/stream/2026-02-02T00:00:00.000"


def spoilt(folder: Path, *changes: Change) -> Path:
    """The example with some values changed, each by its path."""
    content = yaml.safe_load(EXAMPLE.read_text("utf-8"))
    for (*path, last), value in changes:
        inner = content["tables"]
        for step in path:
            inner = inner[step]
        if value is MISSING:
            del inner[last]
        else:
            inner[last] = value
    return written(folder, yaml.safe_dump(content))


def test_the_example_fits() -> None:
    customers, sales = example()

    assert [fact.kind for fact in (*customers.facts, *sales.facts)] == ["customer", "cart", "order"]


def test_what_is_checked_in_maps_no_table() -> None:
    assert own_tables.read() == ()


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (([0, "name"], "Customers"), "$.tables[0].name: expected up to 31 lower-case letters"),
        (([1, "name"], "customers"), "$.tables[1].name: another table has this name"),
        (([0, "stream"], "tea-customers"), "$.tables[0].stream: expected the ARN of a table's stream"),
        (
            ([1, "stream"], ARN.format("tea-customers")),
            "$.tables[1].stream: this table is mapped already",
        ),
        (([1, "zone"], "Seoul"), "$.tables[1].zone: expected an IANA time zone"),
        (([0, "facts"], []), "$.tables[0].facts: expected one or more"),
        (([0, "facts", 0, "kind"], "person"), "$.tables[0].facts[0].kind: "),
        (([0, "colour"], "green"), "$.tables[0]: Object contains unknown field `colour`"),
        (([0, "stream"], MISSING), "$.tables[0]: Object missing required field `stream`"),
        (([0, "facts", 0, "fields", "mail"], "email"), "$.tables[0].facts[0].fields.mail: a customer has no"),
        (([1, "facts", 0, "fields", "customer_id"], MISSING), "$.tables[1].facts[0].fields.customer_id: "),
        (([1, "facts", 0, "fields", "lines"], MISSING), "$.tables[1].facts[0].fields.lines: is required"),
        (([1, "facts", 0, "fields", "currency"], "USD"), "$.tables[1].facts[0].fields.currency: expected "),
        (([1, "facts", 0, "fields", "id"], "sk["), "$.tables[1].facts[0].fields.id: not JMESPath: "),
        (([1, "facts", 0, "fields", "id"], "after(sk, '#')"), "$.tables[1].facts[0].fields.id: JMESPath has no"),
        (([1, "facts", 0, "when"], "begins(sk)"), "$.tables[1].facts[0].when: JMESPath has no function"),
        (([1, "facts", 0, "removed"], "cancel"), "$.tables[1].facts[0].removed: for a cart, expected ignore or empty"),
        (([1, "filters"], [{}]), "$.tables[1].filters[0]: expected a pattern"),
        (([1, "filters"], [{"keys": {"sk": {"S": ["a"]}}}]), "$.tables[1].filters[0].keys: expected one of Keys,"),
        (([1, "filters"], [{"Keys": {"sk": {"S": [date(2026, 1, 1)]}}}]), "$.tables[1].filters[0].Keys.sk.S[0]: "),
        (([1, "filters"], [{"Keys": {"sk": {"S": ["a"]}}}] * 6), "$.tables[1].filters: Lambda allows 5 at most"),
        (([1, "filters"], [{"Keys": {"sk": {"S": ["a" * 4096]}}}]), "$.tables[1].filters[0]: Lambda allows 4,096"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_named_by_its_path(tmp_path: Path, change: Change, problem: str) -> None:
    path = spoilt(tmp_path, change)

    with pytest.raises(PackagingProblem) as raised:
        own_tables.read(path)

    assert str(raised.value).startswith(f"sources.yaml: {problem}")


@pytest.mark.parametrize(
    "text",
    [
        *(
            "tables: [",
            "\tx",
            "tables: {a: 1}",
            "- 1",
            "tables: [1]",
            "[]",
            "false",
            "0",
            "''",
            "tables: 0",
            "tables: false",
        ),
        *(
            "tables: !!timestamp tomorrow",
            "tables: !!int many",
            "tables: !!bool perhaps",
            "tables: 2026-99-99",
            "[" * 9_999,
        ),
    ],
)
def test_what_is_no_mapping_at_all_is_said(tmp_path: Path, text: str) -> None:
    with pytest.raises(PackagingProblem, match=r"^sources\.yaml: "):
        own_tables.read(written(tmp_path, text))


@pytest.mark.parametrize("text", ["", "tables: []", "# nothing yet\n", "tables:\n#  - name: sales\n", "tables: null"])
def test_no_table_is_a_mapping_too(tmp_path: Path, text: str) -> None:
    assert own_tables.read(written(tmp_path, text)) == ()


def test_what_ships_is_what_was_read() -> None:
    assert load(dump(example())) == example()


def events(template: Template) -> dict[str, Any]:
    found: dict[str, Any] = functions(template)[own_tables.FUNCTION]["Events"]
    return found


def test_without_a_table_there_is_no_trace_of_the_function() -> None:
    for template in (deployable_template(tables=()), packaged_template(())):
        assert own_tables.FUNCTION not in functions(template)
        assert "adopt" not in json.dumps(template).lower()


def test_each_table_has_an_event_of_its_own_with_the_same_limits() -> None:
    found = events(deployable_template(tables=example()))

    assert set(found) == {"AdoptDynamodbEventSourceCustomers", "AdoptDynamodbEventSourceSales"}
    assert [each["Properties"]["Stream"] for each in found.values()] == [table.stream for table in example()]
    for event in found.values():
        properties = event["Properties"]
        assert properties["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert properties["BisectBatchOnFunctionError"] is True
        assert properties["StartingPosition"] == "TRIM_HORIZON"
        assert properties["MaximumRetryAttempts"] == -1
        assert properties["MaximumRecordAgeInSeconds"] == 6 * 3600
        assert properties["DestinationConfig"]["OnFailure"]["Destination"] == {
            "Fn::GetAtt": ["StreamDeadLetters", "Arn"]
        }


def test_only_what_tells_something_wakes_the_function() -> None:
    found = events(deployable_template(tables=example()))
    patterns = {
        name: [json.loads(each["Pattern"]) for each in event["Properties"]["FilterCriteria"]["Filters"]]
        for name, event in found.items()
    }

    any_change = ["INSERT", "MODIFY", "REMOVE"]
    assert patterns["AdoptDynamodbEventSourceCustomers"] == [{"eventName": any_change}]
    assert patterns["AdoptDynamodbEventSourceSales"] == [
        {"eventName": any_change, "dynamodb": {"Keys": {"sk": {"S": [{"prefix": kind}]}}}}
        for kind in ("CART#", "ORDER#")
    ]


def test_a_removal_that_tells_nothing_wakes_nobody(tmp_path: Path) -> None:
    (customers, _) = own_tables.read(spoilt(tmp_path, ([0, "facts", 0, "removed"], "ignore")))

    (event,) = events(deployable_template(tables=[customers])).values()

    (pattern,) = event["Properties"]["FilterCriteria"]["Filters"]
    assert json.loads(pattern["Pattern"]) == {"eventName": ["INSERT", "MODIFY"]}


def test_the_function_may_read_these_streams_and_no_others() -> None:
    template = deployable_template(tables=example())

    role = template["Resources"]["AdoptRole"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
    reading = [each for each in role if any(action.startswith("dynamodb:GetRecords") for action in each["Action"])]

    assert [each["Resource"] for each in reading] == [[table.stream for table in example()]]


def names(tables: Sequence[OwnTable]) -> list[str]:
    return [own_tables.event_name(table) for table in tables]


def test_an_event_keeps_its_name_when_other_tables_come_and_go() -> None:
    customers, sales = example()

    assert names([sales]) == names([customers, sales])[1:] == names([sales, customers])[:1]
