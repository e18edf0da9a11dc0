"""The form of a story: one type for each kind of step. ``docs/scenarios.md`` describes them all."""

from collections.abc import Iterator
from inspect import cleandoc
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType, field

from infra.interleaving.schedule import Mishap

Text = Annotated[str, Meta(min_length=1)]
DurationText = Annotated[str, Meta(pattern=r"^(\d+[smhd])+$", description="such as 25h, 90m or 1d12h")]
MomentText = Annotated[
    str, Meta(min_length=1, description="a time such as 2026-03-03T12:00:00+09:00, or now, now-2h, now+3m")
]
Count = Annotated[int, Meta(ge=1)]
Setting = str | int


class Part(Struct, forbid_unknown_fields=True):
    """A part of a story: unknown fields are faults."""


class MailChoice(Part):
    """Which accepted mail: the ``nth`` to this address, with this message; -1 is the last."""

    to: Text | None = None
    message: Text | None = None
    nth: int = 1


Mail = Literal["last"] | MailChoice


class Webhook(Part):
    """A request of a shop's system, signed with the story's secret. ``body_file`` is beside the story."""

    source: Text
    topic: str = ""
    body: Any = UNSET
    body_file: Text | None = None
    headers: dict[str, str] = {}
    id: Text | None = None


class Open(Part):
    """The customer opens a mail."""

    mail: Mail = "last"


class Click(Part):
    """The customer clicks the ``link``-th link to the shop."""

    mail: Mail = "last"
    link: Count = 1


class Unsubscribe(Part):
    """The mailbox provider's button: one click, without a page."""

    mail: Mail = "last"


class Reply(Part):
    """The customer answers the mail's survey."""

    score: int
    mail: Mail = "last"
    comment: str = ""


class Request(Part):
    """Any request to the API, or to a page that a mail links to."""

    method: Literal["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS"] = "GET"
    path: Text | None = None
    mail: Mail | None = None
    page: Literal["unsubscribe", "survey"] | None = None
    form: dict[str, str | int] | None = None
    json: Any = UNSET
    headers: dict[str, str] = {}


class SesEvent(Part):
    """SES reports on a mail; ``with`` replaces fields of the event's own part."""

    type: Text
    mail: Mail = "last"
    at: MomentText = "now"
    with_: dict[str, Any] = field(name="with", default_factory=dict)


class Fault(Part):
    """A call to AWS fails: refused with this code, or what ``do`` says."""

    call: Annotated[str, Meta(pattern=r"^[a-z0-9]+\.[A-Za-z*]+$", description="sesv2.SendEmail, dynamodb.write, …")]
    refuse: Text | None = None
    message: str = ""
    status: Annotated[int, Meta(ge=400, le=599)] | None = None
    do: Mishap | None = None
    nth: Count = 1
    for_: DurationText | None = field(name="for", default=None)
    customer: Text | None = None
    function: Text | None = None
    optional: bool = False


class Lag(Part):
    """Nothing is read from a table's stream, or from a queue, for a while."""

    for_: DurationText = field(name="for")
    stream: Literal["commerce", "engagement"] | None = None
    queue: Literal["audience", "due", "feedback", "later"] | None = None


class Turn(Part):
    """The ``of``-th of the interleaved steps makes so many calls to AWS; ``last``: what happens to the last of them."""

    of: Count
    calls: Count | None = None
    last: Mishap | None = None


class Interleave(Part):
    """These steps side by side: one of them goes on at each call to AWS, in these turns and then one after the other.

    A list of steps is done one after the other. From now on each event of the ``repeated`` functions is handled twice.
    """

    steps: Annotated[list["Step | list[Step]"], Meta(min_length=1)]
    turns: list[Turn] = []
    repeated: list[Text] = []


class Import(Part):
    """``rekindle import KIND FILE``; the file is beside the story."""

    kind: Text
    file: Text
    options: list[str] = []


class ExpectedMail(Part):
    """Only what is given is compared."""

    to: Text | None = None
    message: Text | None = None
    at: MomentText | None = None
    subject: str | None = None
    contains: str | list[str] = []
    lacks: str | list[str] = []


class Expect(Part):
    """What must be so now."""

    mails: list[ExpectedMail] | None = None
    mails_include: list[ExpectedMail] | None = None
    outcomes: dict[str, list[Text]] | None = None
    outcomes_include: dict[str, list[Text]] | None = None
    figures: dict[str, float | None] | None = None
    invariants: Literal["hold"] | None = None


class Answer(Part):
    """What a step is answered with: an HTTP status, or a command's exit status."""

    status: int | None = None
    contains: str | list[str] = []
    lacks: str | list[str] = []


class Step(Part):
    """One step of a story: exactly one thing that is done, and perhaps the ``answer`` to it."""

    fact: dict[str, Any] | UnsetType = UNSET
    facts: list[dict[str, Any]] | UnsetType = UNSET
    webhook: Webhook | UnsetType = UNSET
    wait: DurationText | UnsetType = UNSET
    until: MomentText | UnsetType = UNSET
    open: Open | UnsetType = UNSET
    click: Click | UnsetType = UNSET
    unsubscribe: Unsubscribe | UnsetType = UNSET
    reply: Reply | UnsetType = UNSET
    request: Request | UnsetType = UNSET
    ses: SesEvent | UnsetType = UNSET
    fault: Fault | UnsetType = UNSET
    lag: Lag | UnsetType = UNSET
    run: Text | UnsetType = UNSET
    interleave: Interleave | UnsetType = UNSET
    erase: Text | UnsetType = UNSET
    import_: Import | UnsetType = field(name="import", default=UNSET)
    command: Annotated[list[Text], Meta(min_length=1)] | UnsetType = UNSET
    set: dict[str, Setting] | UnsetType = UNSET
    expect: Expect | UnsetType = UNSET
    answer: Answer | None = None

    @property
    def kinds(self) -> list[str]:
        """The names of all that it does: one, if the story is valid."""
        return [name for name, value in self._named() if name != "answer" and value is not UNSET]

    @property
    def action(self) -> Any:
        """What it does."""
        return dict(self._named())[self.kinds[0]]

    def _named(self) -> Iterator[tuple[str, Any]]:
        for own, name in zip(self.__struct_fields__, self.__struct_encode_fields__, strict=True):
            yield name, getattr(self, own)


class Story(Part):
    """A story: where it begins, and its steps."""

    start: Annotated[str, Meta(description="a time with its offset, such as 2026-03-02T10:00:00Z")]
    steps: Annotated[list[Step], Meta(min_length=1)]
    name: str = ""
    settings: dict[str, Setting] = {}
    journeys: list[Text] | None = None
    holdout: Literal["off", "keep"] = "off"
    secrets: dict[str, Text] = {}
    shards: Count = 1

    @property
    def expected(self) -> list[str]:
        """The customers whose outcomes are expected, by id or address."""
        expects = [step.expect for step in self.steps if isinstance(step.expect, Expect)]
        return [who for each in expects for who in (*(each.outcomes or ()), *(each.outcomes_include or ()))]


ACTIONS = tuple(name for name in Step.__struct_encode_fields__ if name != "answer")
ANSWERED = frozenset({"fact", "facts", "webhook", "unsubscribe", "reply", "request", "erase", "import", "command"})
"""The steps that are answered."""
INTERLEAVED = frozenset({"run", "fact", "facts", "webhook", "unsubscribe", "reply", "request", "wait"})
"""The steps that can go on side by side."""


def schema() -> dict[str, Any]:
    """The JSON Schema of a story, for editors."""
    (root,), components = msgspec.json.schema_components([Story], ref_template="#/$defs/{name}")
    for each in components.values():  # Python 3.13 removes the indentation of docstrings, older ones keep it
        if "description" in each:
            each["description"] = cleandoc(each["description"])
    components["Step"]["oneOf"] = [{"required": [name]} for name in ACTIONS]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "A Rekindle scenario", **root} | {
        "$defs": components
    }
