"""A digest of the machine's state: from equal states, equal things follow."""

import hashlib
import json
from collections.abc import Iterable
from typing import Any

import app
from infra.machine.machine import Machine

UNEQUAL = frozenset({"claim"})
"""Attributes that are different each time, and decide nothing once the call that stored them has ended."""


def fingerprint(machine: Machine, failures: int, mishaps: Iterable[str]) -> str:
    """The digest of all tables, of what waits in streams and queues, of the mails and of the clock.

    ``failures``: how many functions had failed before. ``mishaps``: what happened to calls: a mail that is given up is
    judged by why nobody knows of it.
    """
    scan = app.parts.aws.dynamodb.scan
    tables = [
        sorted(_text(item) for item in scan(TableName=name)["Items"])
        for _, name in sorted(machine.stack.tables.items())
    ]
    waiting = [pump.contents() for pump in machine.pumps]
    mails = sorted(_text([mail.tags, mail.to]) for mail in machine.inbox)
    kinds = [type(each.error).__name__ for each in machine.failures[failures:]]
    state = [tables, waiting, mails, kinds, sorted(set(mishaps)), machine.clock.now().isoformat()]
    return hashlib.sha256(_text(state).encode()).hexdigest()


def _text(value: object) -> str:
    return json.dumps(_lasting(value), sort_keys=True, default=str)


def _lasting(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _lasting(each) for name, each in value.items() if name not in UNEQUAL}
    return [_lasting(each) for each in value] if isinstance(value, list | tuple) else value
