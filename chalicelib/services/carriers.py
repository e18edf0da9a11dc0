"""The interface of a channel: it composes a message, and sends it once."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from chalicelib.domain.journeys.journey import Journey, Message
from chalicelib.domain.journeys.situation import Situation

Outgoing = Any
"""A composed message, in the form of its own carrier (``Mail`` for an e-mail)."""


@dataclass(frozen=True, slots=True)
class Offer:
    """The coupon in one message; ``expires_at`` is aware UTC."""

    code: str
    percent: int
    expires_at: datetime


class Carrier(Protocol):
    """Composes and sends the messages of one channel."""

    def compose(self, journey: Journey, message: Message, situation: Situation) -> tuple[Outgoing, Offer | None]:
        """The message for the current step, and the coupon in it, if any. Raises ``TemplateError``."""

    def send(self, outgoing: Outgoing) -> str:
        """Send once, and return the provider's id.

        Raises ``SendThrottled`` or ``SendRejected`` if it was definitely not sent (``SendingStopped`` if none is for
        now), any other error if that is unknown.
        """
