"""The metrics that the alarms watch, and how a service reports one."""

from collections.abc import Callable
from enum import StrEnum


class Metric(StrEnum):
    """Metrics whose only dimension is the service's name; none of them contains personal data."""

    OLDEST_DUE_SECONDS = "OldestDueSeconds"
    UNKNOWN_SENDS = "UnknownSends"
    FAILED_ENROLLMENTS = "FailedEnrollments"
    SENDING_STOPPED = "SendingStopped"
    JOURNEYS_STOPPED = "JourneysStopped"
    POISON_RECORDS = "PoisonRecords"
    COMPLAINTS = "Complaints"
    DELIVERED = "Delivered"
    RECOUNT_DIFFERENCES = "RecountDifferences"
    UNKNOWN_WEBHOOKS = "UnknownWebhooks"
    REJECTED_FACTS = "RejectedFacts"


Emit = Callable[[Metric, int], None]


def emit_nothing(metric: Metric, value: int) -> None:
    """Report nothing, where no metrics are wanted."""
