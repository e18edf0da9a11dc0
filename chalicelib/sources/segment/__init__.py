"""Segment."""

from chalicelib.sources.source import Source

SOURCE = Source(
    name="segment",
    package=__name__,
    title="Segment",
    body="one message, or a batch of messages",
    signature_headers=("X-Signature", "X-Segment-Signature"),
    is_public=True,
)
