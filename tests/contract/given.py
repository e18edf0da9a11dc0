"""Runs, their outcomes, and what is due in the stores."""

from datetime import timedelta

from chalicelib.adapters.dynamodb import keys
from chalicelib.domain.journeys.outcomes import Kind, Outcome
from tests.builders import START
from tests.contract.engines import LANES, Stores

MINUTE = timedelta(minutes=1)
OPENED = Outcome("opened#1", Kind.OPENED, START + MINUTE, step="message")


def due(stores: Stores, limit: int = 100) -> list[str]:
    """The customers of what is due at ``START``, lane by lane."""
    return [keys.customer_of(key.pk) for lane in range(LANES) for key in stores.due.due(f"L{lane}", START, limit)]
