"""Where DynamoDB refuses for now, every route says so: 503, a page for a browser, and the next try does it."""

from collections.abc import Callable

import pytest

import app
from chalicelib.adapters.dynamodb.table import Table
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.facts.consent import Purpose
from infra.machine.gateway import GatewayResponse
from tests.api.conftest import NO_ONE, Api
from tests.api.test_links import FORM, customer, survey, unsubscribe

CALLS = ("get", "put", "update", "partition", "scan", "batch_get", "index_page")
ORDER = {"type": "order", "customer_id": "c1", "id": "o9", "placed_at": "2026-03-02T08:00:00Z", "total": 1,
         "currency": "USD"}  # fmt: skip
Ask = Callable[[Api, str, str], GatewayResponse]
PAGES: dict[str, Ask] = {
    "show the survey": lambda api, key, accept: api.get(survey(key), key=NO_ONE, Accept=accept),
    "answer it": lambda api, key, accept: api.post(survey(key), b"score=3", key=NO_ONE, kind=FORM, accept=accept),
    "show the button": lambda api, key, accept: api.get(unsubscribe(key), key=NO_ONE, Accept=accept),
    "unsubscribe": lambda api, key, accept: api.post(unsubscribe(key), b"", key=NO_ONE, kind=FORM, accept=accept),
}
SYSTEMS: dict[str, Ask] = {
    "read the figures": lambda api, key, accept: api.get("/v1/kpis", Accept=accept),
    "store a fact": lambda api, key, accept: api.facts(ORDER, accept=accept),
}


@pytest.fixture
def refusing(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Makes every call to a table fail from now on; ``monkeypatch.undo`` ends it."""

    def refuse(*_: object, **__: object) -> None:
        raise Unavailable("ThrottlingException")

    def begin() -> None:
        for name in CALLS:
            monkeypatch.setattr(Table, name, refuse)

    return begin


@pytest.mark.parametrize("asked", PAGES | SYSTEMS)
def test_a_program_gets_an_error_answer(api: Api, refusing: Callable[[], None], asked: str) -> None:
    key = customer(api, "refused")
    refusing()

    answer = (PAGES | SYSTEMS)[asked](api, key, "application/json")

    assert answer.status == 503
    assert answer.json() == {"error": {"problem": "temporarily unavailable; please send it again"}}


@pytest.mark.parametrize("asked", PAGES)
def test_a_person_gets_a_page_in_the_shops_language(api: Api, refusing: Callable[[], None], asked: str) -> None:
    key = customer(api, "refused", "ja")
    refusing()

    answer = PAGES[asked](api, key, "text/html")

    assert answer.status == 503
    assert answer.headers["content-type"].startswith("text/html")
    assert 'lang="en"' in answer.body
    assert "Please try again in a few minutes." in answer.body


def test_what_was_refused_is_done_by_the_next_try(
    api: Api, refusing: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    key = customer(api, "tries-again")
    refusing()
    assert PAGES["unsubscribe"](api, key, "text/html").status == 503
    monkeypatch.undo()

    assert PAGES["unsubscribe"](api, key, "text/html").status == 200

    assert app.parts.facts.of(key).unsubscriptions.keys() == {Purpose.MARKETING}
