"""Requests of the Standard Webhooks specification; their bodies are those of ``POST /v1/facts``."""

import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from standardwebhooks.webhooks import EmptyWebhookSecretError
from standardwebhooks.webhooks import Webhook as Signer

from chalicelib.sources.bodies import Unread, each_of
from chalicelib.sources.signatures import is_same
from chalicelib.sources.standard_webhooks import SOURCE
from chalicelib.sources.webhook import Delivery, Unreadable, Unsigned, Webhook, WebhookRequest

TOLERANCE = timedelta(minutes=5)
"""A request that was signed longer ago, or further in the future, may be a replayed copy."""
PREFIXES = ("webhook", "svix")
"""Of the headers' names: the specification's, and those of Svix, which it was made after and which many senders use."""
log = logging.getLogger("rekindle.webhooks")


def is_signed(request: WebhookRequest, secrets: Sequence[str]) -> bool:
    """Whether one of the signatures was made with one of the secrets, over id, time and body, and is recent."""
    sent, own_id = _sent_at(request), _header(request, "id")
    if sent is None or abs(request.at - sent) > TOLERANCE or not own_id:
        return False
    try:
        body = request.body.decode()
    except UnicodeDecodeError:
        return False
    expected = [signer.sign(own_id, sent, body) for signer in map(_signer, secrets) if signer]
    given = _header(request, "signature").split(" ")
    return any(is_same(one, other) for one in expected for other in given)


def read(request: WebhookRequest) -> Delivery:
    """The facts in the body. Senders read the status alone, so a time ahead refuses none."""
    found = each_of(request.body, now=None)
    return Delivery(_header(request, "id"), [Unreadable(*each) if isinstance(each, Unread) else each for each in found])


def secret_problem(secret: str) -> str | None:
    """Why a secret is invalid, or None; the secret is not quoted."""
    try:
        Signer(secret.strip())
    except (ValueError, EmptyWebhookSecretError):
        return f"a secret of {SOURCE.name} is base64, usually after whsec_"
    return None


def _header(request: WebhookRequest, name: str) -> str:
    """A header of the specification, by whichever name it has."""
    return next((value for prefix in PREFIXES if (value := request.header(f"{prefix}-{name}"))), "")


def _sent_at(request: WebhookRequest) -> datetime | None:
    """The time that was signed: whole seconds, in their canonical form."""
    text = _header(request, "timestamp")
    with suppress(ValueError, OverflowError, OSError):
        if str(int(text)) == text:
            return datetime.fromtimestamp(int(text), UTC)
    return None


def _signer(secret: str) -> Signer | None:
    """The verifier for this secret; for an invalid one None, and a log line for the operator."""
    try:
        return Signer(secret)
    except (ValueError, EmptyWebhookSecretError):
        log.error("secret ignored: expected whsec_ and Base64", extra={"source": SOURCE.name})
        return None


def headers(request: Unsigned) -> Mapping[str, str]:
    """As the specification has them; it has no topics."""
    signature = Signer(request.secret).sign(request.id, request.at, request.body.decode())
    return {
        "webhook-id": request.id,
        "webhook-timestamp": str(int(request.at.timestamp())),
        "webhook-signature": signature,
    }


WEBHOOK = Webhook(
    is_signed, read, "expected a signature by an active secret of this source, made in the last five minutes",
    secret_problem=secret_problem, headers=headers,
)  # fmt: skip
