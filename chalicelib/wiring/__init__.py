"""The one place where parts are joined: ``Parts`` makes each on first use, and keeps it.

``outside`` (settings, journeys, clock, AWS) → ``stores`` → ``services`` → ``parts``: each module adds one floor.
"""

from importlib import import_module
from typing import Any

from chalicelib.wiring.outside import wall_clock
from chalicelib.wiring.parts import Parts

__all__ = ["Parts", "wall_clock"]


# Until every caller has its own parts.


class _Old:
    def __init__(self, **methods: Any) -> None:
        self.__dict__.update(methods)


def reset(clock: Any = wall_clock) -> None:
    app: Any = import_module("app")
    app.parts = Parts(clock=clock)


def current() -> Parts:
    """The parts of the app: there is one instance, and it is there."""
    parts: Parts = import_module("app").parts
    return parts


def aws() -> Any:
    return current().aws


def table(name: str) -> Any:
    return current()._table(name)


def now() -> Any:
    return current().now()


def settings() -> Any:
    return current().settings


def identity() -> Any:
    return current().identity


def tokens() -> Any:
    return current().tokens


def templates() -> Any:
    return current().templates


def counters() -> Any:
    return current().counters


def report(**limits: Any) -> Any:
    return current().report(**limits)


def merge() -> Any:
    return current().merge


def erase() -> Any:
    return current().erase


def nightly() -> Any:
    return current().nightly


def ingest() -> Any:
    return current().ingest


def survey() -> Any:
    return current().survey


def preferences() -> Any:
    return current().preferences


def sweep() -> Any:
    return current().sweep


def enroll(aside: Any = None) -> Any:
    return (Parts(clock=current().clock, poison=aside) if aside else current()).commerce_stream


def rollup(aside: Any = None) -> Any:
    return (Parts(clock=current().clock, poison=aside) if aside else current()).engagement_stream


def adopt(aside: Any = None, mapped: Any = None) -> Any:
    return Parts(clock=current().clock, poison=aside, own_tables=mapped).own_tables_stream


def dispatch() -> Any:
    return current().due_queue


def audience() -> Any:
    return current().audience_queue


def feedback() -> Any:
    return current().report_queue


def commerce(parts: Any = None) -> Any:
    p = parts or current()
    return _Old(
        facts=p.facts.of, put=p.facts.put, put_once=p.facts.put_once, glance=p.facts.glance, launches=p.facts.launches,
        known=p.names.known, remember=p.names.remember, point=p.names.point, merged=p.names.merged,
        merged_among=p.names.merged_among, names_of=p.names.names_of, find=p.names.find,
        merge=p.moves.merge, copy=p.moves.copy, leave=p.moves.leave, told_at=p.moves.updated_at,
        hand_over=p.moves.hand_over, keep=p.visitors.keep, take_over=p.visitors.take_over,
        is_delivered=p.deliveries.is_delivered, remember_delivery=p.deliveries.record,
        issue_coupon=p.coupons.issue, redeem_coupon=p.coupons.redeem, coupons=p.coupons.issued,
        forget_coupon=p.coupons.revoke, forget_coupons=p.coupons.forget,
        items_of=p.commerce.items_of, erase=p.commerce.erase, _table=p.facts._table,
    )  # fmt: skip


def engagement(parts: Any = None) -> Any:
    p = parts or current()
    return _Old(
        create=p.runs.create, save=p.runs.save, add_outcome=p.runs.add_outcome, enrollment=p.runs.get,
        hand_over=p.runs.hand_over, leaving=p.runs.leaving, arrived=p.runs.arrived,
        customer=p.engagement.of, everything=p.engagement.everything, items_of=p.engagement.items_of,
        erase=p.engagement.erase, put_standing=p.standings.put, members=p.standings.members,
        due=p.due.due, upcoming=p.due.upcoming, next_due=p.due.next_due, page=p.due.batch,
        lanes_in_use=p.due.lanes_in_use, lane_of=p.lanes.of, put_contacts=p.contacts.put_all,
        suppressed=p.suppressions.suppressed, suppress=p.suppressions.suppress, forget=p.suppressions.forget,
        erased=p.suppressions.erased, suppressions=p.suppressions.stored, set_paused=p.pauses.set,
        _table=p.runs._table,
    )  # fmt: skip
