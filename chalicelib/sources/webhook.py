"""A webhook request, and the items that its reader finds in it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from chalicelib.domain.facts.inbound import Inbound, Person


@dataclass(frozen=True, slots=True)
class WebhookRequest:
    """A request as it arrived, at ``at`` (UTC). The names of ``headers`` are looked up in any case."""

    headers: Mapping[str, str]
    body: bytes
    at: datetime

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


WebhookItem = Inbound | DataRequest | ShopClosed | UnusedTopic


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
    is False. ``read`` raises ``InvalidFact`` with the path of an invalid field. ``is_ping`` recognises the unsigned
    request that some systems send when a webhook is set up. ``secret_problem`` returns why a secret is invalid.
    ``headers`` are those that the system sends with a request, its signature among them; scenarios need them.
    """

    is_signed: Callable[[WebhookRequest, Sequence[str]], bool]
    read: Callable[[WebhookRequest], Delivery]
    expected: str = "expected a signature by an active secret of this source"
    is_ping: Callable[[WebhookRequest], bool] = _is_no_ping
    secret_problem: Callable[[str], str | None] = _any_secret
    headers: Callable[[Unsigned], Mapping[str, str]] | None = None
