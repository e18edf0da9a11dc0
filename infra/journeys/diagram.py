"""A journey as a Mermaid flowchart, made from its definition alone.

round: begins and ends    hexagon: waits    box: sends    diamond: decides
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from chalicelib.domain.facts.fact import Event
from chalicelib.domain.journeys.journey import (
    At,
    Branch,
    Either,
    Goal,
    Journey,
    Notify,
    On,
    Send,
    Split,
    Step,
    Wait,
    Weekday,
    alternatives,
)

END = "done"
_SINCE = {"trigger": "it began", "activity": "the last activity"}
_UNITS = ((timedelta(days=1), "day"), (timedelta(hours=1), "hour"), (timedelta(minutes=1), "minute"))


def mermaid(journey: Journey) -> str:
    """The flowchart's source, ending in a newline: enrolling, each step with its duration, branches, exits, goal."""
    return "".join(f"{line}\n" for line in _lines(journey))


def _lines(journey: Journey) -> Iterator[str]:
    yield "flowchart TD"
    yield f'    start(["{_text(f"{journey.key} · {journey.purpose}<br/>when {_events(journey.enroll)}")}"])'
    for step, _ in journey.plan.values():
        yield f"    {_node(step)}"
    yield f'    {END}(["done"])'
    yield f"    start --> {_name(journey.steps[0].name)}"
    for step, following in journey.plan.values():
        yield from (f"    {line}" for line in _arrows(step, following))
    if journey.exit:
        yield f'    exit(["ends early when {_text(_events(journey.exit))}"])'
        yield "    start -.-> exit"
    if journey.goal:
        yield f'    goal(["goal: {_text(_goal(journey.goal))}"])'
        yield f"    {END} ~~~ goal"
    if journey.holdout:
        yield f'    holdout["{journey.holdout:.0%} held out: measured, not messaged"]'
        yield "    start ~~~ holdout"


def _node(step: Step) -> str:
    name = _name(step.name)
    match step:
        case Wait():
            return f'{name}{{{{"{_text(_wait(step))}"}}}}'
        case Send():
            offer = f"<br/>with {step.offer.percent} % off" if step.offer else ""
            return f'{name}["✉ {_text(step.template + offer + _condition(step.when))}"]'
        case Notify():
            return f'{name}["🔔 notify the team: {_text(step.template + _condition(step.when))}"]'
        case Branch():
            return f'{name}{{"{_text(_words(step.when))}?"}}'
        case Split():
            return f'{name}{{"at random"}}'


def _arrows(step: Step, following: str | None) -> Iterator[str]:
    """From a step to each possible next step."""
    name = _name(step.name)
    match step:
        case Branch():
            yield f"{name} -- yes --> {_first(step.then, following)}"
            yield f"{name} -- no --> {_first(step.otherwise, following)}"
        case Split():
            weights = step.weights or dict.fromkeys(step.variants, 1.0)
            for variant, inner in step.variants.items():
                share = weights[variant] / sum(weights.values())
                yield f'{name} -- "{variant} {share:.0%}" --> {_first(inner, following)}'
        case _:
            yield f"{name} --> {_target(following)}"


def _first(inner: tuple[Step, ...], following: str | None) -> str:
    return _name(inner[0].name) if inner else _target(following)


def _target(step: str | None) -> str:
    return _name(step) if step else END


def _name(step: str) -> str:
    """A node's name, with a prefix because Mermaid reserves words such as ``end``."""
    return f"step_{step}"


def _wait(wait: Wait) -> str:
    since = f" after {_since(wait.since)}" if wait.since else ""
    match wait.until:
        case timedelta() as duration if duration:
            return f"wait {_duration(duration)}{since}"
        case timedelta():
            return f"wait until {_since(wait.since)}" if wait.since else "go on at once"
        case At(at, weekday):
            day = f" on {Weekday(weekday).name.capitalize()}" if weekday is not None else ""
            return f"wait until {at:%H:%M} local time{day}{since}"
        case On() | Either() as events:
            return f"wait until {_events(events)}<br/>{_duration(wait.timeout or timedelta(0))} at the longest"


def _since(moment: str | Callable[..., Any] | None) -> str:
    if isinstance(moment, str):
        return _SINCE[moment]
    return _words(moment)


def _words(function: Callable[..., Any] | None) -> str:
    """A named function in words; for a closure, the name of its maker after the values it closes over."""
    if function is None:
        return ""
    maker, _, inner = function.__qualname__.partition(".<locals>.")
    given = [cell.cell_contents for cell in function.__closure__ or ()] if inner else []
    values = [_duration(value) if isinstance(value, timedelta) else str(value) for value in given]
    return " ".join([*values, maker.replace("_", " ")])


def _events(on: On | Either) -> str:
    return " or ".join(dict.fromkeys(_event(option.event) + _condition(option.when) for option in alternatives(on)))


def _event(event: type[Event]) -> str:
    """``CartChanged`` in words: ``cart changed``."""
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in event.__name__).strip()


def _condition(when: Callable[..., Any] | None) -> str:
    return f" (if {_words(when)})" if when else ""


def _goal(goal: Goal) -> str:
    limit = f"within {_duration(goal.within)}" if goal.within is not None else f"before {_words(goal.until)}"
    return f"{_events(goal.on)}, {limit}"


def _duration(duration: timedelta) -> str:
    """In the largest units that give whole numbers: ``2 days``, ``36 hours``, ``1 day 30 minutes``."""
    parts = []
    for unit, name in _UNITS:
        number, duration = divmod(duration, unit)
        if number:
            parts.append(f"{number} {name}{'s' if number > 1 else ''}")
    if duration:
        parts.append(f"{duration.total_seconds():g} seconds")
    return " ".join(parts) or "no time"


def _text(label: str) -> str:
    """A label, escaped for Mermaid's quotation marks."""
    return label.replace("#", "#35;").replace('"', "#quot;").replace("\n", " ")
