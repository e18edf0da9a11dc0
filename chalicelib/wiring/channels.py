"""What differs from channel to channel: what sends its messages, and what reads the reports on them."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chalicelib.domain.channel import Channel
    from chalicelib.domain.messages.report import DeliveryReport
    from chalicelib.services.carriers import Carrier

from chalicelib.wiring.stores import Stores


class Channels(Stores):
    """The channels of messages, connected to their providers."""

    @cached_property
    def carriers(self) -> Mapping[Channel, Carrier]:
        """What composes and sends messages, by channel."""
        from chalicelib.adapters.mail.ses import SesMailer
        from chalicelib.domain.channel import Channel
        from chalicelib.services.compose import Composer
        from chalicelib.services.email import EmailCarrier

        shop = self.settings.shop
        composer = Composer(self.templates, self.tokens, shop, self.identity.secret, self.identity.address_hash)
        mailer = SesMailer(shop, self.settings.configuration_set, self.aws)
        return {Channel.EMAIL: EmailCarrier(composer, mailer, shop)}

    def read_report(self, event: Mapping[str, Any]) -> DeliveryReport:
        """A provider's event as a delivery report."""
        from chalicelib.adapters.mail.reports import read_report

        return read_report(event)
