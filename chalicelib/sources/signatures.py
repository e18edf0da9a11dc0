"""Checks of signatures that several shop systems use."""

import hmac
from base64 import b64encode
from collections.abc import Callable, Sequence

from chalicelib.sources.webhook import WebhookRequest


def is_same(expected: str, given: str) -> bool:
    """Whether two texts are equal, compared in constant time."""
    return hmac.compare_digest(expected.encode(), given.encode())


def base64_sha256(secret: str, body: bytes) -> str:
    """A body's HMAC-SHA256 in Base64."""
    return b64encode(hmac.digest(secret.encode(), body, "sha256")).decode()


def hmac_sha256_base64(header: str) -> Callable[[WebhookRequest, Sequence[str]], bool]:
    """A check of a header that contains the body's HMAC-SHA256 in Base64."""

    def is_signed(request: WebhookRequest, secrets: Sequence[str]) -> bool:
        given = request.header(header)
        return any(is_same(base64_sha256(secret, request.body), given) for secret in secrets)

    return is_signed
