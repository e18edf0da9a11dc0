"""A webhook request, and the items that its reader finds in it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.domain.errors import InvalidFact
from chalicelib.domain.facts.inbound import Inbound, Person


@dataclass(frozen=True, slots=True)
class WebhookRequest:
    """A request as it arrived, at ``at`` (UTC). The names of ``headers`` are looked up in any case.

    ``zone`` is the shop's, for systems that send times without an offset. ``left_out`` gets what the readers leave out
    of it since it does not fit.
    """

    headers: Mapping[str, str]
    body: bytes
    at: datetime
    zone: str = "UTC"
    left_out: list[InvalidFact] = field(default_factory=list, compare=False)

    def header(self, name: str) -> str:
        """A header's value, empty if it is missing."""
        return (self.headers.get(name) or "").encode("utf-8", "replace").decode()


@dataclass(frozen=True, slots=True)
class DataRequest:
    """A customer requested a copy of their data: an operator has to answer."""

    person: Person


@dataclass(frozen=True, slots=True)
class ShopClosed:
    """The shop left the system that sends this: an operator decides what happens to its data."""


@dataclass(frozen=True, slots=True)
class UnusedTopic:
    """A topic that Rekindle does not use."""

    topic: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A message that does not fit; ``topic`` is its kind, empty if that is unknown."""

    topic: str
    error: InvalidFact


WebhookItem = Inbound | DataRequest | ShopClosed | UnusedTopic | Unreadable


def read_by(
    reader: Callable[[WebhookRequest], Sequence[WebhookItem]], topic: str, request: WebhookRequest
) -> Sequence[WebhookItem]:
    """What the reader of a topic finds in a body of this topic and what of it is left out, or why it cannot be read."""
    try:
        return [*reader(request), *(Unreadable(topic, each) for each in request.left_out)]
    except InvalidFact as error:
        return [Unreadable(topic, error)]


@dataclass(frozen=True, slots=True)
class Delivery:
    """The contents of one request, in order. ``id`` is the same when it is sent again; None if it has none."""

    id: str | None
    items: Sequence[WebhookItem]


@dataclass(frozen=True, slots=True)
class Unsigned:
    """A request that is to be made as the system itself makes it, in a scenario or a test; ``at`` is UTC.

    ``id`` is the same when a delivery is sent again.
    """

    topic: str
    body: bytes
    secret: str
    id: str
    at: datetime


def _is_no_ping(request: WebhookRequest) -> bool:
    return False


def _any_secret(secret: str) -> str | None:
    return None


@dataclass(frozen=True, slots=True)
class Webhook:
    """How to check and read the requests of one source.

    ``is_signed`` is called first, with the active secrets, before the body is parsed; ``expected`` is the error if it
    is False. ``read`` raises ``InvalidFact`` for what is no body of the source; a message that does not fit becomes an
    ``Unreadable``, and others of the same body count. ``is_ping`` recognises the unsigned
    request that some systems send when a webhook is set up. ``secret_problem`` returns why a secret is invalid.
    ``headers`` are those that the system sends with a request, its signature among them; scenarios need them.
    """

    is_signed: Callable[[WebhookRequest, Sequence[str]], bool]
    read: Callable[[WebhookRequest], Delivery]
    expected: str = "expected a signature by an active secret of this source"
    is_ping: Callable[[WebhookRequest], bool] = _is_no_ping
    secret_problem: Callable[[str], str | None] = _any_secret
    headers: Callable[[Unsigned], Mapping[str, str]] | None = None
