"""A function that failed on the local machine."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Failure:
    """A handler raised an error. ``at`` is virtual time, UTC."""

    function: str
    at: datetime
    error: BaseException
