"""Signed tokens for the links in mails: ``kid.payload.mac``, URL-safe, bound to one purpose, without an expiry.

The payload is a JSON list of opaque parts (customer key, journey, occurrence digest, step); the MAC is HMAC-SHA256 over
purpose, key id and payload, so a token to unsubscribe never answers a survey. Opt-outs must work for longer than 30
days (CAN-SPAM): a token lives as long as its key, so keep a key live for months after the newer one came.
"""

import hmac
import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field

from chalicelib.domain.errors import InvalidSetting, InvalidToken

LONGEST = 1024
SHORTEST_SECRET = 16
_KID = re.compile(r"[A-Za-z0-9_-]{1,16}")
_TOKEN = re.compile(r"([A-Za-z0-9_-]{1,16})\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]{43})", re.ASCII)


@dataclass(frozen=True)
class Tokens:
    """Signs with the newest key and reads with every live one; ``keys`` are ``(kid, secret)``, newest first.

    Raises ``InvalidSetting`` if there is no key, an id is malformed or repeated, or a secret is shorter than 16 bytes.
    """

    keys: Sequence[tuple[str, bytes]] = field(repr=False)

    def __post_init__(self) -> None:
        if problem := _problem(self.keys):
            raise InvalidSetting(f"token keys: {problem}")

    def sign(self, purpose: str, *parts: str) -> str:
        """A token from which ``read`` with the same purpose returns ``parts``, which must contain no personal data.

        Raises ``ValueError`` if the token would be longer than 1,024 characters.
        """
        kid, secret = self.keys[0]
        payload = _text(json.dumps(parts, separators=(",", ":")).encode())
        token = f"{kid}.{payload}.{_mac(secret, purpose, kid, payload)}"
        if len(token) > LONGEST:
            raise ValueError(f"a token of {len(token)} characters; at most {LONGEST}")
        return token

    def read(self, purpose: str, token: str) -> tuple[str, ...]:
        """The parts of a token signed for ``purpose`` with a live key; raises only ``InvalidToken``, for any other."""
        found = _TOKEN.fullmatch(token) if len(token) <= LONGEST else None
        if found is None:
            raise InvalidToken("this is no token")
        kid, payload, mac = found.groups()
        secret = dict(self.keys).get(kid)
        if secret is None:
            raise InvalidToken("the token's key is not live")
        if not hmac.compare_digest(mac, _mac(secret, purpose, kid, payload)):
            raise InvalidToken("the token's signature does not fit")
        return tuple(json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4))))


def parse_keys(text: str) -> tuple[tuple[str, bytes], ...]:
    """Read ``kid:hex``, one per line (or after a comma), newest first.

    Raises ``InvalidSetting``, whose message never shows a secret.
    """
    keys = []
    for number, entry in enumerate(re.split(r"[,\n]+", text.strip()), start=1):
        kid, colon, secret = entry.strip().partition(":")
        try:
            keys.append((kid, bytes.fromhex(secret)))
        except ValueError:
            colon = ""
        if not colon:
            raise InvalidSetting(f"token keys: entry {number} is not of the form kid:hex")
    Tokens(keys)
    return tuple(keys)


def _problem(keys: Sequence[tuple[str, bytes]]) -> str | None:
    if not keys:
        return "at least one is needed"
    for number, (kid, secret) in enumerate(keys, start=1):
        if not _KID.fullmatch(kid):
            return f"the id of entry {number} must be 1 to 16 letters, digits, - or _"
        if len(secret) < SHORTEST_SECRET:
            return f"the secret of entry {number} must have {SHORTEST_SECRET} bytes or more"
    if len(dict(keys)) < len(keys):
        return "two entries have the same id"
    return None


def _mac(secret: bytes, purpose: str, kid: str, payload: str) -> str:
    signed = json.dumps([purpose, kid, payload]).encode()
    return _text(hmac.digest(secret, signed, "sha256"))


def _text(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()
