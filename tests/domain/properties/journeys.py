"""Any valid journey that an order begins, for Hypothesis."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, time
from itertools import count

from hypothesis import strategies as st

from chalicelib.domain.facts.order import OrderPlaced
from chalicelib.domain.journeys.journey import (
    MARKETING,
    SERVICE,
    SKIP,
    At,
    Branch,
    CoolDown,
    Defer,
    Goal,
    Journey,
    Notify,
    On,
    OrderCancelled,
    OrderFulfilled,
    Send,
    Split,
    Step,
    SurveyAnswered,
    Unknown,
    Wait,
    Weekday,
    days,
    hours,
    minutes,
)
from chalicelib.domain.journeys.situation import Situation
from tests.builders import START

EXIT = On(OrderPlaced) | On(OrderCancelled, key="order_id")


def always(situation: Situation) -> bool:
    return True


def never(situation: Situation) -> bool:
    return False


def is_answered(situation: Situation) -> bool:
    return bool(situation.facts.answers)


def is_an_odd_hour(situation: Situation) -> bool:
    return situation.now.hour % 2 == 1


def so_long_after_the_start(number: int) -> Callable[[Situation], datetime | None]:
    return lambda situation: START + hours(number)


predicates = st.sampled_from([always, never, is_answered, is_an_odd_hour])
durations = st.sampled_from([minutes(1), minutes(90), hours(12), days(1), days(3), days(14)])
clock_times = st.sampled_from([time(9), time(2, 30), time(21, 30)])
awaited = st.sampled_from([On(OrderFulfilled, key="order_id"), On(SurveyAnswered, key="order_id") | On(OrderPlaced)])


waits_of_a_duration = st.builds(Wait, st.just("-"), durations)
any_wait = st.one_of(
    waits_of_a_duration,
    st.builds(Wait, st.just("-"), durations, since=st.just("trigger")),
    st.builds(Wait, st.just("-"), since=st.integers(0, 1000).map(so_long_after_the_start)),
    st.builds(Wait, st.just("-"), st.builds(At, clock_times, st.none() | st.sampled_from(list(Weekday)))),
    st.builds(Wait, st.just("-"), awaited, timeout=durations),
)
defers = st.sampled_from([SKIP, Defer(hours(24)), Defer(days(3))])
sends = st.builds(Send, st.just("-"), st.just("t"), when=st.none() | predicates, capped=defers)
notices = st.builds(Notify, st.just("-"), st.just("n"), st.none() | predicates)


def steps_with(waits: st.SearchStrategy[Wait]) -> st.SearchStrategy[tuple[Step, ...]]:
    """Steps without their names, at least one message among them; before each message is a wait of its own."""
    message = st.tuples(waits, st.one_of(sends, sends, sends, notices))
    perhaps = st.lists(message, max_size=2).map(lambda pairs: tuple(step for pair in pairs for step in pair))
    way = st.lists(message, min_size=1, max_size=2).map(lambda pairs: tuple(step for pair in pairs for step in pair))
    some = st.one_of(
        message,
        message,
        st.builds(lambda when, *ways: (Branch("-", when, *ways),), predicates, way, perhaps),
        st.builds(lambda x, y: (Split("-", {"x": x, "y": y}),), way, perhaps),
    )
    many = st.tuples(message, st.lists(some, max_size=2), message)
    return many.map(lambda parts: (*parts[0], *(step for part in parts[1] for step in part), *parts[2]))


def named(steps: tuple[Step, ...], names: Iterator[str]) -> tuple[Step, ...]:
    """The steps, each with a name of its own."""
    found: list[Step] = []
    for step in steps:
        match step:
            case Branch():
                then, otherwise = named(step.then, names), named(step.otherwise, names)
                found.append(replace(step, name=next(names), then=then, otherwise=otherwise))
            case Split():
                variants = {name: named(inner, names) for name, inner in step.variants.items()}
                found.append(replace(step, name=next(names), variants=variants))
            case _:
                found.append(replace(step, name=next(names)))
    return tuple(found)


def journeys(waits: st.SearchStrategy[Wait] = any_wait, key: str = "one") -> st.SearchStrategy[Journey]:
    """Valid journeys that an order begins."""

    def with_steps(journey: Journey, steps: tuple[Step, ...]) -> Journey:
        return replace(journey, steps=named(steps, (f"step_{number}" for number in count())))

    journey = st.builds(
        Journey,
        key=st.just(key),
        version=st.just(1),
        purpose=st.sampled_from([MARKETING, MARKETING, SERVICE]),
        enroll=st.just(On(OrderPlaced, key="order_id")),
        steps=st.just((Send("send", "t"),)),
        exit=st.none() | st.just(EXIT),
        goal=st.just(Goal(OrderPlaced, within=days(10_000))),
        holdout=st.sampled_from([0.0, 0.5, 1.0]),
        reentry=st.sampled_from([CoolDown(days(0)), CoolDown(days(7))]),
        priority=st.integers(0, 3),
        unknown=st.sampled_from(list(Unknown)),
    )
    return st.builds(with_steps, journey, steps_with(waits))
