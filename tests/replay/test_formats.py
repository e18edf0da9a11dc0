"""``rekindle replay`` plays the same history the same, whatever file it is in."""

import json
from pathlib import Path
from typing import Any

import pytest

from infra.cli import main as cli
from tests.naming import FOUR

pytestmark = pytest.mark.journeys(*FOUR)
ORDERS = [("c1", "o1", "2026-01-05", 2933), ("c2", "o2", "2026-01-06", 1000), ("c1", "o3", "2026-03-01", 500)]
CARTS = [
    ("c1", "k1", "2026-01-20T09:00:00Z", 2),
    ("c2", "k2", "2026-01-20T09:00:00Z", 1),
    ("c2", "k2", "2026-01-21", 0),
]


def as_csv(order_id: str, cart_id: str, changed: str) -> tuple[str, str]:
    """Both files, the columns called so."""
    orders = [f"{customer},{order},{at},{total / 100:.2f},USD" for customer, order, at, total in ORDERS]
    carts = [f"{customer},{cart},{at},{lines},12.50,USD" for customer, cart, at, lines in CARTS]
    return (
        "\n".join([f"customer_id,{order_id},placed_at,total,currency", *orders]),
        "\n".join([f"customer_id,{cart_id},{changed},lines,total,currency", *carts]),
    )


def as_json() -> tuple[str, str]:
    """Both files, as ``POST /v1/facts`` takes their lines."""
    line = {"product": "tea", "name": "Tea"}
    orders = [
        {"type": "order", "customer_id": customer, "id": order, "placed_at": at, "total": total, "currency": "USD"}
        for customer, order, at, total in ORDERS
    ]
    carts = [
        {"customer_id": customer, "id": cart, "at": at, "total": 1250, "currency": "USD", "lines": [line] * count}
        for customer, cart, at, count in CARTS
    ]
    return "\n".join(map(json.dumps, orders)), "\n".join(map(json.dumps, carts))


def replayed(capsys: pytest.CaptureFixture[str], suffix: str, orders: str, carts: str) -> dict[str, Any]:
    """The figures of a replay of these files."""
    Path(f"orders.{suffix}").write_text(orders, "utf-8")
    Path(f"carts.{suffix}").write_text(carts, "utf-8")
    assert cli.main(["replay", f"orders.{suffix}", "--carts", f"carts.{suffix}", "--json", "-"]) == 0
    figures: dict[str, Any] = json.loads(capsys.readouterr().out)
    return figures


def test_every_format_gives_the_same_figures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)

    figures = replayed(capsys, "csv", *as_csv("order_id", "cart_id", "updated_at"))

    assert replayed(capsys, "csv", *as_csv("id", "id", "at")) == figures
    assert replayed(capsys, "jsonl", *as_json()) == figures
    assert (figures["shop"]["orders"]["value"], figures["shop"]["revenue_usd"]["value"]) == (3, 4433)
    assert figures["journeys"]["abandoned_cart"]["sent"] > 0
