"""Without a stack an import adds to the tables that the last local run saved, with all that is in them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from infra.cli import main as cli
from infra.history import importing
from infra.machine.environment import login
from infra.machine.machine import Machine
from infra.saved.state import read_header
from tests.importing.given import (
    DAY,
    HOUR,
    YESTERDAY,
    Capture,
    a_customer,
    a_run,
    an_order,
    figure,
    imported,
    is_recounted,
    ran,
    tables,
    waiting,
    written,
)
from tests.naming import FOUR

pytestmark = pytest.mark.journeys(*FOUR)


def test_one_file_after_another_adds_up(folder: Path, capsys: Capture) -> None:
    people = written(folder / "c.csv", [a_customer(1, name="Ann"), a_customer(2)])
    orders = written(folder / "o.csv", [an_order(1), an_order(2, 2)])
    more = written(folder / "p.csv", [an_order(3), an_order(4, 3)])

    assert "2 rows, 2 new, 0 rejected.\nA new local machine; " in ran(capsys, "import", "customers", str(people))
    for file in (orders, more):
        assert "\nAdded to what the last local run left; " in ran(capsys, "import", "orders", str(file))

    assert figure(capsys, "orders") == 4
    assert "Ann" in ran(capsys, "show", "c1@example.com")
    assert "o3" in ran(capsys, "show", "c1@example.com")
    assert is_recounted()


def test_a_new_one_begins_with_empty_tables(folder: Path, capsys: Capture) -> None:
    ran(capsys, "import", "orders", str(written(folder / "o.csv", [an_order(1), an_order(2, 2)])))

    printed = ran(capsys, "import", "orders", str(written(folder / "p.csv", [an_order(3)])), "--new")

    assert "A new local machine" in printed
    assert figure(capsys, "orders") == 1


def test_a_new_one_is_for_this_machine_only(machine: Machine, folder: Path, capsys: Capture) -> None:
    assert cli.main(["import", "orders", str(written(folder / "o.csv", [an_order(1)])), "--new"]) == 1

    assert "--new empties the tables of this machine only" in capsys.readouterr().err


def test_importing_twice_changes_nothing(folder: Path, capsys: Capture) -> None:
    people = written(folder / "c.csv", [a_customer(1), a_customer(2)])
    orders = written(folder / "o.csv", [an_order(number, 1 + number % 2) for number in range(9)])
    for kind, file in (("customers", people), ("orders", orders)):
        ran(capsys, "import", kind, str(file))
    before = tables()

    for kind, file in (("customers", people), ("orders", orders)):
        assert imported(capsys, kind, str(file), "--enroll") == (
            0, {"rows": 2 if kind == "customers" else 9, "stored": 0, "rejected": 0, "dry_run": False},
        )  # fmt: skip

    assert tables() == before


def test_what_the_last_run_saved_stays_as_it_was(folder: Path, capsys: Capture) -> None:
    """Also its key, lanes and zone, and the runs that wait; the clock is this machine's, if that is later."""
    cart = {"customer_id": "c1", "id": "k1", "at": YESTERDAY.isoformat(), "total": 1250, "currency": "USD"}
    lines = {"lines": [{"product": "tea", "name": "Tea", "price": 1250}]}

    def shop(machine: Machine) -> None:
        for fact in ({"type": "cart"} | cart | lines, {"type": "customer"} | a_fact(1)):
            answer = machine.request("POST", "/v1/facts", fact, login("/v1/facts"))
            assert answer.status == 202
        machine.pump()

    a_run(YESTERDAY, shop, {"identity": "5e" * 32}, SHOP_ZONE="Asia/Seoul")
    before = tables()
    assert waiting(capsys) == {"abandoned_cart": 1}

    ran(capsys, "import", "customers", str(written(folder / "c.csv", [a_customer(2)])))

    found = read_header()
    assert found
    assert (found.keys, found.settings) == ({"identity": "5e" * 32}, {"SHOP_ZONE": "Asia/Seoul"})
    assert found.lanes == 2
    assert found.now > YESTERDAY
    assert set(before["commerce"]) < set(tables()["commerce"])
    assert (tables()["engagement"], tables()["kpis"]) == (before["engagement"], before["kpis"])
    assert waiting(capsys) == {"abandoned_cart": 1}
    assert ran(capsys, "show", "c2@example.com")


def a_fact(number: int) -> dict[str, object]:
    """A customer who agreed, as the API takes it."""
    agreed = {"given": True, "at": (YESTERDAY - DAY).isoformat()}
    known = {"id": f"c{number}", "at": (YESTERDAY - DAY).isoformat(), "email": f"c{number}@example.com"}
    return known | {"consents": {"marketing": agreed}}


def test_the_clock_does_not_go_back(folder: Path, capsys: Capture) -> None:
    ahead = YESTERDAY + timedelta(days=30)
    a_run(ahead)

    ran(capsys, "import", "orders", str(written(folder / "o.csv", [an_order(1)])))

    found = read_header()
    assert found
    assert found.now == ahead


def test_counters_add_up_where_several_runs_counted_in_one_month(
    folder: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A shard's counters refuse records that they have seen, and the streams of each machine count from one."""
    monkeypatch.setattr(importing, "BATCH", 1)
    for number, orders in enumerate((6, 3, 1)):  # the first changes one standing six times
        rows = [an_order(10 * number + each, 1) for each in range(orders)]
        ran(capsys, "import", "orders", str(written(folder / f"{number}.csv", rows)))

    assert figure(capsys, "orders") == 10
    assert is_recounted()


def test_a_carts_reminder_is_planned_with_enroll_only(folder: Path, capsys: Capture) -> None:
    at = (datetime.now(UTC) - HOUR).isoformat()
    cart = {"customer_id": "c1", "id": "k1", "at": at, "total": "12.50", "currency": "USD", "products": "tea"}
    ran(capsys, "import", "carts", str(written(Path("k.csv"), [cart])))
    assert not waiting(capsys)

    ran(capsys, "import", "carts", str(written(Path("l.csv"), [cart | {"id": "k2"}])), "--enroll")

    assert waiting(capsys) == {"abandoned_cart": 1}
