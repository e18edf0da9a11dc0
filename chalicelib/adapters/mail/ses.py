"""Amazon SES: one attempt per call; an error shows whether nothing was sent, or whether that is unknown."""

from chalicelib.adapters.aws import Aws, one_attempt
from chalicelib.adapters.mail.mime import Mailbox, build_mime
from chalicelib.domain.errors import SendRejected, SendUnknown
from chalicelib.domain.messages.mail import Mail, Shop

THROTTLES = frozenset({"TooManyRequestsException", "Throttling", "ThrottlingException", "LimitExceededException"})
"""The codes of a temporary refusal: only such as prove that nothing was sent, because the mail is sent again."""


class SesMailer:
    """Sends raw MIME through SES, with a configuration set that publishes events."""

    def __init__(self, shop: Shop, configuration_set: str, aws: Aws) -> None:
        self._shop = shop
        self._configuration_set = configuration_set
        self._aws = aws

    def send(self, mail: Mail) -> str:
        """Send once and return SES's message id.

        Raises ``SendThrottled`` or ``SendRejected`` if it was definitely not sent, ``SendUnknown`` otherwise.
        """
        try:
            to, mime = Mailbox(mail.to).address, self._mime(mail)
        except ValueError as error:
            raise SendRejected(f"no mail can be made: {error}") from error
        return self._accepted(mime, to, mail)

    def _mime(self, mail: Mail) -> bytes:
        return build_mime(
            sender=Mailbox(self._shop.sender, self._shop.name),
            to=Mailbox(mail.to, mail.to_name),
            subject=mail.subject,
            text=mail.text,
            html=mail.html,
            date=mail.at,
            unsubscribe_url=mail.unsubscribe_url,
            configuration_set=self._configuration_set,
            tags=mail.tags,
        )

    def _accepted(self, mime: bytes, to: str, mail: Mail) -> str:
        with one_attempt(THROTTLES):
            answer = self._aws.ses.send_email(
                Content={"Raw": {"Data": mime}},
                Destination={"ToAddresses": [to]},
                ConfigurationSetName=self._configuration_set,
                EmailTags=[{"Name": name, "Value": value} for name, value in mail.tags.items()],
            )
        if not answer.get("MessageId"):
            raise SendUnknown("an answer without a message id")
        return answer["MessageId"]
