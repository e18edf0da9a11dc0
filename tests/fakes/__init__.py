"""Stores, queue and mailer in memory."""

from tests.fakes.commerce import SECRET, FakeCommerce
from tests.fakes.counters import FakeCounters
from tests.fakes.credits import FakeCredits
from tests.fakes.engagement import FakeEngagement
from tests.fakes.mailer import FakeMailer
from tests.fakes.queue import FakeQueue
from tests.fakes.services import an_audience, in_memory

__all__ = [
    "SECRET",
    "FakeCommerce",
    "FakeCounters",
    "FakeCredits",
    "FakeEngagement",
    "FakeMailer",
    "FakeQueue",
    "an_audience",
    "in_memory",
]
