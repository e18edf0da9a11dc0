"""The arithmetic of a bill, worked out by hand, and the price list itself."""

from datetime import date

import pytest

from infra.bench import calls, prices
from infra.bench.bill import Line, gb_seconds, price_list, read_list, total
from infra.bench.meter import Call, Meter
from infra.package.packaged import Template

TEMPLATE: Template = {
    "Resources": {
        "Enroll": {
            "Type": "AWS::Serverless::Function",
            "Properties": {"Handler": "app.enroll", "MemorySize": 512},
        },
        "Dispatch": {
            "Type": "AWS::Serverless::Function",
            "Properties": {"Handler": "app.dispatch", "MemorySize": 1024},
        },
        "One": {"Type": "AWS::CloudWatch::Alarm", "Properties": {"MetricName": "Errors"}},
        "Sum": {
            "Type": "AWS::CloudWatch::Alarm",
            "Properties": {"Metrics": [{"Id": "all", "Expression": "a + b"}, {"MetricStat": {}}, {"MetricStat": {}}]},
        },
    }
}


def test_three_million_units_of_writing_cost_a_dollar_and_seven_eighths() -> None:
    assert price_list()["dynamodb_write"].of(3_000_000) == pytest.approx(1.875)
    assert Line("claim", "dynamodb_write", 3).dollars() == pytest.approx(1.875)
    assert total([Line("claim", "dynamodb_write", 3), Line("mail", "ses_mail", 1)], 1000) == pytest.approx(0.101875)


def test_a_function_with_little_memory_has_a_part_of_a_processor() -> None:
    # 0.512 s of CPU take 0.512 x 1769 / 512 = 1.769 s; with 0.231 s of waiting 2 s of half a gigabyte
    assert gb_seconds(0.512, 0.231, 512) == pytest.approx(1.0)
    assert gb_seconds(0.25, 0.25, 2048) == pytest.approx(1.0)  # never more than one processor


def test_one_cart_is_billed_line_by_line() -> None:
    meter = Meter()
    meter.runs.update({"enroll": 1, "dispatch": 1, "feedback": 1, "nightly": 1})
    meter.log.length = 1600
    meter.calls = [
        Call("enroll", 1, "dynamodb", "PutItem", {}, {}, writes=2, index_writes=2),
        Call("dispatch", 1, "sesv2", "SendEmail", {}, {}),
        Call("dispatch", 1, "dynamodb", "Query", {"ExpressionAttributeValues": {":pk": {"S": "a"}}}, {}, reads=4),
        Call("nightly", 1, "dynamodb", "Scan", {}, {}, reads=1000),
    ]
    counted = calls.Counted(2, meter, {"enroll": 0.0, "dispatch": 0.0})

    lines = {line.what: line for line in prices.lines_of(counted, TEMPLATE)}

    assert lines["writes: arm"].each == lines["the timer's index: arm"].each == 1  # two writes for two mails
    assert lines["reads"].each == 2  # the night is nobody's mail
    assert lines["queue of batches"].each == 1  # a batch is received and deleted, for two mails
    assert lines["SES's events, through the queue"].each == 3  # two events each, and one run receives and deletes
    assert lines["Lambda, runs"].each == 1.5
    # enroll waits 5 ms with half a gigabyte, dispatch 55 ms with a whole one
    assert lines["Lambda, time"].each == pytest.approx((0.005 * 0.5 + 0.055 * 1.0) / 2)
    assert lines["logs"].each == pytest.approx((1600 + 3 * 800) / 2 / 1e9)


def test_each_metric_of_an_alarm_is_billed() -> None:
    assert prices.alarm_metrics(TEMPLATE) == 1 + 2


def test_timers_cost_what_their_price_lists_say() -> None:
    meter = Meter()
    meter.runs["dispatch"] = 1
    meter.calls = [
        Call("sweep", 1, "dynamodb", "Query", {}, {}, reads=0.5),
        Call("sweep", 1, "sqs", "SendMessage", {}, {}),
    ]

    dollars = [each["dollars"] for each in prices.timers(calls.Counted(50, meter))]

    ours = 2 * 0.625 + 0.01 * 0.125 + 0.06 * 0.50  # in and out of the index; a batch is sent, received, deleted
    scheduler = 1.00 + 3 * 0.40
    durable = 3 * 8.00 + 3 * 1.024 * 0.25
    assert dollars == pytest.approx([ours, scheduler, durable, 75.0])


def test_suites_are_billed_by_the_person() -> None:
    ours, pinpoint, customer_io = prices.suites(12.0)

    assert ours["dollars"] == pytest.approx(112)
    assert pinpoint["dollars"] == pytest.approx(995_000 * 0.0012 + 100)
    assert customer_io["dollars"] == pytest.approx(100 + 8_955)


def test_every_price_says_where_it_is_from() -> None:
    listed = read_list()

    assert date.fromisoformat(listed["looked_up"]) >= date(2026, 11, 1)
    for name, price in price_list().items():
        assert price.source.startswith("https://"), name
        assert price.evidence in listed["evidence"], name
        assert price.dollars >= 0
        assert price.per > 0
        assert price.as_of
