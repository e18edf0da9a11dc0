"""Amazon SES: one attempt per call; an error shows whether nothing was sent, or whether that is unknown."""

import re
from functools import partial

from chalicelib.adapters.aws import Aws, Refusal, one_attempt
from chalicelib.adapters.mail.mime import Mailbox, build_mime
from chalicelib.domain.errors import SendRejected, SendUnknown
from chalicelib.domain.messages.mail import Mail, Shop

THROTTLES = frozenset({"TooManyRequestsException", "Throttling", "ThrottlingException", "LimitExceededException"})
"""The codes of a temporary refusal: only such as prove that nothing was sent, because the mail is sent again."""

STOPS = frozenset({"SendingPausedException", "AccountSuspendedException", "MailFromDomainNotVerifiedException"})
"""The codes of a refusal of every mail: of the account, of the configuration set, or of the sender's domain."""
NOT_ALLOWED = 403
NOT_FOUND = 404
FAULT = 500
_QUOTA = re.compile(r"\bdaily (message|sending) quota\b", re.IGNORECASE)
_NO_SET = re.compile(r"\bconfiguration set\b.* does not exist\b", re.IGNORECASE | re.DOTALL)
_STOPPED = re.compile(r"\bsending (is )?(paused|suspended)\b", re.IGNORECASE)
_FAILED_CHECK = re.compile(r"identities failed the check in region [^:]*:(.*)", re.IGNORECASE | re.DOTALL)


def stop_reason(refusal: Refusal, sender: str) -> str | None:
    """Why SES refuses every mail of the account, without personal data; None if the refusal is of this mail alone.

    The daily quota has the code of a throttle, or another one: only its text tells it from the sending rate
    (https://docs.aws.amazon.com/ses/latest/dg/manage-sending-quotas-errors.html). A rejected mail names the identities
    that are not verified: in the sandbox the recipients, too
    (https://docs.aws.amazon.com/ses/latest/dg/troubleshoot-error-messages.html). 403 is a missing permission or an
    invalid credential, 404 a missing configuration set, which other codes may be said with too.
    """
    if refusal.status >= FAULT:  # nothing definite, whatever it says
        return None
    if refusal.code in STOPS:
        return refusal.code
    if refusal.status in (NOT_ALLOWED, NOT_FOUND):
        return f"{refusal.code} ({refusal.status})"
    if _NO_SET.search(refusal.text):
        return f"{refusal.code}: no such configuration set"
    if _QUOTA.search(refusal.text):
        return f"{refusal.code}: daily quota exceeded"
    if refusal.code == "MessageRejected" and _STOPPED.search(refusal.text):
        return f"{refusal.code}: sending stopped"
    if refusal.code == "MessageRejected" and _is_sender_named(refusal.text, sender):
        return f"{refusal.code}: the sender is not verified"
    return None


def _is_sender_named(text: str, sender: str) -> bool:
    """Whether the sender, or its domain, is among the identities that are not verified."""
    found = _FAILED_CHECK.search(text)
    named = {word.rstrip(".").casefold() for word in re.split(r"[\s,;<>\"]+", found[1])} if found else set()
    return bool(named & {sender.casefold(), sender.casefold().partition("@")[2]})


class SesMailer:
    """Sends raw MIME through SES, with a configuration set that publishes events."""

    def __init__(self, shop: Shop, configuration_set: str, aws: Aws) -> None:
        self._shop = shop
        self._configuration_set = configuration_set
        self._aws = aws

    def send(self, mail: Mail) -> str:
        """Send once and return SES's message id.

        Raises ``SendThrottled`` or ``SendRejected`` if it was definitely not sent (``SendingStopped`` if SES refuses
        every mail for now), ``SendUnknown`` otherwise.
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
        with one_attempt(THROTTLES, partial(stop_reason, sender=Mailbox(self._shop.sender).address)):
            answer = self._aws.ses.send_email(
                Content={"Raw": {"Data": mime}},
                Destination={"ToAddresses": [to]},
                ConfigurationSetName=self._configuration_set,
                EmailTags=[{"Name": name, "Value": value} for name, value in mail.tags.items()],
            )
        if not answer.get("MessageId"):
            raise SendUnknown("an answer without a message id")
        return answer["MessageId"]
