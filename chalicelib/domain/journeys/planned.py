"""When a journey's messages are planned, for the rules of a definition."""

from collections.abc import Iterator
from datetime import timedelta

from chalicelib.domain.journeys.steps import At, Branch, Send, Split, Step, Wait, inside


class Plan:
    """How long after the first message each send is planned, at the latest; a function's moment counts as no wait."""

    def __init__(self, since_trigger: timedelta = timedelta(0), first: timedelta | None = None) -> None:
        self.since_trigger, self.first = since_trigger, first

    def sends(self, steps: tuple[Step, ...]) -> Iterator[tuple[str, timedelta]]:
        """Each send's name and time, walking through ``steps``."""
        for step in steps:
            match step:
                case Wait():
                    self._wait(step)
                case Send():
                    self.first = self.since_trigger if self.first is None else self.first
                    yield step.name, self.since_trigger - self.first
                case Branch() | Split():
                    ways = [Plan(self.since_trigger, self.first) for _ in inside(step)]
                    for way, within in zip(ways, inside(step), strict=True):
                        yield from way.sends(within)
                    self.since_trigger = max(way.since_trigger for way in ways)
                    self.first = min((way.first for way in ways if way.first is not None), default=None)
                case _:
                    pass

    def _wait(self, wait: Wait) -> None:
        match wait.until:
            case timedelta():
                longest = wait.until
            case At(weekday=weekday):
                longest = timedelta(days=1 if weekday is None else 7)
            case _:
                longest = wait.timeout or timedelta(0)
        if wait.since is None:
            self.since_trigger += longest
        elif isinstance(wait.since, str):
            self.since_trigger = max(self.since_trigger, longest)
