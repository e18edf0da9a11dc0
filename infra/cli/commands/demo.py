"""``rekindle demo``: simulate a sample shop with the real handlers, then serve web pages about it."""

import argparse
import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from infra.cli.arguments import whole_number
from infra.cli.command import Command
from infra.terminal.console import complain

COMMAND = Command(
    "demo",
    "simulate days of a sample shop with the real handlers, then serve it for the browser",
    (
        "rekindle demo",
        "rekindle demo --days 30 --customers 500 --seed 7 --headless --json -",
    ),
    place=10,
)

STOPPED = 130


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
    parser.add_argument("--json", metavar="FILE", help="write the report as JSON too ('-': to standard output)")


def run(args: argparse.Namespace) -> int:
    """Run the demo. 0: success; 1: failure, with one line about it; 130: stopped by Ctrl-C."""
    try:
        with _pages(args) as server, _report_file(args.json) as write:
            return _run(args, server, write)
    except KeyboardInterrupt:
        complain("stopped")
        return STOPPED
    except BrokenPipeError:
        raise
    except OSError as error:
        complain(_in_words(error, args))
        return 1


def _run(args: argparse.Namespace, server: Any, write: Any) -> int:
    import app
    from infra.demo.output import Output
    from infra.demo.simulation import live, simulation
    from infra.demo.site import Site
    from infra.saved import state as local_state
    from infra.saved.lock import alone

    output = Output(to_stderr=args.json == "-")
    port = server.server_port if server else args.port
    output.say(f"Simulating a year of orders of {args.customers:,} customers and {args.days} days; this takes a while.")
    with ExitStack() as held, simulation(args.customers, args.seed, f"http://localhost:{port}") as shop:
        held.enter_context(alone(local_state.STATE, "demo"))
        with output.progress() as progress:
            live(shop, args.days, progress)
        problems = shop.problems()
        output.summary(shop, args.days, problems)
        write(json.dumps(app.parts.kpis().as_json(), indent=2, sort_keys=True) + "\n")
        local_state.save()
        held.close()
        if problems:
            return 1
        if server:
            output.say(f"The shop is at http://localhost:{port} until Ctrl-C.")
            server.show(Site(shop))
    return 0


@contextmanager
def _pages(args: argparse.Namespace) -> Iterator[Any]:
    """The server, which opens its port before anything is simulated; ``None`` without pages."""
    if args.headless:
        yield None
        return
    from infra.web.server import Server

    with Server(args.port) as server:
        yield server


@contextmanager
def _report_file(name: str | None) -> Iterator[Any]:
    """A function that writes the report; the file is opened first, so a wrong name is an error before the work."""
    if name is None:
        yield lambda text: None
    elif name == "-":
        yield sys.stdout.write
    else:
        with Path(name).open("a", encoding="utf-8") as file:

            def replace(text: str) -> None:
                file.truncate(0)
                file.write(text)

            yield replace


def _in_words(error: OSError, args: argparse.Namespace) -> str:
    if error.filename:
        return f"{error.filename}: {error.strerror}"
    return f"port {args.port} cannot be used ({error.strerror}); choose another with --port"
