"""What the alarms watch: the names of the metrics, and how a service tells one."""

from collections.abc import Callable
from enum import StrEnum


class Measure(StrEnum):
    """Metrics without dimensions but the service's name; none of them tells anything of a person."""

    OLDEST_DUE_SECONDS = "OldestDueSeconds"
    UNKNOWN_SENDS = "UnknownSends"
    FAILED_ENROLLMENTS = "FailedEnrollments"
    POISON_RECORDS = "PoisonRecords"
    COMPLAINTS = "Complaints"
    DELIVERED = "Delivered"
    RECOUNT_DIFFERENCES = "RecountDifferences"
    UNKNOWN_WEBHOOKS = "UnknownWebhooks"


Tell = Callable[[Measure, int], None]


def tell_nobody(measure: Measure, value: int) -> None:
    """For where no metrics are wanted."""
