"""Formats figures and amounts, for the terminal and the pages."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from chalicelib.domain.figures.formulas import Figure
from chalicelib.domain.money import exponent

SYMBOLS = {"USD": "$", "KRW": "₩", "JPY": "¥", "EUR": "€", "GBP": "£"}
MONEY = {"revenue": "revenue, net of refunds", "aov": "average order value", "historic_clv": "historic CLV"}
PARTS = {"aov": "revenue / orders", "historic_clv": "revenue / customers"}
SHARES = {
    "repeat_purchase_rate": ("repeat purchase rate", "customers with 2 orders or more / customers"),
    "repeat_within_30_days": ("ordered again within 30 days", "of customers observed long enough"),
    "repeat_within_90_days": ("ordered again within 90 days", "of customers observed long enough"),
}


def amount(minor: float, currency: str) -> str:
    """Minor units as an amount: ``$1,234.50``."""
    digits = exponent(currency)
    return f"{SYMBOLS.get(currency, currency + ' ')}{minor / 10**digits:,.{digits}f}"


def percent(share: float | None) -> str:
    """A share as ``12.3 %``; a dash if there is none."""
    return "–" if share is None else f"{100 * share:.1f} %"


def reasons(counts: Mapping[str, int]) -> str:
    """Reasons with their counts, the most frequent first."""
    ranked = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return ", ".join(f"{number:,} {reason_in_words(reason)}" for reason, number in ranked)


def reason_in_words(reason: str) -> str:
    """``not_is_early_member`` (a predicate that was false) as ``not early member``."""
    for predicate, said in (("not_has_no_", "has_"), ("not_is_", "not_"), ("not_was_", "was_not_")):
        reason = reason.replace(predicate, said)
    return reason.replace("_", " ")


def journey_title(key: str) -> str:
    """A journey's key as a heading."""
    words = " ".join("NPS" if word == "nps" else word for word in key.split("_"))
    return words[0].upper() + words[1:]


def headline_figures(shop: Mapping[str, Figure]) -> Iterator[tuple[str, str, str]]:
    """The shop's main figures: name, value, and numerator and denominator in words."""
    for name in ("orders", "customers"):
        if name in shop:
            yield (
                name,
                f"{shop[name].value or 0:,.0f}",
                "with an order" if name == "customers" else "without cancelled ones",
            )
    for name, figure in shop.items():
        prefix, _, currency = name.rpartition("_")
        if prefix in MONEY and figure.value is not None:
            code = currency.upper()
            yield MONEY[prefix], amount(figure.value, code), _money_parts(prefix, figure, code)
    if (frequency := shop.get("frequency")) and frequency.value is not None:
        yield "frequency", f"{frequency.value:.2f}", _counts("orders / customers", frequency)
    for name, (title, parts) in SHARES.items():
        if (figure_ := shop.get(name)) and figure_.value is not None:
            yield title, percent(figure_.value), _counts(parts, figure_)
    yield from _retention(shop)
    if (nps := shop.get("nps")) and nps.value is not None:
        margin = (
            f", 95 % interval {nps.low:.0f} to {nps.high:.0f}" if nps.low is not None and nps.high is not None else ""
        )
        yield "NPS", f"{nps.value:.0f}", f"{nps.denominator:,.0f} answers{margin}"


def _retention(shop: Mapping[str, Figure]) -> Iterator[tuple[str, str, str]]:
    months = [name for name in shop if name.startswith("retention_")]
    if months:
        name = max(months)
        month = name.removeprefix("retention_").replace("_", "-")
        yield (
            "monthly retention",
            percent(shop[name].value),
            _counts(f"of {month} who ordered the next month", shop[name]),
        )


def _money_parts(prefix: str, figure: Figure, code: str) -> str:
    if prefix == "revenue":
        return "of all orders"
    return f"{PARTS[prefix]} ({amount(figure.numerator, code)} / {figure.denominator:,.0f})"


def _counts(parts: str, figure: Figure) -> str:
    return f"{parts} ({figure.numerator:,.0f} / {figure.denominator:,.0f})"


def ago(at: datetime, now: datetime) -> str:
    """Roughly how long ago it was."""
    passed = now - at
    if passed < timedelta(hours=1):
        return f"{int(passed / timedelta(minutes=1))} min ago"
    if passed < timedelta(days=2):
        return f"{int(passed / timedelta(hours=1))} h ago"
    return f"{passed.days} days ago"
