"""A cart that is reported in changes (what is put in and taken out): its last whole version, and the changes since.

What the cart is depends only on what was reported of it, not on the order of the reports nor on how often they come.
"""

import json
from collections.abc import Iterable
from dataclasses import replace
from itertools import groupby

from chalicelib.domain.facts.cart import Cart, CartParts, Line, LineChange
from chalicelib.domain.money import NO_CURRENCY, Money
from chalicelib.domain.time import NEVER

MOST_CHANGES = 100
"""The latest that are kept. A cart is one item of the table, of 400 KB at most; a change has some 1 KB."""
LARGEST_LINES = 100_000
"""Bytes of the lines of the whole version, and again of the resulting lines; further lines are dropped."""


def changed(cart_id: str, change: LineChange) -> Cart:
    """A cart with one change."""
    return cart_of(cart_id, None, (change,))


def cart_of(cart_id: str, whole: Cart | None, changes: Iterable[LineChange]) -> Cart:
    """A cart as it is after the changes since its whole version (None: since it was empty)."""
    since = whole.at if whole else NEVER
    known = sorted({change for change in changes if change.at > since}, key=lambda each: (each.at, each.id, repr(each)))
    kept = tuple({(each.at, each.id): each for each in known}.values())[-MOST_CHANGES:]
    if not kept:
        return whole or Cart(cart_id, NEVER, Money(0, NO_CURRENCY))
    whole = replace(whole, lines=_fitting(whole.lines)) if whole else None
    lines = {line.product: line for line in whole.lines} if whole else {}
    emptied_at = whole.last_empty if whole else None
    for at, together in groupby(kept, key=lambda each: each.at):
        was_filled = bool(lines)
        for change in together:
            _apply(change.line, lines)
        if was_filled and not lines:
            emptied_at = at
    total = _total(whole, kept)
    left = _fitting(lines.values())
    amount = total if left and total else Money(0, NO_CURRENCY)
    return Cart(cart_id, kept[-1].at, amount, left, CartParts(kept, whole), emptied_at=emptied_at)


def _fitting(lines: Iterable[Line]) -> tuple[Line, ...]:
    room, kept = LARGEST_LINES, []
    for line in lines:
        room -= len(json.dumps([line.product, line.name, line.quantity, line.price], ensure_ascii=False).encode()) + 50
        if room < 0:
            break
        kept.append(line)
    return tuple(kept)


def _apply(change: Line, lines: dict[str, Line]) -> None:
    held = lines.get(change.product)
    pieces = (held.quantity if held else 0) + change.quantity
    if pieces <= 0:
        lines.pop(change.product, None)
    else:
        price = change.price or (held.price if held else 0)
        lines[change.product] = Line(change.product, change.name, pieces, price)


def _total(whole: Cart | None, changes: tuple[LineChange, ...]) -> Money | None:
    """The whole's total and what the changes come to; None where a price or a currency is not known of each."""
    currencies = {change.currency for change in changes} | ({whole.total.currency} if whole and whole.lines else set())
    if len(currencies) != 1 or NO_CURRENCY in currencies:
        return None
    amount = whole.total.amount if whole else 0
    for change in changes:
        amount = max(0, amount + change.line.quantity * change.line.price)
    return Money(amount, currencies.pop())
