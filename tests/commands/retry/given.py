"""What the tests of ``rekindle retry`` need."""

import os

import boto3
import pytest

from chalicelib.domain.journeys.run import Enrollment
from tests.commands.given import rekindle
from tests.journeys.shop import Shop

Capture = pytest.CaptureFixture[str]
LogCapture = pytest.LogCaptureFixture


def sender(known: bool) -> None:
    """Whether SES takes mails from the shop."""
    ses = boto3.client("sesv2")
    (ses.create_email_identity if known else ses.delete_email_identity)(EmailIdentity=os.environ["SENDER"])


def run_of(shop: Shop) -> Enrollment:
    (run,) = shop.runs("ann", "abandoned_cart")
    return run


def figures(capsys: Capture) -> dict[str, int]:
    counts: dict[str, int] = rekindle(capsys, "kpis", "--json").json["journeys"]["abandoned_cart"]
    return counts
