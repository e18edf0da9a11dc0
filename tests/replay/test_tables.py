"""What people read: figures with their parts, funnels with the holdout, and diagrams."""

import re
from collections import Counter
from datetime import time, timedelta
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console, RenderableType

from chalicelib.domain.figures import formulas
from chalicelib.domain.figures.counters import Cell, counts_of_enrollment
from chalicelib.domain.figures.formulas import Figure
from chalicelib.domain.figures.shop import shop_figures
from chalicelib.domain.journeys.experiment import Arm
from chalicelib.domain.journeys.journey import (
    MARKETING,
    SERVICE,
    At,
    Branch,
    Coupon,
    Goal,
    Journey,
    On,
    OrderPlaced,
    Send,
    Split,
    SurveyAnswered,
    Wait,
    Weekday,
    days,
    hours,
)
from chalicelib.domain.journeys.moments import is_detractor
from chalicelib.domain.journeys.outcomes import Kind, Outcome
from chalicelib.services.kpis import Kpis
from infra.demo.tallies import tallies
from infra.journeys.diagram import mermaid
from infra.journeys.funnel_tables import arms_of, journey_tables, reached
from infra.terminal.figures import money, parts, percent, shop_tables
from tests.builders import START, an_enrollment
from tests.naming import FOUR, every_journey

pytestmark = pytest.mark.journeys(*FOUR)
MONTHS = {
    "2026-01": {
        "orders": 120, "orders|USD": 120, "revenue|USD": 1_234_567, "customers": 100, "repeat": 20,
        "active": 100, "retained": 15, "cohort|0": 100, "cohort|1": 15,
    },
    "2026-02": {"orders": 15, "orders|USD": 15, "revenue|USD": 100, "active": 15},
}  # fmt: skip


def shown(*tables: RenderableType) -> str:
    """The tables as text, blanks run together."""
    console = Console(width=200, record=True, file=Path("/dev/null").open("w", encoding="utf-8"))  # noqa: SIM115
    for table in tables:
        console.print(table)
    console.file.close()
    return re.sub(r"[ │┃]+", " ", console.export_text())


def cell(kind: str, step: str = "reminder", arm: str = "treated") -> Cell:
    return Cell("abandoned_cart", 1, step, "-", arm, kind)


def test_the_shops_figures_stand_with_their_parts() -> None:
    text = shown(*shop_tables(shop_figures(MONTHS, {10: 120, 7: 50, 3: 30})))

    assert "revenue, USD 12,346.67 USD" in text
    assert "average order value, USD 91.46 USD 12,346.67 USD / 135" in text
    assert "repeat purchase rate 20.0 % 20 / 100" in text
    assert "net promoter score 45.0 90 / 200 34.1 to 54.5" in text
    assert "2026-01 100 15 15.0 % 85.0 %" in text
    assert "2026-01 100 15.0" in text


def test_a_figure_without_words_of_its_own_is_shown_by_its_name_in_its_unit() -> None:
    added = {
        "points_given": formulas.count(1200),
        "points_a_customer": formulas.ratio(1200, 80, unit=formulas.NUMBER),
        "gift_cost_krw": formulas.ratio(90_000, 4, unit="KRW"),
        "redemption_rate": formulas.ratio(3, 12),
    }

    text = shown(*shop_tables(added))

    assert "points given 1,200" in text
    assert "points a customer 15.00 1,200 / 80" in text
    assert "gift cost, KRW 22,500 KRW 90,000 KRW / 4" in text
    assert "redemption rate 25.0 % 3 / 12" in text


def test_an_unknown_value_is_a_dash() -> None:
    text = shown(*shop_tables(shop_figures({}, {})))

    assert "repeat purchase rate – 0 / 0" in text
    assert percent(Figure(None, 0, 0)) == "–"


def test_money_stands_in_its_currency() -> None:
    assert [money(3589.36, "USD"), money(1234.5, "KRW"), money(1500, "JPY")] == ["35.89 USD", "1,234 KRW", "1,500 JPY"]
    assert parts(Figure(0.5, 1234.5, 9000)) == "1,234.5 / 9,000"


def test_a_funnel_shows_each_step_and_each_rate() -> None:
    cells = {
        cell("enrolled", "-"): 100,
        cell("reached", "-"): 90,
        cell("sent"): 90,
        cell("sent", "offer"): 60,
        cell("delivered"): 80,
        cell("delivered", "offer"): 60,
        cell("opened"): 50,
        cell("clicked"): 14,
        cell("converted", "-"): 9,
        cell("converted_value|USD", "-"): 12_345,
    }

    text = shown(*journey_tables(Kpis(cells, {})))

    assert "abandoned_cart all reminder offer rate" in text
    assert "sent 150 90 60" in text
    assert "delivered 140 80 60 93.3 % 140 / 150 of sent" in text
    assert "clicked 14 14 10.0 % 14 / 140 of delivered" in text
    assert "28.0 % 14 / 50 of opened" in text
    assert "converted 9 10.0 % 9 / 90 of those reached 123.45 USD" in text
    assert "holdout" not in text


def test_the_arms_are_compared_with_newcombes_interval() -> None:
    cells = {
        cell("reached", "-"): 9000,
        cell("reached", "-", arm="holdout"): 1000,
        cell("sent"): 9000,
        cell("sent", "offer"): 8000,
        cell("withheld", arm="holdout"): 1000,
        cell("converted", "-"): 315,
        cell("converted", "-", arm="holdout"): 25,
    }

    treated, held_out, gain = arms_of(cells)
    text = shown(*journey_tables(Kpis(cells, {})))

    assert (treated, held_out) == ((315, 9000), (25, 1000))
    assert gain.value == pytest.approx(0.01)
    assert "+1.00 points [-0.22, +1.90]" in text
    assert reached(cells) == 10_000


def journey(*steps: Any, **changes: Any) -> Journey:
    given: dict[str, Any] = {"key": "hello", "version": 1, "purpose": SERVICE, "enroll": On(OrderPlaced)}
    return Journey(**(given | {"steps": steps} | changes))


def test_a_diagram_shows_waits_branches_and_exits() -> None:
    text = mermaid(
        journey(
            Wait("a_day", hours(36), since="trigger"),
            Send("offer", template="offer", offer=Coupon(10)),
            Wait("morning", At(time(9), Weekday.MONDAY)),
            Branch("bad", when=is_detractor, then=(Send("sorry", template="sorry"),)),
            Wait("answer", On(SurveyAnswered), timeout=timedelta(minutes=90)),
            purpose=MARKETING,
            exit=On(OrderPlaced),
            goal=Goal(OrderPlaced, within=days(30)),
            holdout=0.1,
        )
    )

    for line in (
        'step_a_day{{"wait 1 day 12 hours after it began"}}',
        'step_offer["✉ offer<br/>with 10 % off"]',
        'step_morning{{"wait until 09:00 local time on Monday"}}',
        'step_bad{"is detractor?"}',
        "step_bad -- yes --> step_sorry",
        "step_bad -- no --> step_answer",
        "step_sorry --> step_answer",
        'step_answer{{"wait until survey answered<br/>1 hour 30 minutes at the longest"}}',
        "step_answer --> done",
        'exit(["ends early when order placed"])',
        'goal(["goal: order placed, within 30 days"])',
        'holdout["10% held out: measured, not messaged"]',
    ):
        assert f"    {line}\n" in text


def test_a_diagram_shows_the_shares_of_a_split() -> None:
    text = mermaid(
        journey(Split("test", {"a": (Send("one", template="x"),), "b": (Send("two", template="y"),)}, {"a": 3, "b": 1}))
    )

    assert '    step_test -- "a 75%" --> step_one\n' in text
    assert '    step_test -- "b 25%" --> step_two\n' in text


@pytest.mark.every_journey
@pytest.mark.parametrize("each", every_journey(), ids=lambda each: each.key)
def test_every_arrow_of_a_diagram_goes_from_a_node_to_a_node(each: Journey) -> None:
    text = mermaid(each)

    nodes = set(re.findall(r"^    (\w+)[(\[{]", text, re.MULTILINE))
    arrows = re.findall(r"^    (\w+) (?:-->|-- .*? -->|-\.->|~~~) (\w+)$", text, re.MULTILINE)

    assert {end for arrow in arrows for end in arrow} == nodes
    assert len(text.splitlines()) == 1 + len(nodes) + len(arrows)


def test_the_funnel_and_the_runs_themselves_agree_on_who_was_reached() -> None:
    """Five got the first message, five others only the second: ten were reached, and not the largest step's five."""
    runs = [
        an_enrollment(customer=f"c{number}", occurrence=f"o{number}", first_allowed_at=START).with_outcome(
            Outcome(f"sent#{number}", Kind.SENT, START, step="first" if number < 5 else "second")
        )
        for number in range(10)
    ]
    cells: Counter[Cell] = Counter()
    for run in runs:
        for (_, name), number in counts_of_enrollment(run).items():
            cells[Cell.parse(name)] += number

    assert reached(cells) == reached(cells, Arm.TREATED) == 10
    assert sum(tallies(runs)[runs[0].journey].people.values()) == 10
