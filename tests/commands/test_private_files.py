"""Files with personal data are their owner's alone, also those that were there; a draft does not stay behind."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.saved import state
from infra.saved.private import write_private
from infra.saved.state import STATE
from tests.commands.given import rekindle, saved
from tests.journeys.shop import Open, Shop
from tests.naming import FOUR

pytestmark = pytest.mark.journeys(*FOUR)
Capture = pytest.CaptureFixture[str]
PEOPLE = "id,email,updated_at\n1,ann@example.com,2026-01-01T00:00:00Z\n2,not an address,2026-01-01T00:00:00Z\n"


@pytest.fixture(autouse=True)
def _open_to_all() -> Iterator[None]:
    """A umask that hides nothing."""
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.fixture
def shop(open_shop: Open) -> Shop:
    shop = open_shop()
    shop.customer("ann")
    return shop


def permissions(path: Path) -> str:
    return f"{path.stat().st_mode & 0o777:o}"


def test_a_saved_run_is_its_owners(shop: Shop) -> None:
    saved(shop)

    assert (permissions(STATE.parent), permissions(STATE)) == ("700", "600")


def test_a_run_that_others_could_read_is_closed_when_it_is_written_again(shop: Shop, capsys: Capture) -> None:
    saved(shop)
    STATE.parent.chmod(0o755)
    STATE.chmod(0o644)

    rekindle(capsys, "pause", "win_back")

    assert (permissions(STATE.parent), permissions(STATE)) == ("700", "600")


def test_an_export_is_its_owners(shop: Shop, capsys: Capture) -> None:
    old = Path("old.json")
    old.touch(0o644)

    for name in ("new.json", "old.json"):
        assert rekindle(capsys, "export", shop.email("ann"), "--output", name).status == 0

    assert json.loads(old.read_text("utf-8"))["customer"] == shop.key("ann")
    assert {permissions(path) for path in (old, Path("new.json"))} == {"600"}


def test_rejected_rows_are_their_owners(capsys: Capture) -> None:
    Path("people.csv").write_text(PEOPLE, encoding="utf-8")

    rekindle(capsys, "import", "customers", "people.csv", "--rejected", "rejected.csv")

    assert "line,reason" in Path("rejected.csv").read_text("utf-8")
    assert permissions(Path("rejected.csv")) == "600"


def test_a_device_keeps_its_permissions() -> None:
    before = permissions(Path(os.devnull))

    write_private(Path(os.devnull), "text")

    assert permissions(Path(os.devnull)) == before


def test_a_run_is_on_the_disk_before_it_replaces_another(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []

    def sync(file: int) -> None:
        assert not STATE.exists()
        synced.append(os.fstat(file).st_ino)

    monkeypatch.setattr(os, "fsync", sync)
    saved(shop)

    assert synced == [STATE.stat().st_ino]


@pytest.mark.parametrize("wrong", [OSError("disk full"), KeyboardInterrupt()], ids=repr)
def test_no_draft_stays_behind(shop: Shop, monkeypatch: pytest.MonkeyPatch, wrong: BaseException) -> None:
    def fail(*_: object, **__: object) -> None:
        raise wrong

    monkeypatch.setattr("infra.saved.state.json.dumps", fail)
    with pytest.raises(type(wrong)):
        state.save()

    assert list(STATE.parent.iterdir()) == []
