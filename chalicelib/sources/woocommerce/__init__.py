"""WooCommerce."""

from chalicelib.sources.source import Source

SOURCE = Source(
    name="woocommerce",
    package=__name__,
    title="WooCommerce",
    body="the payload of one of its topics, or its first ping",
    signature_headers=("X-WC-Webhook-Signature",),
    topic_header="X-WC-Webhook-Topic",
    no_account="0",
)
