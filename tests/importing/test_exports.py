"""Files that shop systems write themselves: as JSON Lines, in a replay, and those that no system writes."""

import json
from pathlib import Path

import pytest

from infra.cli import main as cli
from tests.importing.exports import SHOPIFY_ORDER, text_of
from tests.importing.given import Capture, figure, imported
from tests.naming import FOUR

pytestmark = [pytest.mark.journeys(*FOUR), pytest.mark.usefixtures("folder")]


@pytest.mark.parametrize("system", ["shopify", "woocommerce"])
def test_json_lines_are_the_bodies_of_the_api(capsys: Capture, tmp_path: Path, system: str) -> None:
    shopify = {
        "id": 5100000000001, "created_at": "2026-03-02T19:05:00+09:00", "updated_at": "2026-03-02T19:06:00+09:00",
        "currency": "USD", "total_price": "33.00", "email": "ann@example.com", "line_items": [{"product_id": 1}],
    }  # fmt: skip
    woocommerce = {
        "id": 727, "status": "processing", "currency": "USD", "total": "33.00", "customer_id": 0,
        "date_created_gmt": "2026-03-02T10:05:00", "billing": {"email": "ann@example.com"}, "line_items": [],
    }  # fmt: skip
    body = {"shopify": shopify, "woocommerce": woocommerce}[system]
    file = tmp_path / "orders.jsonl"
    file.write_text(f"{json.dumps(body)}\n{json.dumps([body])}\n{{\n7\n")

    status, said = imported(capsys, "orders", str(file), "--format", system, "--new")

    assert (status, said["rows"], said["rejected"]) == (1, 4, 3)
    assert figure(capsys, "revenue_usd") == 3300


def test_the_same_file_can_be_replayed(capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("orders.csv").write_text(
        text_of(SHOPIFY_ORDER, SHOPIFY_ORDER | {"Name": "#2", "Id": "2", "Email": "b@example.com"})
    )

    assert cli.main(["replay", "orders.csv", "--format", "shopify"]) == 0

    said = capsys.readouterr().out
    assert "66,000 KRW" in said
    assert json.loads(_out(capsys, "kpis", "--json"))["shop"]["customers"]["value"] == 2


def test_order_lines_can_be_replayed(capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("sales.csv").write_text(
        "customer_id,order_id,placed_at,product,quantity,price\n"
        "c1,o1,2026-03-02,tea,2,5.00\nc1,o1,2026-03-02,cup,1,1.00\nc1,r1,2026-03-03,tea,-1,5.00\n"
    )

    assert cli.main(["replay", "sales.csv", "--order-lines", "--currency", "GBP"]) == 0

    assert json.loads(_out(capsys, "kpis", "--json"))["shop"]["revenue_gbp"]["value"] == 600


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["import", "carts", "--format", "shopify"], "--format shopify: it exports orders and customers, and no carts"),
        (
            ["import", "suppressions", "--format", "woocommerce"],
            "--format woocommerce: it exports orders and customers",
        ),
        (["import", "customers", "--format", "shopify"], "Customer ID: is missing; is this the file that the system"),
    ],
)
def test_a_file_that_the_system_does_not_write(capsys: Capture, tmp_path: Path, words: list[str], problem: str) -> None:
    file = tmp_path / "orders_export.csv"
    file.write_text(text_of(SHOPIFY_ORDER))

    assert cli.main([*words[:2], str(file), *words[2:], "--dry-run"]) == 1

    assert problem in " ".join(capsys.readouterr().err.split())


def _out(capsys: Capture, *words: str) -> str:
    capsys.readouterr()
    assert cli.main(words) == 0
    return capsys.readouterr().out
