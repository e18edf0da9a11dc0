"""A sweep costs what is due, not what is armed."""

import pytest

from infra.bench.sweep import DUE, LANES, markdown, swept
from tests.naming import FOUR

pytestmark = pytest.mark.journeys(*FOUR)


def test_ten_times_as_many_armed_cost_the_same_sweep() -> None:
    few, many = swept(1_000, 1), swept(10_000, 1)

    costs = ("calls", "batches", "items_read", "read_units")
    assert [few[cost] for cost in costs] == [many[cost] for cost in costs]
    assert few["items_read"] == DUE
    assert few["calls"] == 2 + LANES + few["batches"], "the circuits and the length of the queue"


def test_the_section_compares_the_first_with_the_last() -> None:
    sweep = {"calls": 9, "batches": 4, "items_read": 100, "read_units": 2.0}
    sweeps = [{**sweep, "armed": 1_000, "cpu_ms": 2.0}, {**sweep, "armed": 100_000, "cpu_ms": 3.0}]

    section = markdown({"due": DUE, "lanes": LANES, "sweeps": sweeps})

    assert "100 times as many" in section
    assert "1.50 times the CPU" in section.replace("\n", " ")


@pytest.mark.parametrize("armed", [200])
def test_nothing_is_read_twice(armed: int) -> None:
    found = swept(armed, 1)

    assert found["batches"] == LANES  # each lane's share of the hundred fits in one batch
