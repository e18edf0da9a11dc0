"""The only place where parts are joined; each is made on first use and kept."""

import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chalicelib import config

if TYPE_CHECKING:
    from chalicelib.adapters.dynamodb.commerce import CommerceStore
    from chalicelib.adapters.dynamodb.counters import CounterStore
    from chalicelib.adapters.dynamodb.engagement import EngagementStore
    from chalicelib.adapters.identity import Identity
    from chalicelib.adapters.queues import Queue
    from chalicelib.adapters.secrets import Secrets
    from chalicelib.adapters.templates import Templates
    from chalicelib.adapters.tokens import Tokens
    from chalicelib.services.audience import Audience
    from chalicelib.services.compose import Composer
    from chalicelib.services.dispatch import Dispatch
    from chalicelib.services.erase import Erase
    from chalicelib.services.feedback import Feedback
    from chalicelib.services.ingest import Ingest
    from chalicelib.services.measures import Measure
    from chalicelib.services.merge import Merge
    from chalicelib.services.nightly import Nightly
    from chalicelib.services.preferences import Preferences
    from chalicelib.services.report import Report
    from chalicelib.services.rollup import Rollup
    from chalicelib.services.stream import PoisonBox
    from chalicelib.services.survey import Survey
    from chalicelib.services.sweep import Sweep
    from chalicelib.sources.own_tables.mapping import OwnTable

Handler = Callable[[Mapping[str, Any]], dict[str, Any]]
SERVICE = "rekindle"


def wall_clock() -> datetime:
    """The time, in UTC, to the millisecond: finer times are nowhere kept."""
    now = datetime.now(UTC)  # noqa: TID251 - the one reader
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


_clock: Callable[[], datetime] = wall_clock


def now() -> datetime:
    """The time as every part sees it."""
    return _clock()


def reset(clock: Callable[[], datetime] = wall_clock) -> None:
    """Forget every part that was made, and go by this clock from now on; for the local machine and for tests."""
    global _clock
    _clock = clock
    for part in list(globals().values()):
        if hasattr(part, "cache_clear"):
            part.cache_clear()
    if "chalicelib.adapters.aws" in sys.modules:
        sys.modules["chalicelib.adapters.aws"].forget_clients()


@cache
def settings() -> config.Config:
    """The settings of this deployment; from their first use on, log lines are JSON and tell of no person."""
    from chalicelib.adapters import logs

    logs.prepare(SERVICE)
    return config.load()


def guard(event: Any, answer: Callable[[Any], Any]) -> Any:
    """Answer an event of any function, as Chalice's middleware: what it fails with is logged without a word of it."""
    settings()
    from chalicelib.adapters import logs

    with logs.guarded():
        return answer(event)


def tell(measure: "Measure", value: int) -> None:
    """Tell CloudWatch a metric, as a log line in its embedded metric format."""
    from aws_lambda_powertools.metrics import MetricUnit, single_metric

    if settings().metrics:
        with single_metric(str(measure), MetricUnit.Count, value, namespace="Rekindle") as metric:
            metric.add_dimension("service", SERVICE)


@cache
def identity() -> "Identity":
    """Who is who."""
    from chalicelib.adapters.identity import Identity

    return Identity(settings().identity_key)


def id_sources() -> tuple[str, ...]:
    """The sources that customers' ids may come from."""
    from chalicelib.sources import registry

    return registry.id_sources()


@cache
def commerce() -> "CommerceStore":
    """The table of facts."""
    from chalicelib.adapters.dynamodb.commerce import CommerceStore
    from chalicelib.adapters.dynamodb.table import Table

    return CommerceStore(Table(settings().commerce_table), identity(), id_sources)


@cache
def engagement() -> "EngagementStore":
    """The table of decisions."""
    from chalicelib.adapters.dynamodb.engagement import EngagementStore
    from chalicelib.adapters.dynamodb.table import Table

    return EngagementStore(Table(settings().engagement_table), settings().lanes)


@cache
def counters() -> "CounterStore":
    """The table of counters."""
    from chalicelib.adapters.dynamodb.counters import CounterStore
    from chalicelib.adapters.dynamodb.table import Table

    return CounterStore(Table(settings().kpis_table))


@cache
def tokens() -> "Tokens":
    """What signs and reads the links in mails."""
    from chalicelib.adapters.tokens import Tokens, parse_keys

    return Tokens(parse_keys(settings().token_keys))


@cache
def templates() -> "Templates":
    """The messages' templates, which ship beside the journeys."""
    import workflows
    from chalicelib.adapters.templates import Templates

    return Templates(Path(workflows.__file__).parent)


def _queue(url: str) -> "Queue":
    from chalicelib.adapters.queues import Queue

    return Queue(url)


@cache
def _composer() -> "Composer":
    from chalicelib.services.compose import Composer

    return Composer(templates(), tokens(), settings().shop, settings().identity_key)


@cache
def enroll(aside: "PoisonBox | None" = None) -> Handler:
    """Handles the commerce stream. ``aside``: where a poison record goes, other than to the queue for those."""
    import workflows
    from chalicelib.adapters.stream_records import customers, fact_change, names
    from chalicelib.domain.facts.customer import Erasure, Merged
    from chalicelib.services.enroll import Enroll
    from chalicelib.services.stream import in_order

    poison = aside or _queue(settings().poison_queue_url)
    service = Enroll(
        facts=commerce(),
        runs=engagement(),
        audience=_queue(settings().audience_queue_url),
        journeys=workflows.versions(),
        current=workflows.current(),
        policy=settings().policy,
        clock=now,
        merge=lambda customer: merge()(customer),
        erase=lambda customer: erase()(customer),
    )

    def handle_all(event: Mapping[str, Any]) -> dict[str, Any]:
        gone = cache(lambda: service.gone(customers(event)))  # asked within the first record, so that it may be retried

        def handle(record: Mapping[str, Any]) -> None:
            change = fact_change(record)
            service(change.customer, change.old, change.new, past=change.past, old_past=change.old_past, gone=gone())
            if isinstance(change.new, Merged | Erasure):
                gone.cache_clear()  # what follows in this batch is of someone who is gone, too

        return in_order(event, handle, poison, tell, names)

    return handle_all


@cache
def merge() -> "Merge":
    """Joins customers who turned out to be one."""
    from chalicelib.services.merge import Merge

    return Merge(commerce(), engagement(), settings().policy, now)


@cache
def erase() -> "Erase":
    """Forgets customers."""
    import workflows
    from chalicelib.services.compose import codes_of
    from chalicelib.services.erase import Erase

    secret, journeys = settings().identity_key, workflows.versions()
    return Erase(commerce(), engagement(), counters(), lambda run: codes_of(secret, journeys, run), now)


@cache
def audience() -> "Audience":
    """Handles the audience queue."""
    import workflows
    from chalicelib.services.audience import Audience

    queue = _queue(settings().audience_queue_url)
    return Audience(commerce(), engagement(), queue, workflows.current(), settings().policy, now, tell)


@cache
def sweep() -> "Sweep":
    """Runs every minute."""
    from chalicelib.services.sweep import Sweep

    return Sweep(engagement(), _queue(settings().pages_queue_url), engagement().lanes_in_use(), now, tell)


@cache
def dispatch() -> "Dispatch":
    """Handles the FIFO queue of pages."""
    import workflows
    from chalicelib.adapters.mail.ses import SesMailer
    from chalicelib.services.dispatch import Dispatch

    return Dispatch(
        facts=commerce(),
        runs=engagement(),
        mailer=SesMailer(settings().shop, settings().configuration_set),
        composer=_composer(),
        journeys=workflows.versions(),
        policy=settings().policy,
        clock=now,
        address_hash=identity().address_hash,
        workers=settings().workers,
        move=lambda run, into: merge().run(run, into),
        tell=tell,
    )


@cache
def feedback() -> "Feedback":
    """Handles the events of SES."""
    from chalicelib.services.feedback import Feedback

    return Feedback(engagement(), identity().address_hash, tell)


@cache
def rollup(aside: "PoisonBox | None" = None) -> "Rollup":
    """Handles the engagement stream; ``aside`` as for ``enroll``."""
    from chalicelib.adapters.stream_records import counted_change, names, sequence_number
    from chalicelib.services.rollup import Rollup

    def read(record: Mapping[str, Any]) -> tuple[str, Mapping[tuple[str, str], int]]:
        return sequence_number(record), counted_change(record)

    return Rollup(counters(), read, aside or _queue(settings().poison_queue_url), now, tell, names)


@cache
def nightly() -> "Nightly":
    """Runs every night."""
    import workflows
    from chalicelib.services.nightly import Nightly

    return Nightly(
        facts=commerce(),
        runs=engagement(),
        counters=counters(),
        journeys=workflows.versions(),
        policy=settings().policy,
        clock=now,
        erase=lambda customer: erase()(customer),
        tell=tell,
    )


@cache
def ingest() -> "Ingest":
    """Takes facts from outside."""
    from chalicelib.services.identify import Identify
    from chalicelib.services.ingest import Ingest

    identify = Identify(commerce(), identity().names, engagement().erased)
    return Ingest(commerce(), identify, now)


@cache
def adopt(aside: "PoisonBox | None" = None, mapped: "Callable[[], Sequence[OwnTable]] | None" = None) -> Handler:
    """Handles the streams of the shop's own tables; ``aside`` as for ``enroll``. ``mapped``: not as in the package."""
    from chalicelib.services.adopt import Adopt, Seen
    from chalicelib.services.stream import in_order
    from chalicelib.sources.own_tables.facts import fact_of
    from chalicelib.sources.own_tables.mapping import load
    from chalicelib.sources.own_tables.records import place
    from chalicelib.sources.own_tables.tables import OwnTables

    tables = OwnTables(mapped() if mapped else load(settings().own_tables.read_bytes()))
    poison = aside or _queue(settings().poison_queue_url)

    def seen(record: Mapping[str, Any]) -> list[Seen]:
        return [Seen(fact_of(each.body), each.removed_at) for each in tables.facts(record)]

    service = Adopt(seen, ingest())
    return lambda event: in_order(event, service, poison, tell, place)


@cache
def _secrets() -> "Secrets":
    from chalicelib.adapters.secrets import Secrets

    return Secrets(settings().webhook_secrets)


def webhook_secrets(source: str) -> tuple[str, ...]:
    """The live secrets that a source's webhooks are signed with; none when it is not set up."""
    return _secrets()(source)


@cache
def survey() -> "Survey":
    """Takes answers to surveys."""
    from chalicelib.services.survey import Survey

    return Survey(commerce(), tokens(), now)


@cache
def preferences() -> "Preferences":
    """Takes refusals."""
    from chalicelib.services.preferences import Preferences

    return Preferences(commerce(), tokens(), now)


def report(**limits: Any) -> "Report":
    """All figures as they stand now."""
    from chalicelib.services.report import report as make

    return make(counters(), now(), **limits)
