"""Dollars for a million carts, from the counted calls, units, runs and CPU, compared with alternatives."""

from datetime import timedelta
from typing import Any

import app
from chalicelib.domain.facts.order import Order
from infra.bench import calls
from infra.bench.bill import LOG_BYTES_A_RUN, MILLION, WAITS, Line, gb_seconds, price_list, read_list, total
from infra.bench.carts import DUE_AT, LEFT_AT, WARM_UP, a_shop, cart_of, customers, go_on, leave_carts
from infra.bench.meter import Call
from infra.bench.prices_page import markdown
from infra.machine.lambda_context import scheduled_event
from infra.machine.machine import EVERY_MINUTE
from infra.package.packaged import Template, packaged_template

__all__ = ["NAME", "markdown", "measure"]

NAME = "prices"
MINUTES_A_MONTH, NIGHTS_A_MONTH = 43_200, 30
FREE_ALARM_METRICS = 10
FREE_REQUESTS = MILLION
IDLE_QUEUE_REQUESTS = 4 * 5 * 3 * MINUTES_A_MONTH
"""Lambda's requests to four empty queues per month: long polls of 20 seconds by five pollers each. An assumption."""
EVENTS_A_MAIL = 2
"""SES reports that it sent and delivered a mail; opens and clicks are additional."""


def measure(quick: bool) -> dict[str, Any]:
    """A million mailed carts, a million carts ordered in time, a month without shoppers, and the alternatives."""
    counted = calls.run(2 * calls.PAGE if quick else 4 * calls.PAGE, rounds=2 if quick else 5)
    mailed = lines_of(counted, packaged_template())
    ordered = ordered_lines(calls.PAGE if quick else 4 * calls.PAGE)
    return {
        "mails": counted.mails,
        "looked_up": read_list()["looked_up"],
        "region": read_list()["region"],
        "mailed": [_shown(line) for line in mailed],
        "mailed_total": total(mailed),
        "mail": price_list()["ses_mail"].of(MILLION),
        "ordered": [_shown(line) for line in ordered],
        "ordered_total": total(ordered),
        "idle": idle(packaged_template()),
        "index_writes": sum(call.index_writes for call in counted.calls) / counted.mails,
        "nights": nights(counted),
        "timers": timers(counted),
        "suites": suites(total(mailed)),
    }


def lines_of(counted: calls.Counted, template: Template) -> list[Line]:
    """The bill of one mailed cart, without the mail itself."""
    purposes = zip(counted.calls, calls.purposes(counted.calls), strict=True)
    by_purpose: dict[str, list[Call]] = {}
    for call, purpose in purposes:
        by_purpose.setdefault(purpose, []).append(call)
    mails = counted.mails
    lines = [
        line
        for purpose, made in by_purpose.items()
        for line in (
            Line(f"writes: {purpose}", "dynamodb_write", sum(call.writes for call in made) / mails),
            Line(f"the timer's index: {purpose}", "dynamodb_write", sum(call.index_writes for call in made) / mails),
        )
        if line.each
    ]
    runs = {function: runs for function, runs in counted.meter.runs.items() if function != "nightly"}
    batches = sum(call.service == "sqs" for call in counted.calls) + 2 * runs["dispatch"]
    reports = EVENTS_A_MAIL * mails + 2 * runs["feedback"]
    return [
        *lines,
        Line("reads", "dynamodb_read", sum(call.reads for call in counted.calls) / mails),
        Line("queue of batches", "sqs_fifo", batches / mails),
        Line("SES's events, to the topic", "sns_publish", EVENTS_A_MAIL),
        Line("SES's events, through the queue", "sqs_standard", reports / mails),
        Line("Lambda, runs", "lambda_request", sum(runs.values()) / mails),
        Line("Lambda, time", "lambda_gb_second", lambda_time(counted, template) / mails),
        Line("logs", "log_gb", (counted.meter.log.length + LOG_BYTES_A_RUN * sum(runs.values())) / mails / 1e9),
    ]


def lambda_time(counted: calls.Counted, template: Template) -> float:
    """GB-seconds of all counted runs, with each function's memory, one customer at a time."""
    waiting: dict[str, float] = {}
    for call in counted.calls:
        waiting[call.function] = waiting.get(call.function, 0.0) + WAITS[call.service]
    return sum(
        gb_seconds(counted.seconds.get(function, 0.0), seconds, memory(template, function))
        for function, seconds in waiting.items()
    )


def memory(template: Template, function: str) -> int:
    """Megabytes of memory that a function has."""
    handlers = (each["Properties"] for each in template["Resources"].values() if each["Type"].endswith("::Function"))
    return int(next(each["MemorySize"] for each in handlers if each["Handler"] == f"app.{function}"))


def ordered_lines(number: int) -> list[Line]:
    """The requests to DynamoDB of a cart that is armed and becomes an order before its reminder is due.

    They include everything that the order starts: the standing, the end of the cart's run, the runs it begins.
    """
    with a_shop(lanes=1) as (machine, meter, _):
        people = customers(number)
        leave_carts(machine, people)
        at = LEFT_AT + timedelta(hours=1)
        go_on(machine, at)
        for n, person in enumerate(people):
            cart = cart_of(person)
            app.parts.facts.put(person.key, Order(f"order-{n}", at, cart.total, at, cart_id=cart.id))
        go_on(machine, at + timedelta(minutes=10))
        made = [call for call in meter.calls if call.function in ("enroll", "rollup")]
    return [
        Line("writes", "dynamodb_write", sum(call.writes for call in made) / number),
        Line("indexes", "dynamodb_write", sum(call.index_writes for call in made) / number),
        Line("reads", "dynamodb_read", sum(call.reads for call in made) / number),
    ]


def idle(template: Template) -> dict[str, float]:
    """Dollars for a month in which nobody shops, by purpose."""
    prices, lanes = price_list(), int(template["Parameters"]["Lanes"]["Default"])
    with a_shop(lanes=lanes) as (machine, meter, tape):
        for _ in range(2):  # the second is warm
            meter.reset()
            tape.runs.clear()
            machine.invoke("sweep", scheduled_event(DUE_AT, EVERY_MINUTE))
        counted = calls.Counted(1, meter, tape.play(5))
    sweep = [
        Line("runs", "lambda_request", 1),
        Line("time", "lambda_gb_second", lambda_time(counted, template)),
        Line("reads", "dynamodb_read", sum(call.reads for call in counted.calls)),
        Line("queue", "sqs_fifo", sum(call.service == "sqs" for call in counted.calls)),
        Line("logs", "log_gb", (counted.meter.log.length + LOG_BYTES_A_RUN) / 1e9),
    ]
    return {
        "alarms": prices["alarm_metric"].of(max(0, alarm_metrics(template) - FREE_ALARM_METRICS)),
        "polling": prices["sqs_standard"].of(IDLE_QUEUE_REQUESTS - FREE_REQUESTS),
        "sweep": total(sweep, MINUTES_A_MONTH),
    }


def nights(counted: calls.Counted) -> float:
    """Dollars per month for the nightly job's reads, for a million stored runs."""
    reads = sum(call.reads for call in counted.meter.calls if call.function == "nightly")
    kept = counted.mails + WARM_UP
    return price_list()["dynamodb_read"].of(NIGHTS_A_MONTH * reads / kept * MILLION)


def alarm_metrics(template: Template) -> int:
    """The number of metrics that have an alarm; each is billed."""
    alarms = (each["Properties"] for each in template["Resources"].values() if each["Type"] == "AWS::CloudWatch::Alarm")
    return sum(sum("MetricStat" in metric for metric in each.get("Metrics", ())) or 1 for each in alarms)


def timers(counted: calls.Counted) -> list[dict[str, Any]]:
    """What it costs to look at something again later, once, in several ways; nothing else is included."""
    sweeping = [call for call in counted.calls if call.function == "sweep"]
    batches = sum(call.service == "sqs" for call in sweeping) + 2 * counted.meter.runs["dispatch"]
    ways = {
        "Rekindle: the due index, the sweep, the queue of batches": [
            Line("put into the index and taken out", "dynamodb_write", 2),
            Line("sweep", "dynamodb_read", sum(call.reads for call in sweeping) / counted.mails),
            Line("batches", "sqs_fifo", batches / counted.mails),
        ],
        "EventBridge Scheduler: a schedule, and a message to a queue": [
            Line("fires", "scheduler_invocation", 1),
            Line("sent, received, deleted", "sqs_standard", 3),
        ],
        "Lambda durable functions: start, wait, step; 1 KB each": [
            Line("operations", "durable_operation", 3),
            Line("written", "durable_gb_written", 3 * 1024 / 1e9),
        ],
        "Step Functions, standard: start, wait, task": [Line("transitions", "state_transition", 3)],
    }
    return [{"way": way, "dollars": total(lines)} for way, lines in ways.items()]


def suites(ours: float) -> list[dict[str, Any]]:
    """A million carts of a million people in one month, each with one reminder, including the mails."""
    prices = price_list()
    people = MILLION
    return [
        {"suite": "Rekindle, with SES", "dollars": ours + prices["ses_mail"].of(MILLION)},
        {
            "suite": "Amazon Pinpoint, its last list price",
            "dollars": prices["pinpoint_endpoint"].of(people - 5_000) + prices["pinpoint_mail"].of(MILLION),
        },
        {
            "suite": "Customer.io Essentials",
            "dollars": prices["customerio_plan"].of(1) + prices["customerio_person"].of(people - 5_000),
        },
    ]


def _shown(line: Line) -> dict[str, Any]:
    return {"what": line.what, "each": line.each, "price": line.price, "dollars": line.dollars()}
