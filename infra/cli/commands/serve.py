"""``rekindle serve``: the API on this machine, in real time, for trying a real shop's webhooks through a tunnel."""

import argparse
import json
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

from rich.text import Text

from chalicelib.sources.registry import sources
from infra.cli.arguments import whole_number
from infra.cli.command import Command
from infra.terminal.console import close_output, complain, output
from infra.terminal.problem import Problem
from infra.terminal.stopping import stopping

if TYPE_CHECKING:
    from infra.web.local_api import LocalApi, LogEntry
    from infra.web.server import Server

    Log = Callable[[LogEntry], None]

COMMAND = Command(
    "serve",
    "run the API on this machine in real time, for trying a real shop's webhooks through a tunnel",
    (
        "rekindle serve --secret shopify=SECRET",
        "rekindle serve --port 9000 --secret-file shopify=shopify.secret --mails mails",
        "rekindle serve --secret shopify=SECRET --public-url https://example.ngrok.app --json",
    ),
    place=20,
)

DEFAULT_PORT = 8080
READER = "When nobody reads its output any more (a closed pipe), the API goes on without its log."
LOOK = 0.2
"""Seconds between two checks whether to stop."""
Secret = tuple[str, str]
"""The source, and its secret."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The port, the secrets, the public URL, and the folder for mails."""
    parser.add_argument(
        "--port", metavar="N", type=whole_number(0, 65535), default=DEFAULT_PORT,
        help=f"the port, for this machine only (default: {DEFAULT_PORT}; 0: any free one)",
    )  # fmt: skip
    parser.add_argument(
        "--secret", metavar="SOURCE=SECRET", dest="secrets", type=_secret, action="append", default=[],
        help=f"the secret of a source ({', '.join(sources())}); repeat it for more. It stays in your shell's history",
    )  # fmt: skip
    parser.add_argument(
        "--secret-file", metavar="SOURCE=FILE", dest="secret_files", type=_named, action="append", default=[],
        help="the same, from a file with one secret per line",
    )  # fmt: skip
    parser.add_argument("--public-url", metavar="URL", type=_url, help="the tunnel's address, for links in mails")
    parser.add_argument("--mails", metavar="FOLDER", type=Path, help="write each mail to FOLDER; none is ever sent")
    parser.add_argument("--json", action="store_true", help="print each line as a JSON object")
    parser.epilog = f"{READER}\n\n{parser.epilog}"


def run(args: argparse.Namespace) -> int:
    """Serve until Ctrl-C or SIGTERM, then return 0. Raises ``Problem`` when it cannot start."""
    from infra.web.local_api import local_api
    from infra.web.server import open_port

    secrets = _joined([*args.secrets, *(pair for source, file in args.secret_files for pair in _read(source, file))])
    if args.mails:
        args.mails.mkdir(parents=True, exist_ok=True)
    log = _as_long_as_it_is_read(_as_json if args.json else _as_line)
    with stopping(signal.SIGINT, signal.SIGTERM, signal.SIGHUP) as stop, open_port(args.port) as server:
        here = f"http://localhost:{server.server_port}"
        with local_api(args.public_url or here, secrets, log, args.mails) as (api, api_key):
            _print_addresses(here, secrets, api_key, as_json=args.json)
            _serve(server, api, stop)
    requests = f"{api.requests} request{'' if api.requests == 1 else 's'}"
    print(f"stopped after {requests}; rekindle show, kpis and upcoming show the results", file=sys.stderr)
    return 0


def _serve(server: "Server", api: "LocalApi", stop: Event) -> None:
    """Serve until ``stop`` is set. A running request is finished first."""
    with ThreadPoolExecutor(1) as pool:
        serving = pool.submit(server.show, api, api.tick)
        while not stop.wait(LOOK) and not serving.done():
            continue
        server.stop()
        serving.result()


def _print_addresses(here: str, secrets: Mapping[str, str], api_key: str, *, as_json: bool) -> None:
    hooks = {source: f"{here}/webhooks/{source}" for source in sources() if source in secrets}
    if as_json:
        print(json.dumps({"event": "serving", "url": here, "api_key": api_key, "webhooks": hooks}), flush=True)
        return
    lines = [f"The API is at {here} until Ctrl-C; it is empty, and no mail is sent."]
    lines += [f"  {source:<12} POST {url}" for source, url in hooks.items()]
    if not hooks:
        lines += ["  webhooks     none: add a source with --secret SOURCE=SECRET"]
    lines += [f"  facts        POST {here}/v1/facts", f"               Authorization: Bearer {api_key}"]
    print("\n".join(lines), flush=True)


def _as_long_as_it_is_read(log: "Log") -> "Log":
    """The log without its errors: when it cannot be written, the API goes on without it."""

    def write(entry: "LogEntry") -> None:
        try:
            log(entry)
        except OSError as error:
            close_output()
            reason = "nobody reads it" if isinstance(error, BrokenPipeError) else error.strerror
            with suppress(OSError):  # standard error may be gone too
                complain(f"the log cannot be written ({reason}): the API goes on without it")

    return write


def _as_json(entry: "LogEntry") -> None:
    print(json.dumps({"event": entry.event, "at": entry.at.isoformat(), **entry.fields}), flush=True)


def _as_line(entry: "LogEntry") -> None:
    fields = dict(entry.fields)
    match entry.event:
        case "request":
            request = " ".join(f"{fields.pop(name)}" for name in ("method", "path", "status"))
            took = f"{fields.pop('ms'):.0f} ms"
            words = [request, took, *_words(fields)]
        case "mail":
            step = "/".join(fields.pop(name, "?") for name in ("journey", "step"))
            words = [f"a mail of {step}", *_words(fields)]
        case _:
            words = [f"{fields['function']} failed: {fields['error']}"]
    output().print(Text(f"{entry.at:%H:%M:%S}  " + "  ".join(words)), soft_wrap=True)


def _words(fields: Mapping[str, Any]) -> list[str]:
    return [f"{name} {value}" for name, value in fields.items()]


def _named(text: str) -> Secret:
    source, found, rest = text.partition("=")
    if not found or not rest.strip() or source not in sources():
        raise argparse.ArgumentTypeError(f"expected SOURCE=... with one of these sources: {', '.join(sources())}")
    return source, rest


def _secret(text: str) -> Secret:
    source, secret = _named(text)
    if problem := _problem(source, secret):
        raise argparse.ArgumentTypeError(problem)
    return source, secret


def _problem(source: str, secret: str) -> str | None:
    """Why a secret is invalid, or None; the secret is not quoted."""
    if not secret.isascii() or not secret.isprintable():
        return f"the secret of {source} has characters that are not printable ASCII"
    return sources()[source].webhook().secret_problem(secret)


def _read(source: str, file: str) -> Iterator[Secret]:
    """The secrets in a file; raises ``OSError`` and ``Problem``."""
    found = [line for line in Path(file).read_text("utf-8").splitlines() if line.strip()]
    if not found:
        raise Problem(f"{file}: it contains no secret")
    for secret in found:
        if problem := _problem(source, secret):
            raise Problem(f"{file}: {problem}")
        yield source, secret


def _joined(pairs: Sequence[Secret]) -> dict[str, str]:
    """The secrets by source; several of one source are lines of one text, as in the Parameter Store."""
    joined: dict[str, list[str]] = {}
    for source, secret in pairs:
        joined.setdefault(source, []).append(secret)
    return {source: "\n".join(each) for source, each in joined.items()}


def _url(text: str) -> str:
    if not text.startswith(("http://", "https://")):
        raise argparse.ArgumentTypeError("expected a URL such as https://example.ngrok.app")
    return text
