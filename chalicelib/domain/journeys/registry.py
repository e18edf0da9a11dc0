"""All journeys of a deployment, with their versions."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from chalicelib.domain.errors import InvalidJourney
from chalicelib.domain.journeys.journey import Journey


@dataclass(frozen=True, slots=True)
class Journeys:
    """``versions``: every version that may have runs, by ``(key, version)``; the newest ones enroll."""

    versions: Mapping[tuple[str, int], Journey] = field(default_factory=dict)
    folder: Path | None = None
    """The folder that contains their folders, with their templates."""

    @classmethod
    def of(cls, journeys: Iterable[Journey], folder: Path | None = None) -> "Journeys":
        """The registry of these definitions; raises ``InvalidJourney`` if a version is defined twice."""
        found: dict[tuple[str, int], Journey] = {}
        for journey in journeys:
            if (journey.key, journey.version) in found:
                raise InvalidJourney(journey.key, f"version {journey.version} is defined twice")
            found[journey.key, journey.version] = journey
        return cls(found, folder)

    @property
    def current(self) -> tuple[Journey, ...]:
        """The newest version of each journey."""
        newest = dict(sorted(self.versions))
        return tuple(self.versions[key, version] for key, version in newest.items())
