"""The table of contents: every Lambda of Rekindle and what starts it.

``infra/template.yaml`` fills in the names of streams, queues and schedules that only exist once deployed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from chalice.app import Chalice, Cron, DynamoDBEvent, Rate, SQSEvent

from chalicelib.api import routes
from chalicelib.wiring import Parts

if TYPE_CHECKING:
    from chalicelib.domain.journeys.registry import Journeys

LAST_MOMENT = 20_000
"""If fewer milliseconds are left, no further customer is handled."""

app = Chalice(app_name="rekindle", configure_logs=False)


def journeys(languages: Sequence[str]) -> Journeys:
    """The journeys in ``workflows/``; the functions that need none do not import them."""
    import workflows

    return workflows.registered(languages)


parts = Parts(journeys=journeys)
routes.register(app, lambda: parts)


@app.middleware("all")
def guard(event: Any, answer: Callable[[Any], Any]) -> Any:
    """Log the error of any function without its text, which may contain personal data."""
    return parts.guard(event, answer)


@app.on_dynamodb_record(stream_arn="commerce", name="enroll")
def enroll(event: DynamoDBEvent) -> dict[str, Any]:
    """Facts changed: enroll, end or wake enrollments, and record conversions."""
    return parts.commerce_stream(event.to_dict())


@app.on_dynamodb_record(stream_arn="own_tables", name="adopt")
def adopt(event: DynamoDBEvent) -> dict[str, Any]:
    """The shop's own tables changed: store the facts that ``infra/sources.yaml`` maps them to."""
    return parts.own_tables_stream(event.to_dict())


@app.on_sqs_message(queue="audience", name="audience")
def audience(event: SQSEvent) -> dict[str, Any]:
    """A launch was announced: enroll its segment, one page of members per message."""
    return parts.audience_queue(event.to_dict())


@app.schedule(Rate(1, unit=Rate.MINUTES), name="sweep")
def sweep(event: Any) -> dict[str, Any]:
    """Every minute: put due enrollments on the FIFO queue, in batches, lane by lane."""
    return parts.sweep()


@app.on_sqs_message(queue="due.fifo", name="dispatch")
def dispatch(event: SQSEvent) -> dict[str, Any]:
    """A batch of enrollments is due: decide on fresh facts, claim, send, settle."""
    context: Any = event.context
    return parts.due_queue(event.to_dict(), lambda: context.get_remaining_time_in_millis() > LAST_MOMENT)


@app.on_sqs_message(queue="feedback", name="feedback")
def feedback(event: SQSEvent) -> dict[str, Any]:
    """SES reported on a mail: delivered, opened, clicked, bounced, complained."""
    return parts.report_queue(event.to_dict())


@app.on_dynamodb_record(stream_arn="engagement", name="rollup")
def rollup(event: DynamoDBEvent) -> dict[str, Any]:
    """Outcomes and standings changed: add the difference to the counters, exactly once."""
    return parts.engagement_stream(event.to_dict())


@app.schedule(Cron(0, 3, "*", "*", "?", "*"), name="nightly")
def nightly(event: Any) -> dict[str, Any]:
    """At 03:00 UTC: refresh standings, fold closed periods, recount, settle unknown sends."""
    return parts.nightly()
