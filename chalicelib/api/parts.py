"""What the API needs of the rest: the services behind its routes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:  # every function imports the routes, and needs nothing that is behind them
    from datetime import datetime

    from chalicelib.domain.messages.mail import Shop
    from chalicelib.services.ingest import Ingest
    from chalicelib.services.measures import Measure
    from chalicelib.services.preferences import Preferences
    from chalicelib.services.report import Report
    from chalicelib.services.survey import Survey


class Settings(Protocol):
    """The settings that the API looks at."""

    @property
    def api_key(self) -> str: ...
    @property
    def shop(self) -> Shop: ...


class Parts(Protocol):
    """Where the services come from, each made on first use."""

    def settings(self) -> Settings: ...
    def now(self) -> datetime: ...
    def tell(self, measure: Measure, value: int) -> None: ...
    def webhook_secrets(self, source: str) -> tuple[str, ...]: ...
    def ingest(self) -> Ingest: ...
    def survey(self) -> Survey: ...
    def preferences(self) -> Preferences: ...
    def report(self, **limits: Any) -> Report: ...
