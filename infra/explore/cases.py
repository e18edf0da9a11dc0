"""One attempt: a story, and how its interleaved steps take turns."""

from dataclasses import dataclass

from infra.interleaving.places import Place
from infra.interleaving.schedule import Turn


@dataclass(frozen=True)
class Delay:
    """A stream or a queue that is not read for so many minutes."""

    what: str
    minutes: int


@dataclass(frozen=True)
class Case:
    """``repeated``: the functions that get each event twice; ``delays``: what is read late."""

    turns: tuple[Turn, ...] = ()
    repeated: tuple[str, ...] = ()
    delays: tuple[Delay, ...] = ()

    @property
    def may_lose_mails(self) -> bool:
        """Whether a send may stay unknown, and its mail be given up: then the mails are not those of the story."""
        return any(turn.last for turn in self.turns)


@dataclass(frozen=True)
class Access:
    """One call of a work, from 1: what it reads, what it writes (also outside the tables), and a line that says so.

    ``is_send``: it sends a mail.
    """

    work: int
    reads: tuple[Place, ...]
    writes: tuple[Place, ...]
    line: str
    is_send: bool = False

    def meets(self, other: "Access") -> bool:
        """Whether it matters which of the two comes first: of two writes it always does, since facts count by when
        they were stored."""
        if self.writes and other.writes:
            return True
        return any(one.touches(two) for one in self.reads for two in other.writes) or any(
            one.touches(two) for one in self.writes for two in other.reads
        )


@dataclass(frozen=True)
class Tried:
    """What came of a case. ``problems``: the invariants that do not hold, in words.

    ``calls``: those of the works, in order; ``cut``: the places of turns that ended early; ``state``: the digest of the
    state after them; ``is_new``: what follows from it was judged.
    """

    problems: tuple[str, ...]
    calls: tuple[Access, ...]
    cut: frozenset[int]
    state: str
    is_new: bool

    def of(self, work: int) -> list[Access]:
        """The calls of one work."""
        return [call for call in self.calls if call.work == work]


@dataclass(frozen=True)
class Finding:
    """A case that breaks an invariant, made as simple as it can be.

    ``number``: the how-manieth case of its story it was; ``calls``: what the works called, in order.
    """

    story: str
    case: Case
    problems: tuple[str, ...]
    calls: tuple[str, ...]
    number: int
    scenario: str


@dataclass(frozen=True)
class Progress:
    """What was done of a story in one go: the number of cases, and of different states that they led to."""

    story: str
    cases: int
    states: int
    seconds: float
    is_random: bool
