"""How often AWS is called for one mailed cart, and why; storing the shop's own facts is not counted.

The functions are those of ``app.py``; the local machine starts them as the packaged template describes, and a hook of
botocore sees every call.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from infra.bench.carts import DONE, LEFT_AT, WARM_UP, a_shop, customers, go_on, leave_carts
from infra.bench.meter import Call, Meter
from infra.bench.tables import table

NAME = "calls"
AIM = 7.5
PAGE = 50

BEFORE = "from fact to settled mail"
AFTER = "after the mail"
PURPOSES = {
    "find who of a batch was merged or erased": BEFORE,
    "arm": BEFORE,
    "check the length of the queue": BEFORE,
    "read the circuits": BEFORE,
    "find due enrollments": BEFORE,
    "queue a batch": BEFORE,
    "read a batch: runs, contact histories, pauses, circuits": BEFORE,
    "read a batch's suppressed addresses": BEFORE,
    "read a batch's profiles and carts": BEFORE,
    "claim": BEFORE,
    "read the customer's facts": BEFORE,
    "read the customer's facts again": BEFORE,
    "read the address's suppression again": BEFORE,
    "enter the mail in the contact history": BEFORE,
    "send": BEFORE,
    "settle": BEFORE,
    "record SES events": AFTER,
    "look for soft bounces of addresses": AFTER,
    "add to the counters": AFTER,
}
"""The purpose of each call, in the order in which they happen. The nightly job belongs to no mail and is left out."""


@dataclass(frozen=True)
class Counted:
    """A run of the whole system in which ``mails`` mails were sent, one for each cart."""

    mails: int
    meter: Meter
    seconds: Mapping[str, float] = field(default_factory=dict)
    """Seconds of CPU of all runs by function, if they were played again."""

    @property
    def calls(self) -> list[Call]:
        """All but the nightly job's."""
        return [call for call in self.meter.calls if call.function != "nightly"]


def run(number: int, rounds: int = 0) -> Counted:
    """Let ``number`` customers leave a cart at once; a day later all reminders are due in one lane: full batches.

    With ``rounds``, everything is played again that many times, to measure its CPU.
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
    """Calls per mailed cart, by purpose."""
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
    """The purpose of each call; an unknown call is named by its function, service and operation, and counted too."""
    seen: set[tuple[int, str]] = set()
    return [_purpose(call, seen) for call in calls]


def _purpose(call: Call, seen: set[tuple[int, str]]) -> str:
    match call.function, call.operation:
        case "enroll", "PutItem":
            return "arm"
        case "enroll", "BatchGetItem":
            return "find who of a batch was merged or erased"
        case "sweep", "GetQueueAttributes":
            return "check the length of the queue"
        case "sweep", "BatchGetItem":
            return "read the circuits"
        case "sweep", "Query":
            return "find due enrollments"
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
        case "dispatch", "PutItem":
            return "enter the mail in the contact history"
        case "feedback", "UpdateItem":
            return "record SES events"
        case "feedback", "BatchGetItem":
            return "look for soft bounces of addresses"
        case "rollup", "UpdateItem":
            return "add to the counters"
        case _:
            return f"{call.function}: {call.service} {call.operation}"


def _batch(call: Call) -> str:
    keys = [key for wanted in call.parameters["RequestItems"].values() for key in wanted["Keys"]]
    if all(key["pk"]["S"].startswith("ADDRESS#") for key in keys):
        return "read the address's suppression again" if len(keys) == 1 else "read a batch's suppressed addresses"
    if any(key["sk"]["S"].startswith(("ENROLLMENT#", "CONTACTS", "PAUSE", "CIRCUIT")) for key in keys):
        return "read a batch: runs, contact histories, pauses, circuits"
    if any(key["sk"]["S"].startswith("CART#") for key in keys):
        return "read a batch's profiles and carts"
    return "dispatch: dynamodb BatchGetItem"


def markdown(figures: dict[str, Any]) -> str:
    """The section of the benchmarks page."""
    rows = [[each["purpose"], each["part"], f"{each['per_mail']:.2f}"] for each in figures["purposes"]]
    return f"""## AWS calls per mailed cart

**{figures["to_settled"]:.2f} calls from the cart's change to the settled mail** (aim: at most {AIM}), and
{figures["afterwards"]:.2f} more after the mail. {figures["mails"]} carts, {figures["page"]} to a batch, one mail each;
the functions are the real ones on the local machine, and a hook of botocore counts the calls.

{table(["call", "part", "per mail"], rows)}

The first sum has every call that a function makes for a cart, from the stream record that arms its reminder until the
mail is sent and settled; the calls of the sweep and the reads of a whole batch are divided among its carts. The second
sum has recording SES events (here that SES sent and delivered each mail) and counting; both continue as long as people
open and click. Neither sum has storing the shop's facts, the sweep in the minutes when nothing is due, the nightly job,
and Lambda's own requests to queues and streams (their prices are in the price of a million carts, below).

To reach 2 calls: of the five whole calls, 25 claims or settlements could share one call to PartiQL's
`BatchExecuteStatement`, each with its own condition (2 calls become 0.08), and so could arming (1 becomes 0.04); the
mail and one consistent read of the customer's facts after the claim remain, with 0.2 for the batch. A batch's facts
could come in one `BatchGetItem` only if each run named all the facts that its checks need. `SendBulkEmail` would
send 50 mails in one call, but accepts no raw MIME, and a call that times out leaves 50 mails unknown. moto does not
report a failed statement, so each of these changes needs tests on DynamoDB Local. None saves request units: DynamoDB
bills each item of a batch like a single call. They would save round trips and CPU.
"""
