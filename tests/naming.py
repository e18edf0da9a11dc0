"""A test runs the journeys that it names, and no other: adding a journey changes nothing for it.

``pytestmark = pytest.mark.journeys("abandoned_cart")`` names them for a module, the same as a decorator for one test;
``journeys()`` says that there are none. A test about whatever is registered says ``pytest.mark.every_journey``, and
holds for any journey. One that says neither fails as soon as it comes to a journey. A process that a test starts knows
nothing of its marks: its code begins with ``named("abandoned_cart")``.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import NoReturn

import pytest

import workflows
from chalicelib.domain.journeys.registry import Journeys

Registered = Callable[..., Journeys]
NAMED, EVERY = "journeys", "every_journey"
FOUR = ("abandoned_cart", "early_access", "nps_survey", "win_back")
"""Those that the README is about."""
_registered: Registered = workflows.registered


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """While a test and its fixtures run, the registry is what its nearest mark says."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(workflows, "registered", _registry_of(item))
        _forget()
        result = yield
    _forget()
    return result


def named(*keys: str) -> str:
    """Code after which these journeys are registered in a process, and no other."""
    only = f"workflows.registered = functools.partial(workflows.registered, only={keys!r})"
    return f"import functools, workflows\n{only}\n"


def _registry_of(item: pytest.Item) -> Registered:
    mark = next((mark for mark in item.iter_markers() if mark.name in (NAMED, EVERY)), None)
    if mark is None:
        return _refused
    return _registered if mark.name == EVERY else partial(_registered, only=mark.args)


def _refused(*_: object, **__: object) -> NoReturn:
    pytest.fail(f"which journeys does this test run? Mark it {NAMED}(...) or {EVERY}: see tests/naming.py")


def _forget() -> None:
    for kept in (workflows.versions, workflows.current):
        kept.cache_clear()
