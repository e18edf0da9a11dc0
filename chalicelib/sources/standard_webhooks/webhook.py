"""Standard Webhooks (https://www.standardwebhooks.com), for everybody else: bodies are those of ``POST /v1/facts``."""

import logging
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from standardwebhooks.webhooks import EmptyWebhookSecretError, Webhook

from chalicelib.sources import bodies as schemas
from chalicelib.sources.webhook import Delivery, Post, Source, is_same

TOLERANCE = timedelta(minutes=5)
"""A delivery that was signed longer ago, or will only be later, is somebody's copy of one."""
log = logging.getLogger("rekindle.webhooks")


def is_signed(post: Post, secrets: Sequence[str]) -> bool:
    """Whether one of the signatures is by one of the secrets, over id, time and body, and made just now."""
    sent = _sent_at(post)
    if sent is None or abs(post.at - sent) > TOLERANCE or not post.header("webhook-id"):
        return False
    try:
        body = post.body.decode()
    except UnicodeDecodeError:
        return False
    expected = [signer.sign(post.header("webhook-id"), sent, body) for signer in map(_signer, secrets) if signer]
    given = post.header("webhook-signature").split(" ")
    return any(is_same(one, other) for one in expected for other in given)


def read(post: Post) -> Delivery:
    """The facts in the body."""
    return Delivery(post.header("webhook-id"), schemas.facts_of(post.body))


def _sent_at(post: Post) -> datetime | None:
    """The time that was signed: whole seconds, written as they are."""
    text = post.header("webhook-timestamp")
    with suppress(ValueError, OverflowError, OSError):
        if str(int(text)) == text:
            return datetime.fromtimestamp(int(text), UTC)
    return None


def _signer(secret: str) -> Webhook | None:
    """What signs by this secret; nothing for one that is no ``whsec_...``, which the operator is told."""
    try:
        return Webhook(secret)
    except (ValueError, EmptyWebhookSecretError):
        log.error("a secret of the source events is not of the form whsec_ and Base64: it is left out")
        return None


SOURCE = Source(is_signed, read, "expected a signature by a live secret of this source, of the last five minutes")
