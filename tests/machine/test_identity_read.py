"""A function that starts by itself reads the secret of the customers' keys by itself."""

import pytest

import app
from infra.machine import calls
from infra.machine.clock import VirtualClock
from infra.machine.machine import Machine
from tests.builders import START
from tests.naming import FOUR

pytestmark = pytest.mark.journeys(*FOUR)


@pytest.mark.parametrize("function", ["audience", "feedback"])
def test_it_asks_for_it_once(function: str) -> None:
    asked: list[tuple[str, str]] = []
    with Machine(VirtualClock(START)) as machine:
        app.parts.aws.ssm.meta.events.register(
            "before-parameter-build.ssm.GetParameter",
            lambda params, **_: asked.append((calls.current_function(), params["Name"])),
        )
        machine.invoke(function, {"Records": []})
        machine.invoke(function, {"Records": []})

    assert asked == [(function, "/rekindle/identity")]
