"""The services that the API's routes call."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # every function imports the routes, but most do not need their services
    from collections.abc import Mapping
    from datetime import date, datetime

    from chalicelib.domain.facts.launch import Launch
    from chalicelib.domain.journeys.policy import Policy
    from chalicelib.domain.messages.mail import Shop
    from chalicelib.services.ingest import Ingest
    from chalicelib.services.kpis import Kpis
    from chalicelib.services.metrics import Metric
    from chalicelib.services.preferences import Preferences
    from chalicelib.services.reject import Reject
    from chalicelib.services.survey import Survey


class Settings(Protocol):
    """The settings that the API reads."""

    @property
    def shop(self) -> Shop: ...
    @property
    def policy(self) -> Policy: ...


class Parts(Protocol):
    """The services, each made on first use."""

    @property
    def settings(self) -> Settings: ...
    @property
    def ingest(self) -> Ingest: ...
    @property
    def reject(self) -> Reject: ...
    @property
    def survey(self) -> Survey: ...
    @property
    def preferences(self) -> Preferences: ...
    def now(self) -> datetime: ...
    def emit(self, metric: Metric, value: int) -> None: ...
    def api_keys(self, use: str) -> tuple[str, ...]: ...
    def webhook_secrets(self, source: str) -> tuple[str, ...]: ...
    def launch_messages(self, launch: Launch) -> Mapping[str, list[str]]: ...
    def kpis(self, first: date | None = None, last: date | None = None) -> Kpis: ...


GetParts = Callable[[], Parts]
"""The parts as they are when a request comes in."""
