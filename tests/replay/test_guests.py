"""``rekindle replay`` of guests, who are their addresses, and of UCI's Online Retail as docs/import.md says."""

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from infra.cli import main as cli
from tests.naming import FOUR

pytestmark = pytest.mark.journeys(*FOUR)
DOCS = Path(__file__).parents[2] / "docs" / "import.md"
ROWS = [
    ("", "o1", "2026-01-05", "29.33", "USD", "ann@example.com"),
    ("", "o2", "2026-02-05", "10.00", "USD", "Ann@example.com"),
    ("", "o3", "2026-02-06", "5.00", "USD", "bob@example.com"),
    ("7", "o4", "2026-02-07", "1.00", "USD", ""),
]
# As the dataset has them: dates of the US, a line without a customer, a return of what nobody bought in the file.
UCI = """\
InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
536365,85123A,WHITE HANGING HEART T-LIGHT HOLDER,6,12/1/2010 8:26,2.55,17850,United Kingdom
536365,71053,WHITE METAL LANTERN,6,12/1/2010 8:26,3.39,17850,United Kingdom
C536379,D,Discount,-1,12/1/2010 9:41,27.5,14527,United Kingdom
536414,22139,,56,12/1/2010 11:52,0,,United Kingdom
536370,22728,ALARM CLOCK BAKELIKE PINK \xa3,24,12/13/2010 8:45,3.75,12583,France
"""


def figures(capsys: pytest.CaptureFixture[str], *command: str) -> dict[str, Any]:
    assert cli.main([*command, "--json", "-"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_a_guest_is_their_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    header = "customer_id,order_id,placed_at,total,currency,email"
    Path("orders.csv").write_text("\n".join([header, *map(",".join, ROWS)]), "utf-8")

    shop = figures(capsys, "replay", "orders.csv")["shop"]

    assert (shop["orders"]["value"], shop["revenue_usd"]["value"]) == (4, 4533)
    assert shop["customers"]["value"] == 3


def test_the_command_for_online_retail_plays_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("online_retail.csv").write_text(UCI, "cp1252")
    text = re.search(r"```sh\nrekindle (replay online_retail\.csv.+?)```", DOCS.read_text("utf-8"), re.DOTALL)
    assert text

    shop = figures(capsys, *shlex.split(text[1].replace("\\\n", " ")))["shop"]

    assert (shop["orders"]["value"], shop["revenue_gbp"]["value"]) == (2, 6 * 255 + 6 * 339 + 24 * 375)
