"""Months as text, ``YYYY-MM``: those of the shop's zone."""

from datetime import date


def month_after(month: str) -> str:
    """The next month."""
    return _name(_number(month) + 1)


def months_between(first: str, later: str) -> int:
    """How many months ``later`` comes after ``first``."""
    return _number(later) - _number(first)


def calendar(first: str, last: str) -> list[str]:
    """Every month from the first to the last, those without an order too."""
    return [_name(number) for number in range(_number(first), _number(last) + 1)] if first else []


def end(month: str) -> date:
    """The day after the month's last one."""
    return date.fromisoformat(f"{month_after(month)}-01")


def _number(month: str) -> int:
    year, _, of_year = month.partition("-")
    return int(year) * 12 + int(of_year) - 1


def _name(number: int) -> str:
    return f"{number // 12:04}-{number % 12 + 1:02}"
