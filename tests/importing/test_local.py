"""Without a stack an import adds to what the last local run left, and can be stopped there as well."""

import json
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chalicelib import wiring
from infra.cli import main as cli
from infra.cli.commands import load
from infra.machine.clock import VirtualClock
from infra.machine.machine import Machine
from infra.saved import state as local_state
from infra.saved.state import STATE, read_header
from tests.importing.given import (
    DAY,
    HOUR,
    Capture,
    a_customer,
    an_order,
    imported,
    interrupted_at,
    is_recounted,
    tables,
    written,
)

YESTERDAY = datetime.now(UTC).replace(microsecond=0) - DAY


def ran(capsys: Capture, *words: str) -> str:
    """What a command prints that goes well."""
    capsys.readouterr()
    assert cli.main(words) == 0
    return capsys.readouterr().out


def figure(capsys: Capture, name: str) -> int:
    """One of the shop's figures."""
    value: int = json.loads(ran(capsys, "kpis", "--json"))["shop"][name]["value"]
    return value


def waiting(capsys: Capture) -> Counter[str]:
    """How many runs wait, overdue or not, by journey."""
    told = json.loads(ran(capsys, "upcoming", "--json"))
    return sum((Counter(each["journeys"]) for each in (told["overdue"], *told["hours"])), Counter())


def a_run(now: datetime, act: Callable[[Machine], None] = Machine.pump, **settings: str) -> None:
    """A local run that ended then, with these settings."""
    with Machine(VirtualClock(now), settings=settings, lanes=2) as machine:
        act(machine)
        local_state.save()


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

    told = ran(capsys, "import", "orders", str(written(folder / "p.csv", [an_order(3)])), "--new")

    assert "A new local machine" in told
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


def test_what_the_last_run_left_is_what_it_was(folder: Path, capsys: Capture) -> None:
    """Also its key, lanes and zone, and the runs that wait; the clock is this machine's, if that is later."""
    cart = {"customer_id": "c1", "id": "k1", "at": YESTERDAY.isoformat(), "total": 1250, "currency": "USD"}
    lines = {"lines": [{"product": "tea", "name": "Tea", "price": 1250}]}

    def shop(machine: Machine) -> None:
        for fact in ({"type": "cart"} | cart | lines, {"type": "customer"} | a_fact(1)):
            told = machine.request("POST", "/v1/facts", fact, {"authorization": f"Bearer {wiring.settings().api_key}"})
            assert told.status == 202
        machine.pump()

    a_run(YESTERDAY, shop, IDENTITY_KEY="5e" * 32, SHOP_ZONE="Asia/Seoul")
    before = tables()
    assert waiting(capsys) == {"abandoned_cart": 1}

    ran(capsys, "import", "customers", str(written(folder / "c.csv", [a_customer(2)])))

    found = read_header()
    assert found
    assert found.settings == {"IDENTITY_KEY": "5e" * 32, "SHOP_ZONE": "Asia/Seoul"}
    assert found.lanes == 2
    assert found.now > YESTERDAY
    assert set(before["commerce"]) < set(tables()["commerce"])
    assert (tables()["engagement"], tables()["kpis"]) == (before["engagement"], before["kpis"])
    assert waiting(capsys) == {"abandoned_cart": 1}
    assert ran(capsys, "show", "c2@example.com")


def a_fact(number: int) -> dict[str, object]:
    """A customer who agreed, as the API is told."""
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


def test_counters_go_on_where_several_runs_counted_in_one_month(
    folder: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A shard's counters refuse records that they have seen, and the streams of each machine count from one."""
    monkeypatch.setattr(load, "BATCH", 1)
    for number, orders in enumerate((6, 3, 1)):  # the first changes one standing six times
        rows = [an_order(10 * number + each, 1) for each in range(orders)]
        ran(capsys, "import", "orders", str(written(folder / f"{number}.csv", rows)))

    assert figure(capsys, "orders") == 10
    assert is_recounted()


@pytest.fixture
def orders(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Thirty orders of ten customers, taken ten at a time."""
    monkeypatch.setattr(load, "BATCH", 10)
    return written(folder / "o.csv", [an_order(number, number % 10) for number in range(1, 31)])


@pytest.mark.parametrize("calls", [(1,), (14,), (29,), (30,)], ids=str)
def test_it_goes_on_where_it_was_stopped(orders: Path, capsys: Capture, calls: tuple[int, ...]) -> None:
    ran(capsys, "import", "orders", "o.csv")
    whole = tables()
    Path(STATE).unlink()

    with interrupted_at(*calls):
        assert cli.main(["import", "orders", "o.csv"]) == 130
    assert "the same command goes on from there" in capsys.readouterr().err
    assert is_recounted()
    status, told = imported(capsys, "orders", "o.csv")

    assert (status, told) == (0, {"rows": 30, "stored": 30, "rejected": 0, "dry_run": False})
    assert tables() == whole
    assert is_recounted()
    assert left_places() == {}


def left_places() -> object:
    """How far unfinished imports are."""
    found = read_header()
    return found and found.places


def test_stopped_twice_it_leaves_what_was_there(orders: Path, capsys: Capture) -> None:
    ran(capsys, "import", "customers", str(written(Path("c.csv"), [a_customer(1)])))
    before = STATE.read_bytes()

    with interrupted_at(12, 13):
        assert cli.main(["import", "orders", "o.csv", "--rejected", "bad.csv"]) == 130
    assert STATE.read_bytes() == before

    assert imported(capsys, "orders", "o.csv")[1] == {"rows": 30, "stored": 30, "rejected": 0, "dry_run": False}


def test_stopped_while_it_saves_it_leaves_what_was_there(
    orders: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran(capsys, "import", "customers", str(written(Path("c.csv"), [a_customer(1)])))
    before, dumps = STATE.read_bytes(), json.dumps

    def typing(value: object, **how: object) -> str:
        if isinstance(value, list) and value[0] == "commerce":
            raise KeyboardInterrupt
        return dumps(value, **how)  # type: ignore[arg-type]

    with monkeypatch.context() as saving:
        saving.setattr("infra.saved.state.json.dumps", typing)
        assert cli.main(["import", "orders", "o.csv"]) == 130
    assert STATE.read_bytes() == before

    assert imported(capsys, "orders", "o.csv")[1]["stored"] == 30


def test_what_another_run_replaced_is_begun_anew(orders: Path, capsys: Capture) -> None:
    with interrupted_at(1):
        assert cli.main(["import", "orders", "o.csv"]) == 130
    a_run(YESTERDAY)

    assert imported(capsys, "orders", "o.csv")[1]["stored"] == 30
    assert figure(capsys, "orders") == 30


def test_other_commands_in_between_leave_the_place(orders: Path, capsys: Capture) -> None:
    with interrupted_at(1):
        assert cli.main(["import", "orders", "o.csv"]) == 130
    ran(capsys, "pause", "win_back")
    ran(capsys, "import", "customers", str(written(Path("c.csv"), [a_customer(1)])))
    capsys.readouterr()

    assert cli.main(["import", "orders", "o.csv"]) == 0

    said = capsys.readouterr()
    assert "Going on after line 11 " in said.err
    assert "30 rows, 30 new" in said.out
    assert figure(capsys, "orders") == 30


def test_a_new_one_that_was_stopped_goes_on(orders: Path, capsys: Capture) -> None:
    ran(capsys, "import", "orders", str(written(Path("p.csv"), [an_order(99)])))
    with interrupted_at(1):
        assert cli.main(["import", "orders", "o.csv", "--new"]) == 130

    assert imported(capsys, "orders", "o.csv", "--new")[1]["stored"] == 30
    assert figure(capsys, "orders") == 30


def test_what_another_command_wrote_meanwhile_is_not_lost(
    orders: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran(capsys, "import", "customers", str(written(Path("c.csv"), [a_customer(1)])))
    pump = Machine.pump

    def meanwhile(self: Machine) -> None:
        pump(self)
        STATE.write_bytes(b"of another command")

    monkeypatch.setattr(Machine, "pump", meanwhile)
    assert cli.main(["import", "orders", "o.csv"]) == 1

    assert "another command wrote it meanwhile" in capsys.readouterr().err
    assert STATE.read_bytes() == b"of another command"


def test_what_cannot_be_read_is_not_added_to(orders: Path, capsys: Capture) -> None:
    STATE.parent.mkdir()
    STATE.write_bytes(b"not gzip")

    assert cli.main(["import", "orders", "o.csv"]) == 1
    assert "not what a local run leaves" in capsys.readouterr().err
    assert STATE.read_bytes() == b"not gzip"
    assert cli.main(["import", "orders", "o.csv", "--new"]) == 0


def test_a_carts_reminder_is_armed_only_if_told(orders: Path, capsys: Capture) -> None:
    at = (datetime.now(UTC) - HOUR).isoformat()
    cart = {"customer_id": "c1", "id": "k1", "at": at, "total": "12.50", "currency": "USD", "products": "tea"}
    ran(capsys, "import", "carts", str(written(Path("k.csv"), [cart])))
    assert not waiting(capsys)

    ran(capsys, "import", "carts", str(written(Path("l.csv"), [cart | {"id": "k2"}])), "--enroll")

    assert waiting(capsys) == {"abandoned_cart": 1}
