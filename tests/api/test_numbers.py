"""``GET /v1/kpis`` and ``/healthz``, and that ``app.py`` declares what DESIGN names."""

from datetime import date, timedelta
from typing import Any

import pytest

import app
from chalicelib.domain.journeys.outcomes import Kind, Outcome
from infra.package.packaged import QueueSource, ScheduleSource, StreamSource, event_sources, packaged_template
from tests.api.conftest import NO_ONE, Api
from tests.builders import START, an_enrollment

DAY = timedelta(days=1)


def counted(api: Api, *days: int) -> None:
    """One mail sent on each of these days."""
    for day in days:
        run = an_enrollment(customer=f"kpi-{day}", due_at=None, outcomes={})
        sent = Outcome("sent#1", Kind.SENT, START + day * DAY, step="message")
        app.parts.runs.create(run.with_outcome(sent))
    api.machine.pump()


def test_health_needs_no_key(api: Api) -> None:
    answer = api.get("/healthz", key=NO_ONE)

    assert (answer.status, answer.json()) == (200, {"ok": True})


@pytest.mark.parametrize("key", [NO_ONE, "wrong"])
def test_figures_need_the_key(api: Api, key: object) -> None:
    assert api.get("/v1/kpis", key=key).status == 401


def test_figures_are_limited_to_days_both_included(api: Api) -> None:
    counted(api, 0, 1, 2, 3)
    first = START.date()

    def sent(**limits: str) -> int:
        figures: dict[str, Any] = api.get("/v1/kpis", limits).json()
        return int(figures["journeys"].get("hello", {}).get("sent", 0))

    assert sent() == 4
    assert sent(**{"from": day(first, 1)}) == 3
    assert sent(to=day(first, 1)) == 2
    assert sent(**{"from": day(first, 1), "to": day(first, 2)}) == 2
    assert sent(**{"from": day(first, 2), "to": day(first, 1)}) == 0


def day(first: date, later: int) -> str:
    return (first + later * DAY).isoformat()


@pytest.mark.parametrize("field", ["from", "to"])
@pytest.mark.parametrize("text", ["yesterday", "2026-02-30", "", "2026-3-1", "2026-03-01T00:00:00Z"])
def test_a_date_that_is_none_is_named(api: Api, field: str, text: str) -> None:
    answer = api.get("/v1/kpis", {field: text})

    assert (answer.status, answer.json()["error"]["field"]) == (400, field)


def test_a_path_that_is_none_is_refused(api: Api) -> None:
    assert api.get("/v1/nothing").status == 403


@pytest.mark.parametrize("method", ["PUT", "TRACE", "QUERY"])
def test_a_method_that_the_path_has_not_wakes_nobody(api: Api, method: str) -> None:
    assert api.machine.request(method, "/v1/kpis").status == 403


def test_the_lambdas_of_the_design_are_there_and_each_has_its_trigger() -> None:
    sources = {type(each): {one.function for one in event_sources(packaged_template()) if type(one) is type(each)}
               for each in event_sources(packaged_template())}  # fmt: skip

    assert sources[StreamSource] == {"enroll", "rollup"}
    assert sources[QueueSource] == {"audience", "dispatch", "enroll", "feedback"}
    assert sources[ScheduleSource] == {"sweep", "nightly"}
    assert {each.name for each in app.app.pure_lambda_functions} == set()
    assert all(callable(getattr(app, name)) for names in sources.values() for name in names)


def test_the_routes_of_the_issue_are_there() -> None:
    routes = {(method, path) for path, methods in app.app.routes.items() for method in methods}

    assert {
        ("POST", "/v1/facts"), ("POST", "/v1/surveys/{token}"), ("POST", "/v1/unsubscribe/{token}"),
        ("GET", "/v1/kpis"), ("GET", "/healthz"),
    } <= routes  # fmt: skip
