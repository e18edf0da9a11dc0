"""Chooses one of the shop's languages for a person."""

from collections.abc import Sequence


def chosen(wanted: str | None, supported: Sequence[str]) -> str:
    """One of the ``supported`` languages (ISO 639-1 codes, the shop's own first, never empty).

    The wanted one, else its primary subtag (``pt-BR``: ``pt``), else the first one.
    """
    code = (wanted or "").replace("_", "-").lower()
    for candidate in (code, code.partition("-")[0]):
        if candidate in supported:
            return candidate
    return supported[0]
