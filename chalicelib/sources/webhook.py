"""What a source of webhooks is made of: each module beside this one has one, named ``SOURCE``."""

import hmac
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from chalicelib.domain.facts.inbound import Inbound, Person


@dataclass(frozen=True, slots=True)
class Post:
    """A delivery as it came, at ``at``; the names of ``headers`` may be asked for in any case."""

    headers: Mapping[str, str]
    body: bytes
    at: datetime

    def header(self, name: str) -> str:
        """A header, or nothing."""
        return (self.headers.get(name) or "").encode("utf-8", "replace").decode()


@dataclass(frozen=True, slots=True)
class DataRequest:
    """A customer wants to see what is kept of them: an operator has to answer."""

    person: Person


@dataclass(frozen=True, slots=True)
class ShopClosed:
    """The shop left the system that tells this: an operator has to decide what becomes of the data."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """A topic that tells nothing that is wanted here."""

    topic: str


Heard = Inbound | DataRequest | ShopClosed | Unknown


@dataclass(frozen=True, slots=True)
class Delivery:
    """All that one delivery tells, in its order. ``id`` is what it is known again by (None: by nothing)."""

    id: str | None
    heard: Sequence[Heard]


@dataclass(frozen=True, slots=True)
class Source:
    """How to check and read a source's deliveries.

    ``is_signed`` is asked first, with the live secrets, before anything of the body is looked at; ``expects`` is what
    others are told. ``read`` raises ``InvalidFact`` with the path of what does not fit. ``is_ping`` knows the unsigned
    try that some systems make when a webhook is set up.
    """

    is_signed: Callable[[Post, Sequence[str]], bool]
    read: Callable[[Post], Delivery]
    expects: str = "expected a signature by a live secret of this source"
    is_ping: Callable[[Post], bool] = lambda post: False


def is_same(expected: str, given: str) -> bool:
    """Whether two texts are the same, in a time that tells nothing of how much of them is."""
    return hmac.compare_digest(expected.encode(), given.encode())


def signed_in_base64(header: str) -> Callable[[Post, Sequence[str]], bool]:
    """Checks a header that holds the body's HMAC-SHA256 in Base64."""

    def is_signed(post: Post, secrets: Sequence[str]) -> bool:
        given = post.header(header)
        digests = [hmac.digest(secret.encode(), post.body, "sha256") for secret in secrets]
        return any(is_same(b64encode(digest).decode(), given) for digest in digests)

    return is_signed
