"""``rekindle demo``: simulate a sample shop with the real handlers, then serve web pages about it."""

import argparse
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from infra.cli.arguments import add_json_file, check_writable, is_for_people, whole_number, write_json
from infra.cli.command import Command

COMMAND = Command(
    "demo",
    "simulate days of a sample shop with the real handlers, then serve it for the browser",
    (
        "rekindle demo",
        "rekindle demo --days 30 --customers 500 --seed 7 --headless --json -",
    ),
    place=10,
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ``rekindle demo``."""
    parser.add_argument("--days", type=whole_number(1, 365), default=30, help="days to simulate (default: 30)")
    parser.add_argument(
        "--customers", type=whole_number(1, 20_000), default=500, help="customers to invent (default: 500)"
    )
    parser.add_argument("--seed", type=int, default=7, help="the same seed gives the same result (default: 7)")
    parser.add_argument("--headless", action="store_true", help="print the result and serve no pages")
    parser.add_argument(
        "--port", type=whole_number(0, 65535), default=8000, help="the port of the pages (default: 8000)"
    )
    add_json_file(parser)


def run(args: argparse.Namespace) -> int:
    """Run the demo; 1 if a function failed or mails are wrong. Raises ``Problem`` and ``OSError``."""
    check_writable(args.json)
    with _pages(args) as server:
        return _run(args, server)


def _run(args: argparse.Namespace, server: Any) -> int:
    import app
    from infra.demo.output import Output
    from infra.demo.simulation import live, simulation
    from infra.demo.site import Site
    from infra.saved import state as local_state
    from infra.saved.lock import alone
    from infra.terminal.figures import counted

    output = Output(to_stderr=not is_for_people(args.json))
    port = server.server_port if server else args.port
    people, days = counted(args.customers, "customer"), counted(args.days, "day")
    output.say(f"Simulating a year of orders of {people} and {days}; this takes a while.")
    with ExitStack() as held, simulation(args.customers, args.seed, f"http://localhost:{port}") as shop:
        held.enter_context(alone(local_state.STATE, "demo"))
        with output.progress() as progress:
            live(shop, args.days, progress)
        problems = shop.problems()
        output.summary(shop, args.days, problems)
        local_state.save()
        if args.json:
            write_json(args.json, app.parts.kpis().as_json())
        if problems:
            return 1
        if server:
            output.say(
                f"The shop is at http://localhost:{port} until Ctrl-C; what you do there is kept for rekindle show."
            )
            output.say(
                f"Its API is there too (/openapi.json describes it), with the key {app.parts.api_keys('facts')[0]}"
            )
            server.show(Site(shop, local_state.save))
    return 0


@contextmanager
def _pages(args: argparse.Namespace) -> Iterator[Any]:
    """The server, which opens its port before anything is simulated; ``None`` without pages."""
    if args.headless:
        yield None
        return
    from infra.web.server import open_port

    with open_port(args.port) as server:
        yield server
