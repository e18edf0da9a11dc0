"""Amazon SES: one attempt a call, and an answer that tells whether nothing was sent or nobody knows."""

from chalicelib.adapters.aws import Aws
from chalicelib.adapters.mail.mime import Mailbox, build_mime
from chalicelib.domain.errors import SendRejected, SendThrottled, SendUnknown
from chalicelib.domain.messages.mail import Mail, Shop

THROTTLES = frozenset({"TooManyRequestsException", "Throttling", "ThrottlingException", "LimitExceededException"})


class SesMailer:
    """Sends raw MIME through SES, under a configuration set whose events come back."""

    def __init__(self, shop: Shop, configuration_set: str, aws: Aws) -> None:
        self._shop = shop
        self._configuration_set = configuration_set
        self._aws = aws

    def send(self, mail: Mail) -> str:
        """Send once and return SES's message id.

        Raises ``SendThrottled`` or ``SendRejected`` when it was definitely not sent, ``SendUnknown`` otherwise.
        """
        try:
            mime = self._mime(mail)
        except ValueError as error:
            raise SendRejected(f"no mail can be made: {error}") from error
        return self._accepted(mime, mail)

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

    def _accepted(self, mime: bytes, mail: Mail) -> str:
        from botocore.exceptions import ClientError, ConnectTimeoutError, EndpointConnectionError

        try:
            answer = self._aws.ses.send_email(
                Content={"Raw": {"Data": mime}},
                Destination={"ToAddresses": [mail.to]},
                ConfigurationSetName=self._configuration_set,
                EmailTags=[{"Name": name, "Value": value} for name, value in mail.tags.items()],
            )
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            if code in THROTTLES:
                raise SendThrottled(code) from error
            if 400 <= error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) < 500:
                raise SendRejected(code) from error
            raise SendUnknown(code) from error
        except (EndpointConnectionError, ConnectTimeoutError) as error:
            raise SendThrottled(type(error).__name__) from error  # there was no connection to send anything through
        except Exception as error:  # a cut or garbled answer, whatever the parser makes of it
            raise SendUnknown(type(error).__name__) from error
        if not answer.get("MessageId"):
            raise SendUnknown("an answer without a message id")
        return answer["MessageId"]
