"""The carrier of e-mail."""

from dataclasses import dataclass
from typing import Protocol

from chalicelib.domain.channel import Channel
from chalicelib.domain.facts.consent import Purpose
from chalicelib.domain.journeys.journey import Journey, Message, Send
from chalicelib.domain.journeys.situation import Situation
from chalicelib.domain.messages.mail import Mail, Shop
from chalicelib.services.carriers import Offer, Outgoing
from chalicelib.services.compose import Composer


class Mailer(Protocol):
    """Sends one e-mail, once; raises ``SendThrottled``, ``SendRejected`` or ``SendUnknown``."""

    def send(self, mail: Mail) -> str: ...


@dataclass(frozen=True)
class EmailCarrier:
    """Composes and sends e-mails: to the customer, or to the shop's team."""

    composer: Composer
    mailer: Mailer
    shop: Shop

    def compose(self, journey: Journey, message: Message, situation: Situation) -> tuple[Outgoing, Offer | None]:
        """The mail for the current step, and the coupon in it, if any. Raises ``TemplateError``."""
        customer, to_customer = situation.facts.customer, isinstance(message, Send)
        composed = self.composer(journey, message, situation)
        mail = Mail(
            to=(customer.address(Channel.EMAIL) or "") if to_customer else self.shop.team,
            to_name=(customer.name or "") if to_customer else "",
            subject=composed.rendered.subject,
            html=composed.rendered.html,
            text=composed.rendered.text,
            at=situation.now,
            tags=composed.tags.as_mapping,
            unsubscribe_url=composed.unsubscribe_url if to_customer and journey.purpose is Purpose.MARKETING else None,
        )
        return mail, composed.offer

    def send(self, outgoing: Outgoing) -> str:
        """Send the mail once."""
        return self.mailer.send(outgoing)
