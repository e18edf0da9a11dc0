"""Exactly one of several works goes on at a time, and which one is what the schedule says."""

from collections.abc import Callable, Sequence

import pytest

from infra.interleaving.schedule import Mishap, Schedule, Turn
from infra.interleaving.turns import Turns


def made(works: Sequence[int], *turns: Turn) -> tuple[str, Schedule, list[Mishap | None]]:
    """Who made each call, when works (a, b, …) make so many calls; and the mishap of each."""
    schedule, calls, mishaps = Schedule(turns), list[str](), list[Mishap | None]()
    one_at_a_time = Turns(schedule)

    def work(name: str, number: int) -> Callable[[], None]:
        def do() -> None:
            for _ in range(number):
                one_at_a_time.pause()
                mishaps.append(schedule.called())
                calls.append(name)

        return do

    one_at_a_time.run([work(name, number) for name, number in zip("abc", works, strict=False)])
    return "".join(calls), schedule, mishaps


@pytest.mark.parametrize(
    ("turns", "order"),
    [
        ([], "aaabbb"),
        ([Turn(2)], "bbbaaa"),
        ([Turn(1, 1), Turn(2)], "abbbaa"),
        ([Turn(1, 2), Turn(2, 1), Turn(1)], "aababb"),
        ([Turn(1, 1), Turn(2, 1), Turn(1, 1), Turn(2, 1)], "ababba"),
    ],
)
def test_the_calls_are_made_in_the_order_of_the_turns(turns: list[Turn], order: str) -> None:
    assert made([3, 3], *turns)[0] == order


def test_a_turn_of_a_work_that_has_ended_is_left_out() -> None:
    order, schedule, _ = made([1, 3], Turn(1, 2), Turn(2, 1), Turn(1, 1), Turn(2, 1))

    assert (order, schedule.cut) == ("abbb", {0})


def test_three_works_take_turns() -> None:
    assert made([2, 2, 2], Turn(3, 1), Turn(2, 1), Turn(1), Turn(3))[0] == "cbaacb"


def test_the_mishap_is_that_of_the_turn_s_last_call() -> None:
    _, _, mishaps = made([3, 1], Turn(1, 2, "crash_after"), Turn(2))

    assert mishaps == [None, "crash_after", None, None]


def test_an_error_of_one_work_ends_that_one_alone() -> None:
    done = []

    def fails() -> None:
        raise KeyError("a")

    errors = Turns(Schedule(())).run([fails, lambda: done.append("b")])

    assert (list(errors), done) == ([0], ["b"])


def test_what_belongs_to_a_process_is_each_work_s_own() -> None:
    class Process:
        name = "nobody"

    schedule = Schedule((Turn(1, 1), Turn(2, 1), Turn(1), Turn(2)))
    turns, seen = Turns(schedule, ((Process, "name"),)), []

    def work(name: str) -> Callable[[], None]:
        def do() -> None:
            Process.name = name
            for _ in range(2):
                turns.pause()
                schedule.called()
                seen.append((name, Process.name))

        return do

    turns.run([work("a"), work("b")])

    assert seen == [("a", "a"), ("b", "b"), ("a", "a"), ("b", "b")]
    assert Process.name == "nobody"
