"""The inputs of all parts (settings, journeys, clock), and the clients for the outside."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from chalicelib import config

if TYPE_CHECKING:
    from pathlib import Path

    from chalicelib.adapters.aws import Aws
    from chalicelib.adapters.dynamodb.table import Table
    from chalicelib.adapters.identity import Identity
    from chalicelib.adapters.queues import SqsQueue
    from chalicelib.adapters.secrets import Secrets
    from chalicelib.adapters.templates import Templates
    from chalicelib.adapters.tokens import Tokens
    from chalicelib.domain.journeys.registry import Journeys
    from chalicelib.services.metrics import Metric
    from chalicelib.services.ports import Queue
    from chalicelib.sources.own_tables.mapping import OwnTable

SERVICE = "rekindle"


def wall_clock() -> datetime:
    """The time, in UTC, truncated to milliseconds."""
    now = datetime.now(UTC)  # noqa: TID251 - the one reader
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


class Outside:
    """The settings, the journeys, the clock, and the clients of AWS."""

    def __init__(
        self,
        *,
        journeys: Callable[[Sequence[str]], Journeys],
        settings: Callable[[], config.Config] = config.load,
        clock: Callable[[], datetime] = wall_clock,
        own_tables: Callable[[], Sequence[OwnTable]] | None = None,
        poison: Queue | None = None,
        templates: Callable[[Path], Templates] | None = None,
    ) -> None:
        """``settings`` and ``journeys`` are read when first needed.

        ``journeys`` is called with the languages in which every template must exist.

        ``own_tables``: replaces the packaged mapping. ``poison``: replaces the queue of records that fail permanently.
        ``templates``: makes the messages of a folder; replaces those that were compiled when it was packaged.
        """
        self._settings, self._journeys, self.clock = settings, journeys, clock
        self._own_tables, self._poison, self._templates = own_tables, poison, templates

    @cached_property
    def settings(self) -> config.Config:
        """The settings of this deployment; from their first use on, log lines are JSON without personal data."""
        from chalicelib.adapters import logs

        logs.prepare(SERVICE)
        return self._settings()

    @cached_property
    def journeys(self) -> Journeys:
        """The journeys, in whichever languages their templates exist: only sending needs them (``templates``)."""
        return self._journeys(())

    def now(self) -> datetime:
        """The time, aware UTC."""
        return self.clock()

    @cached_property
    def aws(self) -> Aws:
        """The clients of AWS."""
        from chalicelib.adapters.aws import Aws

        return Aws()

    @cached_property
    def identity(self) -> Identity:
        """Keyed hashes of names."""
        from chalicelib.adapters.identity import Identity
        from chalicelib.adapters.secrets import IDENTITY, identity_key

        return Identity(identity_key(self._secrets.fixed(IDENTITY)))

    @cached_property
    def tokens(self) -> Tokens:
        """Signs and reads the links in mails."""
        from chalicelib.adapters.secrets import TOKENS
        from chalicelib.adapters.tokens import Tokens, parse_keys

        return Tokens(parse_keys(self._secrets.fixed(TOKENS)))

    @cached_property
    def templates(self) -> Templates:
        """The templates of the journeys' messages.

        Raises ``InvalidJourney`` or ``InvalidSetting`` that names a language of the shop without templates. Functions
        that send nothing (facts, unsubscribing, erasing) work with such a setting.
        """
        from pathlib import Path

        from chalicelib.adapters.templates import Templates

        return (self._templates or Templates)(self._journeys(self.settings.policy.languages).folder or Path())

    @cached_property
    def _secrets(self) -> Secrets:
        from chalicelib.adapters.secrets import Secrets

        return Secrets(self.settings.secrets, self.aws)

    def webhook_secrets(self, source: str) -> tuple[str, ...]:
        """The active secrets that sign a source's webhooks; none if it is not set up."""
        from chalicelib.adapters.secrets import of_webhook

        return self._secrets.live(of_webhook(source))

    def api_keys(self, use: str) -> tuple[str, ...]:
        """The API keys that are valid for this use."""
        from chalicelib.adapters.secrets import of_api

        return self._secrets.live(of_api(use))

    def emit(self, metric: Metric, value: int) -> None:
        """Report a metric to CloudWatch, as a log line in its embedded metric format."""
        from aws_lambda_powertools.metrics import MetricUnit, single_metric

        if self.settings.metrics:
            with single_metric(str(metric), MetricUnit.Count, value, namespace="Rekindle") as line:
                line.add_dimension("service", SERVICE)

    def table(self, name: str) -> Table:
        from chalicelib.adapters.dynamodb.table import Table

        return Table(name, self.aws)

    def _queue(self, url: str) -> SqsQueue:
        from chalicelib.adapters.queues import SqsQueue

        return SqsQueue(url, self.aws)

    @property
    def later(self) -> Queue | None:
        """The queue for records that cannot be handled now; none where each is looked at by itself."""
        return None if self._poison else self._queue(self.settings.later_queue_url)

    @property
    def poison(self) -> Queue:
        """The queue for records that fail permanently."""
        return self._poison or self._queue(self.settings.poison_queue_url)
