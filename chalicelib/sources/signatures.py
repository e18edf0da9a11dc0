"""Checks of signatures that several shop systems use."""

import hmac
from base64 import b64encode
from collections.abc import Callable, Sequence

from chalicelib.sources.webhook import WebhookRequest


def is_same(expected: str, given: str) -> bool:
    """Whether two texts are equal, compared in constant time."""
    return hmac.compare_digest(expected.encode(), given.encode())


def hmac_sha256_base64(header: str) -> Callable[[WebhookRequest, Sequence[str]], bool]:
    """A check of a header that contains the body's HMAC-SHA256 in Base64."""

    def is_signed(request: WebhookRequest, secrets: Sequence[str]) -> bool:
        given = request.header(header)
        digests = [hmac.digest(secret.encode(), request.body, "sha256") for secret in secrets]
        return any(is_same(b64encode(digest).decode(), given) for digest in digests)

    return is_signed
