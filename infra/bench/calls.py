"""How often AWS is called for one mailed cart, and what for; what the shop's own facts cost to store is not counted.

Everything is the real thing: the functions of ``app.py``, woken by the local machine as the packaged template says,
and every call seen by a hook of botocore.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from infra.bench.carts import DONE, LEFT_AT, WARM_UP, a_shop, customers, go_on, leave_carts
from infra.bench.meter import Call, Meter
from infra.bench.tables import table

NAME = "calls"
AIM = 5.5
PAGE = 50

BEFORE = "from fact to settled mail"
AFTER = "what became of it"
PURPOSES = {
    "ask who of a batch was merged or forgotten": BEFORE,
    "arm": BEFORE,
    "look whether the queue is backed up": BEFORE,
    "find what is due": BEFORE,
    "queue a batch": BEFORE,
    "read a batch: runs, contact histories, pauses": BEFORE,
    "read a batch's suppressed addresses": BEFORE,
    "glance at a batch's profiles and carts": BEFORE,
    "claim": BEFORE,
    "read the customer's facts": BEFORE,
    "read the customer's facts again": BEFORE,
    "send": BEFORE,
    "settle": BEFORE,
    "store a batch's contact histories": BEFORE,
    "record what SES tells": AFTER,
    "add to the counters": AFTER,
}
"""What each call is for, in the order of a mail's life. The nightly job belongs to no mail and is left out."""


@dataclass(frozen=True)
class Counted:
    """A run of the whole system: so many carts were left, and so many mails went out."""

    mails: int
    meter: Meter
    seconds: Mapping[str, float] = field(default_factory=dict)
    """CPU of all runs by function, if they were played again."""

    @property
    def calls(self) -> list[Call]:
        """All but the nightly job's."""
        return [call for call in self.meter.calls if call.function != "nightly"]


def run(number: int, rounds: int = 0) -> Counted:
    """Let ``number`` customers leave a cart at one time; a day later all reminders are due in one lane: full batches.

    With ``rounds`` all is played again so many times, for its CPU.
    """
    with a_shop(lanes=1, start=LEFT_AT - DONE) as (machine, meter, tape):
        leave_carts(machine, customers(WARM_UP, "early"))
        go_on(machine, LEFT_AT)
        machine.inbox.mails.clear()
        meter.reset()
        tape.runs.clear()
        leave_carts(machine, customers(number))
        go_on(machine, LEFT_AT + DONE)
        return Counted(len(machine.inbox), meter, tape.play(rounds) if rounds else {})


def measure(quick: bool) -> dict[str, Any]:
    """Calls a mailed cart, by what they are for."""
    counted = run(2 * PAGE if quick else 4 * PAGE)
    by_purpose = Counter(purposes(counted.calls))
    known = [name for name in PURPOSES if by_purpose[name]]
    return {
        "mails": counted.mails,
        "page": PAGE,
        "purposes": [
            {"purpose": name, "part": PURPOSES.get(name, BEFORE), "per_mail": by_purpose[name] / counted.mails}
            for name in (*known, *sorted(by_purpose.keys() - PURPOSES.keys()))
        ],
        "to_settled": sum(n for name, n in by_purpose.items() if PURPOSES.get(name) != AFTER) / counted.mails,
        "afterwards": sum(n for name, n in by_purpose.items() if PURPOSES.get(name) == AFTER) / counted.mails,
    }


def purposes(calls: list[Call]) -> list[str]:
    """What each call is for; one that has no name here is named by who makes it and how, and counted all the same."""
    seen: set[tuple[int, str]] = set()
    return [_purpose(call, seen) for call in calls]


def _purpose(call: Call, seen: set[tuple[int, str]]) -> str:
    match call.function, call.operation:
        case "enroll", "PutItem":
            return "arm"
        case "enroll", "BatchGetItem":
            return "ask who of a batch was merged or forgotten"
        case "sweep", "GetQueueAttributes":
            return "look whether the queue is backed up"
        case "sweep", "Query":
            return "find what is due"
        case "sweep", "SendMessage":
            return "queue a batch"
        case "dispatch", "BatchGetItem":
            return _batch(call)
        case "dispatch", "Query":
            customer = (call.run, call.parameters["ExpressionAttributeValues"][":pk"]["S"])
            again = customer in seen
            seen.add(customer)
            return "read the customer's facts again" if again else "read the customer's facts"
        case "dispatch", "UpdateItem":
            state = call.parameters["ExpressionAttributeValues"].get(":state", {}).get("S", "")
            return "claim" if '"status":"sending"' in state else "settle"
        case "dispatch", "SendEmail":
            return "send"
        case "dispatch", "BatchWriteItem":
            return "store a batch's contact histories"
        case "feedback", "UpdateItem":
            return "record what SES tells"
        case "rollup", "UpdateItem":
            return "add to the counters"
        case _:
            return f"{call.function}: {call.service} {call.operation}"


def _batch(call: Call) -> str:
    keys = [key for wanted in call.parameters["RequestItems"].values() for key in wanted["Keys"]]
    if all(key["pk"]["S"].startswith("ADDRESS#") for key in keys):
        return "read a batch's suppressed addresses"
    if any(key["sk"]["S"].startswith(("ENROLLMENT#", "CONTACTS", "PAUSE")) for key in keys):
        return "read a batch: runs, contact histories, pauses"
    if any(key["sk"]["S"].startswith("CART#") for key in keys):
        return "glance at a batch's profiles and carts"
    return "dispatch: dynamodb BatchGetItem"


def markdown(figures: dict[str, Any]) -> str:
    """The section of the benchmarks page."""
    rows = [[each["purpose"], each["part"], f"{each['per_mail']:.2f}"] for each in figures["purposes"]]
    return f"""## AWS calls per mailed cart

**{figures["to_settled"]:.2f} calls from the cart's change to the settled mail** (aim: at most {AIM}), and
{figures["afterwards"]:.2f} more for what becomes of it. {figures["mails"]} carts, {figures["page"]} to a batch, one
mail each; the functions are the real ones on the local machine, and a hook of botocore counts the calls.

{table(["call", "part", "a mail"], rows)}

In the sum is every call that a function makes for a cart, from the stream record that arms its reminder until the mail
is sent and settled; the sweep and the reads of a whole page are shared out. After it come recording what SES tells
(here that it sent and that it delivered each mail) and counting, which go on for as long as people open and click. In
neither: storing the shop's facts, the sweep in the minutes when nothing is due, the nightly job, and what Lambda itself
asks of queues and streams (their prices are in the price of a million carts, below).

What it would take to reach 2: of the five whole calls, claims and settlements could go 25 to a call through PartiQL's
`BatchExecuteStatement`, each with its own condition (2 calls become 0.08), and so could arming (1 becomes 0.04); the
mail and one consistent read of the customer's facts after the claim remain, with 0.2 for the batch. A batch's facts
could come in one `BatchGetItem` only if each run named all the facts it is judged by. `SendBulkEmail` would
send 50 to a call, but takes no raw MIME, and one that times out leaves 50 mails unknown. moto tells nothing of a
statement that fails, so each of these needs its tests on DynamoDB Local. None saves request units: DynamoDB bills each
item of a batch as it bills a call. What is saved is round trips and CPU.
"""
