"""The shop systems: every package in this folder that declares a ``SOURCE`` is found automatically, like journeys.

A declaration is imported only when it is needed, and a reader at its first webhook: both cost start-up time.
"""

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from types import MappingProxyType

import chalicelib.sources
from chalicelib.domain.facts.inbound import SHOP
from chalicelib.sources.source import Source


@cache
def sources() -> Mapping[str, Source]:
    """Every source by its name, in alphabetical order; raises ``ValueError`` if two have the same name."""
    found: dict[str, Source] = {}
    for package in _packages():
        declared: Source | None = getattr(import_module(f"{chalicelib.sources.__name__}.{package}"), "SOURCE", None)
        if declared is None:
            continue
        if declared.name in found:
            raise ValueError(f"{declared.package}: {found[declared.name].package} is named {declared.name!r}, too")
        found[declared.name] = declared
    return MappingProxyType(dict(sorted(found.items())))


def id_sources() -> tuple[str, ...]:
    """The sources that customers' ids may come from: the shop's own, and the systems that have their own ids."""
    return (SHOP, *(name for name, each in sources().items() if each.has_own_ids))


def _packages() -> list[str]:
    folders = map(Path, chalicelib.sources.__path__)
    return sorted({path.parent.name for folder in folders for path in folder.glob("*/__init__.py")})
