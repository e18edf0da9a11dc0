"""When the API on this machine saves: some seconds after a request, and after anything that time alone brings about."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import EnvironBuilder

from chalicelib import wiring
from infra.saved.state import STATE, version_of
from infra.saved.stores import stores
from infra.web.local_api import SAVED_EVERY, LocalApi, local_api
from infra.web.server import SENT_HEADERS
from tests.builders import utc

pytestmark = pytest.mark.journeys("abandoned_cart")
START = utc("2026-03-02 10:00")
ANN: dict[str, Any] = {"type": "customer", "id": "ann", "at": START.isoformat(), "email": "ann@example.com"}
LINE = {"product": "tea", "name": "Tea", "quantity": 1, "price": 1250}
CART = {"type": "cart", "customer_id": "ann", "id": "1", "at": START.isoformat(), "lines": [LINE], "total": 1250}


class Time:
    """The time of day, which the test sets."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now


def test_what_time_alone_brings_about_is_saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ann has not agreed to mails: her reminder is suppressed, and no mail tells that something happened."""
    monkeypatch.chdir(tmp_path)
    time = Time()
    monkeypatch.setattr(wiring, "wall_clock", time)
    with local_api("http://localhost", {}, lambda entry: None) as (api, key):
        _post(api, key, ANN, {**CART, "currency": "USD"})
        time.now += SAVED_EVERY
        api.tick()
        waiting = version_of(STATE)
        assert _kinds() == {"enrolled"}

        time.now += SAVED_EVERY
        api.tick()
        assert version_of(STATE) == waiting  # nothing happened

        time.now += timedelta(days=1, hours=1)
        api.tick()

        assert api.machine.inbox.mails == []
        assert "suppressed" in _kinds()


def _post(api: LocalApi, key: str, *facts: dict[str, Any]) -> None:
    headers = [("authorization", f"Bearer {key}"), ("content-type", "application/json")]
    builder = EnvironBuilder("/v1/facts", method="POST", data=json.dumps({"facts": facts}), headers=headers)
    request = builder.get_request()
    request.environ[SENT_HEADERS] = headers
    assert api(request).status_code == 202


def _kinds() -> set[str]:
    found = stores(environment={})  # as another command reads them
    (run,) = found.parts.engagement.of(str(found.parts.names.find("ann"))).enrollments
    return {str(outcome.kind) for outcome in run.outcomes.values()}
