"""The cost of a sweep as more reminders are armed and the same number is due: it does not grow.

moto's tables are filled directly. moto's own time is left out, because it does not measure DynamoDB's.
"""

from datetime import timedelta
from typing import Any

from moto.dynamodb.models import dynamodb_backends

import app
from chalicelib.adapters.dynamodb import keys
from chalicelib.domain.time import to_text
from infra.bench.carts import DUE_AT, LEFT_AT, a_shop, customers, leave_carts
from infra.bench.tables import table
from infra.bench.units import Attributes
from infra.machine.engines.moto.stream_tap import attributes
from infra.machine.lambda_context import scheduled_event
from infra.machine.machine import EVERY_MINUTE, Machine
from infra.machine.stack import ACCOUNT_ID, REGION

NAME = "sweep"
LANES = 4
DUE = 100
ARMED = (1_000, 10_000, 100_000)
LATER = timedelta(days=2)


def measure(quick: bool) -> dict[str, Any]:
    """Calls, items read, read units and CPU of a sweep, by how many reminders are armed."""
    sizes = ARMED[:2] if quick else ARMED
    return {"due": DUE, "lanes": LANES, "sweeps": [swept(armed, 5 if quick else 100) for armed in sizes]}


def swept(armed: int, rounds: int) -> dict[str, Any]:
    """The figures of a sweep that finds ``DUE`` of ``armed`` reminders; its CPU is the median of ``rounds`` rounds."""
    with a_shop(lanes=LANES) as (machine, meter, tape):
        arm(machine, armed)
        machine.invoke("sweep", scheduled_event(LEFT_AT, EVERY_MINUTE))  # warm-up: nothing is due
        machine.clock.set(DUE_AT)
        meter.reset()
        tape.runs.clear()
        machine.invoke("sweep", scheduled_event(DUE_AT, EVERY_MINUTE))
        return {
            "armed": armed,
            "calls": len(meter.calls),
            "batches": sum(call.operation == "SendMessage" for call in meter.calls),
            "items_read": sum(call.items for call in meter.calls),
            "read_units": sum(call.reads for call in meter.calls),
            "cpu_ms": tape.play(rounds)["sweep"] * 1e3,
        }


def arm(machine: Machine, number: int) -> None:
    """Arm ``number`` reminders, ``DUE`` of them due at ``DUE_AT`` and the others spread over the two days after.

    The function itself arms one; the others are copies of it with other keys and times.
    """
    (person,) = customers(1)
    leave_carts(machine, [person])
    moto = dynamodb_backends[ACCOUNT_ID][REGION].get_table(app.parts.settings.engagement_table)
    stored = (attributes(item) for partition in list(moto.items.values()) for item in partition.values())
    (pattern,) = (item for item in stored if "due_at" in item)
    step = LATER / number
    for n in range(1, number):
        due = DUE_AT if n < DUE else DUE_AT + timedelta(hours=12) + n * step
        moto.put_item(_another(pattern, f"{n:032x}", to_text(due)))


def _another(pattern: Attributes, customer: str, due: str) -> dict[str, Any]:
    lane = app.parts.lanes.of(customer)
    return {**pattern, "pk": {"S": keys.customer(customer)}, "lane": {"S": lane}, "due_at": {"S": due}}


def markdown(figures: dict[str, Any]) -> str:
    """The section of the benchmarks page."""
    rows = [
        [
            f"{each['armed']:,}",
            str(each["calls"]),
            str(each["items_read"]),
            f"{each['read_units']:g}",
            f"{each['cpu_ms']:.1f}",
        ]
        for each in figures["sweeps"]
    ]
    first, last = figures["sweeps"][0], figures["sweeps"][-1]
    times, cpu = last["armed"] // first["armed"], last["cpu_ms"] / first["cpu_ms"]
    return f"""## Cost of a sweep

{table(["armed", "calls", "items read", "read units", "CPU, ms"], rows)}

{figures["due"]} reminders are due, in {figures["lanes"]} lanes. A sweep queries the `due` index for due enrollments,
oldest first, and does not read the others: with {times:,} times as many armed it makes the same calls and reads the
same items, in {cpu:.2f} times the CPU. The time of DynamoDB itself is not measured here, since moto replaces it.
"""
