"""The patches of moto, by name: each makes moto faster or its results correct. ``docs/moto.md`` has their figures.

``REKINDLE_MOTO_PATCHES`` selects them: ``all`` (the default), ``none``, or the names of patches to leave out, separated
by commas. A patch that needs an omitted one is left out too. A required patch is always applied, since without it the
local machine is wrong.
"""

import os
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime

from infra.machine.engines.moto.conditions import CONDITIONS
from infra.machine.engines.moto.copies import COPIES
from infra.machine.engines.moto.direct_calls import ONE_AT_A_TIME, direct_calls
from infra.machine.engines.moto.item_size import ITEM_SIZE
from infra.machine.engines.moto.ordered_items import ORDERED_ITEMS
from infra.machine.engines.moto.plain_updates import PLAIN_UPDATES
from infra.machine.engines.moto.queues import QUEUE_NAMES, queue_clock
from infra.machine.engines.moto.quick_start import QUICK_START
from infra.machine.engines.moto.transactions import TRANSACTIONS
from infra.machine.engines.moto.updates import UPDATES

VARIABLE = "REKINDLE_MOTO_PATCHES"
IN_PROCESS = (
    *(UPDATES, ORDERED_ITEMS, COPIES, ITEM_SIZE, CONDITIONS, PLAIN_UPDATES, TRANSACTIONS),
    *(QUEUE_NAMES, ONE_AT_A_TIME, QUICK_START),
)
"""In the order in which they are applied: where two change one function, the later one is called first."""
DIRECT_CALLS = direct_calls()
SWITCHABLE = tuple(patch.name for patch in (*IN_PROCESS, DIRECT_CALLS))


@contextmanager
def patched_moto(
    now: Callable[[], datetime] | None = None, http: bool = False, elsewhere: Collection[str] = ()
) -> Iterator[None]:
    """Inside, moto has the patches that the environment asks for; clients must be made inside.

    ``now`` is the virtual clock for its queues. ``http``: simulate HTTP anyway. ``elsewhere``: the services that are
    not moto's. Raises ValueError for a name in the environment that no patch has.
    """
    patches = [*IN_PROCESS, *(() if http else [direct_calls(but=elsewhere)])]
    if now is not None:
        patches.append(queue_clock(now))
    omitted = left_out(os.environ.get(VARIABLE, "all"))
    with ExitStack() as undo:
        for patch in patches:
            if patch.is_required or patch.name not in omitted:
                undo.enter_context(patch.applied())
        yield


def left_out(text: str) -> frozenset[str]:
    """The names of the patches that the variable's value leaves out; raises ValueError for one that there is not."""
    if text.strip() in ("", "all"):
        return frozenset()
    if text.strip() == "none":
        return frozenset(SWITCHABLE)
    named = {name.strip() for name in text.split(",") if name.strip()}
    if unknown := sorted(named - set(SWITCHABLE)):
        raise ValueError(f"{VARIABLE}: no patch is called {unknown[0]!r}; there are {', '.join(SWITCHABLE)}, all, none")
    while more := {patch.name for patch in IN_PROCESS if patch.needs & named} - named:
        named |= more
    return frozenset(named)
