"""The CDNOW log's 10 % sample as orders: master id, sample id, date, quantity and dollars, a row an order."""

from collections.abc import Iterator
from pathlib import Path

HEADER = "customer_id,order_id,placed_at,total,currency"


def orders_csv(log: Path, target: Path) -> Path:
    """Write the log's rows as ``rekindle replay`` reads them; an order's id is its row's number."""
    target.write_text("\n".join([HEADER, *_rows(log)]) + "\n", encoding="utf-8")
    return target


def _rows(log: Path) -> Iterator[str]:
    for number, line in enumerate(log.read_text("ascii").splitlines(), start=1):
        _, customer, day, _, dollars = line.split()
        yield f"{customer},{number},{day[:4]}-{day[4:6]}-{day[6:]},{dollars},USD"
