"""What the API needs of the rest: the services behind its routes."""

from typing import Any, Protocol

from chalicelib.domain.mail import Shop
from chalicelib.services.ingest import Ingest
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
    def ingest(self) -> Ingest: ...
    def survey(self) -> Survey: ...
    def preferences(self) -> Preferences: ...
    def report(self, **limits: Any) -> Report: ...
