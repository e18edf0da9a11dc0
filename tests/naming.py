"""A test runs the journeys that it names, and no other: adding a journey changes nothing for it.

``pytestmark = pytest.mark.journeys("abandoned_cart")`` names them for a module, the same as a decorator for one test;
``journeys`` without a key says that there are none. A test about whatever is registered says
``pytest.mark.every_journey``, and holds for any journey; ``every_journey()`` has its parameters. A test that says
neither fails as soon as it comes to a journey. A process that a test starts knows nothing of its marks: its code begins
with ``named("abandoned_cart")``.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import NoReturn

import pytest

import workflows
from chalicelib.domain.journeys.journey import Journey
from chalicelib.domain.journeys.registry import Journeys

Registered = Callable[..., Journeys]
NAMED, EVERY = "journeys", "every_journey"
FOUR = ("abandoned_cart", "early_access", "nps_survey", "win_back")
"""Those that the README is about."""
_registered: Registered = workflows.registered


def every_journey() -> list[Journey]:
    """Every version of every journey that is registered."""
    return list(_registered(()).versions.values())


def named(*keys: str) -> str:
    """Code after which these journeys are registered in a process, and no other."""
    only = f"workflows.registered = functools.partial(workflows.registered, only={keys!r})"
    return f"import functools, workflows\n{only}\n"


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """While test modules are imported, none comes to a journey by the way."""
    with _registry(_refused):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """While a test and its fixtures run, the registry is what its nearest mark says."""
    mark = next((mark for mark in item.iter_markers() if mark.name in (NAMED, EVERY)), None)
    named_only = partial(_registered, only=mark.args) if mark else _refused
    with _registry(_registered if mark and mark.name == EVERY else named_only):
        return (yield)


@contextmanager
def _registry(registered: Registered) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(workflows, "registered", registered)
        _forget()
        yield
    _forget()


def _refused(*_: object, **__: object) -> NoReturn:
    pytest.fail(f"which journeys is this about? Mark the test {NAMED}(...) or {EVERY}: see tests/naming.py")


def _forget() -> None:
    for kept in (workflows.versions, workflows.current):
        kept.cache_clear()
