"""The section of the benchmarks page about the price of a million carts."""

from collections.abc import Iterable, Mapping
from typing import Any

from infra.bench.bill import LOG_BYTES_A_RUN, WAITS, price_list
from infra.bench.tables import table


def markdown(figures: Mapping[str, Any]) -> str:
    """The section of the benchmarks page."""
    each = ["for each cart", "units", "price", "$ per million"]
    ways = [[way["way"], f"{way['dollars']:.2f}"] for way in figures["timers"]]
    beside = [[suite["suite"], f"{suite['dollars']:,.0f}"] for suite in figures["suites"]]
    return f"""## The price of a million carts

**${figures["mailed_total"]:.2f} for a million mailed carts**, from the stream record that arms the reminder to the
counters, and ${figures["mail"]:.0f} for the mails themselves. Storing the shop's facts, the API and storage are not
included.

{table(each, [*_rows(figures["mailed"]), _sum(figures["mailed_total"])])}

${figures["ordered_total"]:.2f} for DynamoDB for a million carts that become orders before their reminders are due, with
everything that these orders start (standings, segments, the runs that they end and begin):

{table(each, [*_rows(figures["ordered"]), _sum(figures["ordered_total"])])}

The nightly job reads everything: ${figures["nights"]:.2f} a month for a million stored runs. While nobody shops,
alarms cost ${figures["idle"]["alarms"]:.2f} a month, Lambda's requests to empty queues
${figures["idle"]["polling"]:.2f} and the sweep ${figures["idle"]["sweep"]:.2f}.

Request units are counted as DynamoDB bills them, from the sizes of the items before and after each write; each write to
an index is counted separately. Lambda reads streams free of charge. Lambda's time is the CPU measured here, on the
share of a processor that comes with the function's memory, and a wait for each call. The waits are assumed
({_waits()}),
and so are the {LOG_BYTES_A_RUN} bytes that Lambda logs for each run. Free tiers are left out.

### The timer alone

{table(["a million timers", "$"], ways)}

Scheduler's first 14 million a month are free. A mailed cart sets three timers: its wait, the lease while its mail is
sent, and the wait for the next mail ({figures["index_writes"]:.0f} writes to the index; the last entry is still in it).
The index has other advantages: it is written with the state and cannot differ from it, fifty due carts are one message,
it has no quota (win-backs wait for 90 days, and accumulate), and it runs on one machine.

### Compared with a managed suite

{table(["a million people, one reminder each, one month", "$"], beside)}

A suite's price includes an editor, support and advice. Klaviyo and Braze publish no prices for so many people.

### Prices

{figures["region"]}, looked up on {figures["looked_up"]}, in copies with the dates shown. *Vendor*: from the vendor's
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
