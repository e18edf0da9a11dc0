"""A circuit: while it is open, a channel's service refuses every message, so none is sent but a probe now and then."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.domain.channel import Channel

PROBE_EVERY = timedelta(minutes=5)
"""How often it is tried whether the service sends again."""


@dataclass(frozen=True, slots=True)
class Circuit:
    """An open circuit of a channel: ``since`` when, the service's ``reason``, and when the next probe is due."""

    channel: Channel
    since: datetime
    reason: str
    probe_at: datetime
