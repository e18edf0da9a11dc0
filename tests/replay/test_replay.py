"""``rekindle replay`` on real and on invented history: the file's own sums exactly, and the mails the rules demand."""

import csv
import json
import os
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from chalicelib.domain.figures import counters as tally
from chalicelib.domain.journeys.run import Enrollment
from chalicelib.services.kpis import kpis
from infra.cli import main as cli
from infra.saved.state import STATE
from infra.saved.stores import Stores, stores
from tests.naming import FOUR
from tests.replay.cdnow import HEADER, orders_csv
from tests.replay.independent import orders_of, recount, sends

pytestmark = pytest.mark.journeys(*FOUR)
SAMPLE = "REKINDLE_CDNOW_SAMPLE"
CUSTOMERS = 120


@dataclass(frozen=True)
class Replayed:
    """A history that was replayed: the file, what was printed as JSON, and the tables as they were left."""

    orders: Path
    result: dict[str, Any]
    stores: Stores

    def by_step(self, kind: str) -> Counter[str]:
        found: Counter[str] = Counter()
        for cell, number in kpis(self.stores.parts.counters, self.stores.now).cells.items():
            if cell.kind == kind:
                found[f"{cell.journey}.{cell.step}"] += number
        return found


def invented(path: Path) -> Path:
    """Customers with one to five orders, some on the same day, some by the minute, with every distance that matters."""
    dice = random.Random(20_261_122)
    rows: list[tuple[str, ...]] = []
    for customer in range(CUSTOMERS):
        at = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(days=dice.randrange(120))
        for _ in range(dice.choice((1, 1, 1, 2, 2, 3, 5))):
            at += timedelta(days=dice.choice((0, 1, 13, 14, 60, 89, 90, 91, 104, 105, 119, 120, 121)))
            minutes = dice.choice((0, 0, 0, 479, 480, 481, 700, 1259, 1260, 1400))
            when = at.date().isoformat() if not minutes else (at + timedelta(minutes=minutes)).isoformat()
            rows.append((f"c{customer}", f"o{len(rows)}", when, f"{dice.randrange(20_000) / 100:.2f}", "USD"))
    dice.shuffle(rows)
    path.write_text("\n".join([HEADER, *map(",".join, rows)]) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module", params=["invented", "cdnow"])
def replayed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replayed]:
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "cdnow":
        if not os.environ.get(SAMPLE):
            pytest.skip(f"{SAMPLE} does not point to CDNOW_sample.txt")
        orders = orders_csv(Path(os.environ[SAMPLE]), folder / "orders.csv")
    else:
        orders = invented(folder / "orders.csv")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert cli.main(["replay", str(orders), "--json", "result.json"]) == 0
        yield Replayed(orders, json.loads(Path("result.json").read_text("utf-8")), stores(environment={}))


def test_the_files_own_sums_come_out_exactly(replayed: Replayed) -> None:
    file, shop = recount(replayed.orders), replayed.result["shop"]

    assert shop["orders"]["value"] == file["orders"]
    assert shop["revenue_usd"]["value"] == file["revenue"]
    assert shop["customers"]["value"] == file["customers"]
    repeat = shop["repeat_purchase_rate"]
    assert (repeat["numerator"], repeat["denominator"]) == (file["repeaters"], file["customers"])


def test_each_order_enrolls_in_both_journeys_and_every_run_ends(replayed: Replayed) -> None:
    orders, journeys = recount(replayed.orders)["orders"], replayed.result["journeys"]

    assert {name: counts["enrolled"] for name, counts in journeys.items()} == {"nps_survey": orders, "win_back": orders}
    assert {name: counts["exited"] for name, counts in journeys.items()} == {"nps_survey": orders, "win_back": orders}


def test_the_mails_are_those_that_the_rules_demand(replayed: Replayed) -> None:
    demanded = sends(orders_of(replayed.orders))

    sent = replayed.by_step("sent")

    assert sent["win_back.miss_you"] == demanded["miss_you"]
    assert sent["win_back.last_call"] == demanded["last_call"]
    assert sent["nps_survey.survey"] == demanded["survey"]
    assert sent["nps_survey.reminder"] == demanded["survey_reminder"]


def test_the_counters_equal_a_recount_of_the_tables(replayed: Replayed) -> None:
    recounted: Counter[tuple[str, str]] = Counter()
    for _, item in replayed.stores.parts.engagement.everything():
        recounted.update(tally.counts_of(item))

    counted = {
        (period, name): number
        for period, counters in replayed.stores.parts.counters.read().items()
        for name, number in counters.items()
    }

    assert tally.difference(counted, recounted) == {}


def test_no_customer_is_surveyed_twice_within_90_days(replayed: Replayed) -> None:
    surveyed: dict[str, list[datetime]] = {}
    for customer, item in replayed.stores.parts.engagement.everything():
        if isinstance(item, Enrollment) and item.journey == "nps_survey" and item.first_allowed_at:
            surveyed.setdefault(customer, []).append(item.first_allowed_at)

    gaps = [later - earlier for times in map(sorted, surveyed.values()) for earlier, later in pairwise(times)]

    assert surveyed
    assert min(gaps, default=timedelta(days=90)) >= timedelta(days=90)


def test_the_figures_can_be_read_again(replayed: Replayed, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["kpis", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == replayed.result

    assert cli.main(["kpis"]) == 0
    assert "win_back" in capsys.readouterr().out


def test_a_customers_story_can_be_told(replayed: Replayed, capsys: pytest.CaptureFixture[str]) -> None:
    with replayed.orders.open(encoding="utf-8", newline="") as file:
        order = next(csv.DictReader(file))

    assert cli.main(["show", order["customer_id"], "--json"]) == 0

    story = json.loads(capsys.readouterr().out)
    assert any(f"Order {order['order_id']} placed" in entry["text"] for entry in story["timeline"])
    times = [entry["at"] for entry in story["timeline"]]
    assert times == sorted(times)
    assert cli.main(["show", story["customer"]]) == 0
    assert "Entered the journey" in capsys.readouterr().out


def test_the_tables_are_left_in_one_file(replayed: Replayed) -> None:
    assert STATE.exists()
    assert {path.name for path in STATE.parent.iterdir()} == {STATE.name, f"{STATE.name}.lock"}
