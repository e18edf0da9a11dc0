"""Standard Webhooks (https://www.standardwebhooks.com), for all other systems."""

from chalicelib.sources.source import Source

SOURCE = Source(
    name="events",
    package=__name__,
    title="Standard Webhooks",
    body="the facts of POST /v1/facts",
    signature_headers=("webhook-signature",),
    has_own_ids=False,
)
