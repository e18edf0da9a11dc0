"""The whole demo on AWS's own engine tells the same story as on moto, figure by figure and mail by mail."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest

import app
import workflows
from infra.demo import simulation
from infra.machine.machine import Machine
from tests.naming import FOUR

pytestmark = pytest.mark.journeys(*FOUR)
DAYS, CUSTOMERS, SEED = 30, 500, 7


@dataclass(frozen=True)
class Story:
    """What came of the days: all figures, all mails (when, to whom, which), and what went wrong."""

    report: dict[str, Any]
    mails: list[tuple[str, ...]]
    problems: list[str]

    @property
    def journeys(self) -> set[str]:
        """Those that sent something."""
        return {journey for _, _, journey, _ in self.mails}


def story(monkeypatch: pytest.MonkeyPatch, dynamodb: str | None) -> Story:
    """Live through the days; the same seed every time."""
    monkeypatch.setattr(simulation, "Machine", partial(Machine, dynamodb=dynamodb))
    with simulation.simulation(CUSTOMERS, SEED, "http://localhost:8000") as shop:
        simulation.live(shop, DAYS)
        mails = [
            (mail.at.isoformat(), *mail.to, mail.tags.get("journey", ""), mail.subject) for mail in shop.machine.inbox
        ]
        return Story(app.parts.kpis().as_json(), sorted(mails), shop.problems())


def test_the_demo_tells_the_same_story_on_both_engines(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    on_moto, on_dynamodb = (story(monkeypatch, engine) for engine in (None, endpoint))

    assert on_dynamodb.problems == []
    assert on_dynamodb.journeys >= {journey.key for journey in workflows.current()}, "choose a seed with all journeys"
    assert on_dynamodb.mails == on_moto.mails
    assert on_dynamodb.report == on_moto.report
