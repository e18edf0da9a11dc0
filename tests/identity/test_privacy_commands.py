"""``rekindle erase`` and ``rekindle export``, on a running stack and on what a local run left."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

import app
from infra.cli import main as cli
from tests.commands.given import saved
from tests.identity.forgotten import CARA, NAME, nothing_is_left, with_a_history
from tests.identity.given import items
from tests.journeys.shop import Open
from tests.naming import FOUR

pytestmark = pytest.mark.journeys(*FOUR)
Capture = pytest.CaptureFixture[str]


def exported(capsys: Capture, who: str = CARA) -> dict[str, Any]:
    """What ``rekindle export`` prints."""
    capsys.readouterr()
    assert cli.main(["export", who]) == 0
    result: dict[str, Any] = json.loads(capsys.readouterr().out)
    return result


@pytest.mark.parametrize("who", [CARA, "c-5", "old-5"])
def test_all_items_of_a_customer_are_exported(open_shop: Open, capsys: Capture, who: str) -> None:
    with_a_history(open_shop)
    stored = items()

    result = exported(capsys, who)

    listed = {(item["pk"], item["sk"]) for part in ("facts", "coupons", "engagement") for item in result[part]}
    everything = {(item["pk"]["S"], item["sk"]["S"]) for item in stored["commerce"] + stored["engagement"]}
    assert everything - listed <= {each for each in everything if each[1] == "LANES"}
    assert listed <= everything
    (profile,) = [item["fact"] for item in result["facts"] if item["sk"] == "CUSTOMER"]
    assert (profile["email"], profile["name"]) == (CARA, NAME)
    assert any(
        outcome["kind"] == "sent" for item in result["engagement"] for outcome in item.get("outcomes", {}).values()
    )


def test_an_erased_customer_is_gone_and_cannot_be_exported(open_shop: Open, capsys: Capture) -> None:
    shop = with_a_history(open_shop)

    assert cli.main(["erase", CARA, "--yes"]) == 0

    assert "Every item of this customer is deleted" in capsys.readouterr().out
    shop.machine.pump()
    nothing_is_left()
    assert cli.main(["export", CARA]) == 1
    assert "there is no customer" in capsys.readouterr().err


def test_an_erasure_is_not_done_unasked(open_shop: Open, capsys: Capture) -> None:
    with_a_history(open_shop)

    assert cli.main(["erase", CARA]) == 1

    assert "use --yes" in capsys.readouterr().err
    assert app.parts.names.find(CARA)


def test_an_address_that_nobody_has_is_refused_from_then_on(open_shop: Open, capsys: Capture) -> None:
    open_shop()

    assert cli.main(["erase", "eve@example.com", "--yes", "--json"]) == 0

    assert json.loads(capsys.readouterr().out)["erased"] is False
    assert app.parts.suppressions.erased([app.parts.identity.address_hash("eve@example.com")])
    assert cli.main(["erase", "nobody-9", "--yes"]) == 1


def test_what_a_local_run_left_is_exported_and_erased_too(
    open_shop: Open, capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = with_a_history(open_shop)
    deployed = exported(capsys)
    monkeypatch.chdir(tmp_path)
    saved(shop)

    left = exported(capsys)
    assert {**left, "from": "", "exported_at": ""} == {**deployed, "from": "", "exported_at": ""}
    figures = _figures(capsys)
    assert cli.main(["erase", "c-5", "--yes"]) == 0

    assert cli.main(["export", CARA]) == 1
    assert _figures(capsys) == figures
    assert os.environ.get("COMMERCE_TABLE") is None


def _figures(capsys: Capture) -> Any:
    capsys.readouterr()
    assert cli.main(["kpis", "--json"]) == 0
    return json.loads(capsys.readouterr().out)
