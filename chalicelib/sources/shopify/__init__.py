"""Shopify."""

from chalicelib.sources.source import Source

SOURCE = Source(
    name="shopify",
    package=__name__,
    title="Shopify",
    body="the payload of one of its topics",
    signature_headers=("X-Shopify-Hmac-Sha256",),
    topic_header="X-Shopify-Topic",
)
