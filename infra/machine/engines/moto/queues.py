"""moto's SQS on the local machine: it uses the virtual clock, and converts its parameters' names once."""

from collections.abc import Callable
from datetime import datetime
from functools import cache

import moto.sqs.models as moto_sqs
from moto.core.utils import camelcase_to_underscores

from infra.machine.engines.moto.swaps import Patch, Swap, instead

QUEUE_NAMES = Patch(
    name="queue-names",
    purpose="The names of SQS's attributes are converted to Python names once, not for each message.",
    swaps=(Swap(moto_sqs, "camelcase_to_underscores", instead(cache(camelcase_to_underscores))),),
)


def queue_clock(now: Callable[[], datetime]) -> Patch:
    """moto measures delays, visibility, retention and de-duplication of messages on this clock."""

    def seconds(time: datetime | None = None) -> float:
        return (time or now()).timestamp()

    def milliseconds(time: datetime | None = None) -> float:
        return seconds(time) * 1000

    return Patch(
        name="queue-clock",
        purpose="Delays, visibility, retention and de-duplication of messages use virtual time.",
        swaps=(
            Swap(moto_sqs, "unix_time", instead(seconds)),
            Swap(moto_sqs, "unix_time_millis", instead(milliseconds)),
        ),
        is_required=True,
    )
