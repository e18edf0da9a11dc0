"""Who told a fact, kept in its item: whose it is if its customer turns out to be two people."""

from collections.abc import Iterable, Mapping
from typing import Any

from chalicelib.domain.facts.customer import Customer
from chalicelib.domain.facts.fact import Fact

BY = "by"
"""The attribute of a fact's item that names its tellers."""
MOST_TELLERS = 20
TELLER = 16
"""So many digits of a name's hash stand for a teller: they are told from a few others."""
MANY = "many"
"""In place of the tellers, if there are more."""


def tellers_in(item: Mapping[str, Any]) -> frozenset[str]:
    """Who told the fact in an item; ``MANY`` among them if there were too many to name."""
    return frozenset(item.get(BY, "").split())


def tellers(by: Iterable[str]) -> str | None:
    """The attribute for those with these hashes; None for nobody."""
    named = {each[:TELLER] for each in by}
    if len(named) > MOST_TELLERS or MANY in named:
        return MANY
    return " ".join(sorted(named)) or None


def joined_tellers(part: Fact, by: str | None, known: Fact | None, before: str | None) -> str | None:
    """Who told both versions of a profile, which is joined of all; of others, who told the later version."""
    if isinstance(part, Customer):
        return tellers([*(by or "").split(), *(before or "").split()])
    return before if known and known.version_at >= part.version_at else by or before
