"""A patch of moto: its name, its purpose, and its replacements."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

from infra.scoped.changes import replaced


@dataclass(frozen=True)
class Swap:
    """``make`` gets the value of the attribute ``name`` of ``owner`` and returns its replacement."""

    owner: Any
    name: str
    make: Callable[[Any], Any]


@dataclass(frozen=True)
class Patch:
    """``needs``: the patches that it depends on; it is left out with any of them.

    A required one cannot be left out: without it the local machine is wrong.
    """

    name: str
    purpose: str
    swaps: tuple[Swap, ...]
    needs: frozenset[str] = field(default=frozenset())
    is_required: bool = False

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Inside, moto has the patch."""
        with ExitStack() as undo:
            for swap in self.swaps:
                present = getattr(swap.owner, swap.name)
                undo.enter_context(replaced(swap.owner, swap.name, swap.make(present)))
            yield


def instead(replacement: Any) -> Callable[[Any], Any]:
    """A replacement that does not need what it replaces."""
    return lambda present: replacement
