"""What was meant by a name that is not known."""

import difflib
from collections.abc import Iterable


def meant(name: str, known: Iterable[str]) -> str:
    """``: did you mean ...?`` with the closest of the known names; empty if none is close."""
    close = difflib.get_close_matches(name, list(known), 1)
    return f": did you mean {close[0]}?" if close else ""
