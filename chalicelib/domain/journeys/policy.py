"""The shop's own rules as one value: zone, quiet hours, caps, thresholds, limits of sending, attribution window."""

from dataclasses import dataclass, field
from datetime import timedelta

from chalicelib.domain.standing.thresholds import Thresholds
from chalicelib.domain.time import QuietHours


@dataclass(frozen=True, slots=True)
class Cap:
    """At most ``limit`` marketing mails to one customer in any ``window``, across journeys."""

    limit: int
    window: timedelta


DEFAULT_CAPS = (Cap(1, timedelta(hours=24)), Cap(3, timedelta(days=7)))


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules for every send.

    ``zone``: the shop's IANA zone, used if the customer's is unknown. ``lease``: how long a claimed send may take.
    ``unknown_after``: how long to wait for a report of the mail service about a send with an unknown result.
    ``attempts``: after this many failures an enrollment fails; ``longest_back_off``: the longest wait between two.
    ``attribution``: how long a click or open counts. ``just_bought``: a cart of only what was bought so shortly before
    it was left is not abandoned.
    """

    zone: str = "UTC"
    quiet: QuietHours = field(default_factory=QuietHours)
    caps: tuple[Cap, ...] = DEFAULT_CAPS
    thresholds: Thresholds = field(default_factory=Thresholds)
    languages: tuple[str, ...] = ("en", "ko", "ja")
    lease: timedelta = timedelta(minutes=5)
    unknown_after: timedelta = timedelta(hours=6)
    attempts: int = 5
    longest_back_off: timedelta = timedelta(minutes=30)
    attribution: timedelta = timedelta(days=5)
    just_bought: timedelta = timedelta(hours=24)
