"""Which refusals of SES are of every mail of the account, and which of one mail."""

import pytest

from chalicelib.adapters.aws import Refusal
from chalicelib.adapters.mail.ses import stop_reason

SENDER = "Hello@shop.example"
CHECK = "Email address is not verified. The following identities failed the check in region US-EAST-1: "


@pytest.mark.parametrize(
    ("refusal", "reason"),
    [
        (Refusal("SendingPausedException", 400, ""), "SendingPausedException"),
        (Refusal("AccountSuspendedException", 400, "Account suspended."), "AccountSuspendedException"),
        (Refusal("MailFromDomainNotVerifiedException", 400, ""), "MailFromDomainNotVerifiedException"),
        (Refusal("AccessDeniedException", 403, "not authorized"), "AccessDeniedException (403)"),
        (Refusal("ExpiredTokenException", 403, ""), "ExpiredTokenException (403)"),
        (Refusal("NotFoundException", 404, "Configuration set <mails> does not exist."), "NotFoundException (404)"),
        (
            Refusal("ThrottlingException", 400, "Daily message quota exceeded."),
            "ThrottlingException: daily quota exceeded",
        ),
        (
            Refusal("LimitExceededException", 400, "Daily message quota exceeded"),
            "LimitExceededException: daily quota exceeded",
        ),
        (
            Refusal("TooManyRequestsException", 429, "Daily sending quota exceeded."),
            "TooManyRequestsException: daily quota exceeded",
        ),
        (Refusal("MessageRejected", 400, "Sending suspended for this account."), "MessageRejected: sending stopped"),
        (Refusal("MessageRejected", 400, "Sending paused for this account."), "MessageRejected: sending stopped"),
        (Refusal("MessageRejected", 400, CHECK + "hello@shop.example"), "MessageRejected: the sender is not verified"),
        (
            Refusal("MessageRejected", 400, CHECK + "ann@example.com, Tea <hello@shop.example>, ..."),
            "MessageRejected: the sender is not verified",
        ),
        (
            Refusal("MessageRejected", 400, CHECK + '"Tea, Inc." <HELLO@SHOP.EXAMPLE>'),
            "MessageRejected: the sender is not verified",
        ),
        (Refusal("MessageRejected", 400, CHECK + "shop.example."), "MessageRejected: the sender is not verified"),
    ],
)
def test_a_refusal_of_every_mail_has_a_reason_without_an_address(refusal: Refusal, reason: str) -> None:
    assert stop_reason(refusal, SENDER) == reason


@pytest.mark.parametrize(
    "refusal",
    [
        Refusal("MessageRejected", 400, CHECK + "ann@example.com"),
        Refusal("MessageRejected", 400, CHECK + "say.hello@shop.example"),
        Refusal("MessageRejected", 400, CHECK + "hello@shop.example.com, ..."),
        Refusal("MessageRejected", 400, "Address hello@shop.example is on the suppression list."),
        Refusal("MessageRejected", 400, ""),
        Refusal("BadRequestException", 400, "Illegal address"),
        Refusal("ThrottlingException", 400, "Maximum sending rate exceeded."),
        Refusal("TooManyRequestsException", 429, "Too many requests"),
        Refusal("LimitExceededException", 400, "quota"),
        Refusal("InternalFailure", 500, "Daily message quota exceeded."),
        Refusal("SendingPausedException", 503, ""),
    ],
)
def test_a_refusal_of_one_mail_or_of_this_moment_stops_nothing(refusal: Refusal) -> None:
    assert stop_reason(refusal, SENDER) is None
