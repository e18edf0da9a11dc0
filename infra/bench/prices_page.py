"""The section of the benchmarks page about the price of a million carts."""

from collections.abc import Iterable, Mapping
from typing import Any

from infra.bench.bill import LOG_BYTES_A_RUN, WAITS, price_list
from infra.bench.tables import table


def markdown(figures: Mapping[str, Any]) -> str:
    """The section of the benchmarks page."""
    each = ["for each cart", "units", "price", "$ a million"]
    ways = [[way["way"], f"{way['dollars']:.2f}"] for way in figures["timers"]]
    beside = [[suite["suite"], f"{suite['dollars']:,.0f}"] for suite in figures["suites"]]
    return f"""## The price of a million carts

**${figures["mailed_total"]:.2f} for a million mailed carts**, from the stream record that arms the reminder to the
counters, and ${figures["mail"]:.0f} for the mails themselves. Storing the shop's facts, the API and storage are not in
it.

{table(each, [*_rows(figures["mailed"]), _sum(figures["mailed_total"])])}

${figures["ordered_total"]:.2f} of DynamoDB for a million carts that become orders before their reminders are due, with
all that these orders set going (standings, segments, the runs that they end and begin):

{table(each, [*_rows(figures["ordered"]), _sum(figures["ordered_total"])])}

The nightly job reads everything: ${figures["nights"]:.2f} a month for a million runs that are kept. While nobody shops,
alarms cost ${figures["idle"]["alarms"]:.2f} a month, Lambda's asking empty queues ${figures["idle"]["polling"]:.2f} and
the sweep ${figures["idle"]["sweep"]:.2f}.

Request units are counted as DynamoDB bills them, from the sizes of the items before and after each write, each write to
an index apart. Lambda's reading of streams is free. Lambda's time is the CPU measured here, on the part of a processor
that the function's memory brings, and a wait for each call. The waits are assumed ({_waits()}),
and so are {LOG_BYTES_A_RUN} bytes that Lambda logs of a run. Free tiers are left out.

### The timer alone

{table(["a million times looked at again later", "$"], ways)}

Scheduler's first 14 million a month are free. A mailed cart sets three timers: its wait, the lease while its mail goes
out, and the wait for the next mail ({figures["index_writes"]:.0f} writes to the index, with the last still in it). What
speaks for the index besides: it is written with the state and cannot disagree with it, fifty due carts are one message,
it has no quota (win-backs wait for 90 days, and pile up), and it runs on one machine.

### Beside a managed suite

{table(["a million people, one reminder each, one month", "$"], beside)}

A suite brings an editor, support and advice for its price. Klaviyo's and Braze's prices for so many people are not on
a public list.

### Prices

{figures["region"]}, looked up on {figures["looked_up"]}, in copies of the dates shown. *Vendor*: read in the vendor's
own text. *Quoted*: as the source quotes the vendor. *Unverified*: no source was found, so check it.

{table(["price", "$", "unit", "evidence", "as of", "source"], _price_rows())}
"""


def _rows(lines: Iterable[Mapping[str, Any]]) -> list[list[str]]:
    return [[each["what"], f"{each['each']:.3g}", f"`{each['price']}`", f"{each['dollars']:.3f}"] for each in lines]


def _sum(dollars: float) -> list[str]:
    return ["**all**", "", "", f"**{dollars:.2f}**"]


def _price_rows() -> list[list[str]]:
    return [
        [f"`{name}`", f"{each.dollars:.10g}", _unit(each.per, each.unit), each.evidence, each.as_of, f"<{each.source}>"]
        for name, each in price_list().items()
    ]


def _unit(per: int, unit: str) -> str:
    return unit if per == 1 else f"{per:,} × {unit}"


def _waits() -> str:
    return ", ".join(f"{seconds * 1e3:.0f} ms for {service}" for service, seconds in WAITS.items())
