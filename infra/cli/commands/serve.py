"""``rekindle serve``: the API on this machine, in real time, for trying a real shop's webhooks through a tunnel."""

import argparse
import json
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

from rich.text import Text

from chalicelib.sources.registry import sources
from infra.cli.arguments import whole_number
from infra.cli.command import Command
from infra.terminal.console import output
from infra.terminal.problem import Problem
from infra.terminal.stopping import stopping
from infra.web.server import POLL, Server

if TYPE_CHECKING:
    from infra.web.serving import LocalApi

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
Secret = tuple[str, str]
"""Of which source, and the secret."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The port, the secrets, and where links and mails go."""
    parser.add_argument(
        "--port", metavar="N", type=whole_number(0, 65535), default=DEFAULT_PORT,
        help=f"of this machine only (default: {DEFAULT_PORT}; 0: any free one)",
    )  # fmt: skip
    parser.add_argument(
        "--secret", metavar="SOURCE=SECRET", dest="secrets", type=_secret, action="append", default=[],
        help=f"what a source ({', '.join(sources())}) signs with; said again: another live one. Shells remember it",
    )  # fmt: skip
    parser.add_argument(
        "--secret-file", metavar="SOURCE=FILE", dest="secret_files", type=_named, action="append", default=[],
        help="the same, in a file: one secret a line",
    )  # fmt: skip
    parser.add_argument("--public-url", metavar="URL", type=_url, help="the tunnel's: links in mails lead there")
    parser.add_argument("--mails", metavar="FOLDER", type=Path, help="write each mail there; none is ever sent")
    parser.add_argument("--json", action="store_true", help="print each line as a JSON object")


def run(args: argparse.Namespace) -> int:
    """Serve until Ctrl-C or SIGTERM, which are 0. Raises ``Problem`` when it cannot begin."""
    from infra.web.serving import local_api

    secrets = _joined([*args.secrets, *(pair for source, file in args.secret_files for pair in _read(source, file))])
    if args.mails:
        args.mails.mkdir(parents=True, exist_ok=True)
    tell = _as_json if args.json else _as_line
    with stopping(signal.SIGINT, signal.SIGTERM, signal.SIGHUP) as stop, _port(args.port) as server:
        here = f"http://localhost:{server.server_port}"
        with local_api(args.public_url or here, secrets, tell, args.mails) as (api, api_key):
            _say_where(here, secrets, api_key, as_json=args.json)
            _serve(server, api, stop)
    requests = f"{api.requests} request{'' if api.requests == 1 else 's'}"
    print(f"stopped after {requests}; rekindle show, kpis and upcoming tell what became of them", file=sys.stderr)
    return 0


def _serve(server: Server, api: "LocalApi", stop: Event) -> None:
    """Until it is to stop, which interrupts nothing that is being done."""
    with ThreadPoolExecutor(1) as pool:
        serving = pool.submit(server.show, api, api.tick)
        while not stop.wait(POLL) and not serving.done():
            continue
        server.stop()
        serving.result()


def _say_where(here: str, secrets: Mapping[str, str], api_key: str, *, as_json: bool) -> None:
    hooks = {source: f"{here}/webhooks/{source}" for source in sources() if source in secrets}
    if as_json:
        print(json.dumps({"event": "serving", "url": here, "api_key": api_key, "webhooks": hooks}), flush=True)
        return
    lines = [f"The API is at {here} until Ctrl-C; it is empty, and nothing is sent to anybody."]
    lines += [f"  {source:<12} POST {url}" for source, url in hooks.items()]
    if not hooks:
        lines += ["  webhooks     none: --secret SOURCE=SECRET lets a source in"]
    lines += [f"  facts        POST {here}/v1/facts", f"               Authorization: Bearer {api_key}"]
    print("\n".join(lines), flush=True)


def _as_json(told: Any) -> None:
    print(json.dumps({"event": told.what, "at": told.at.isoformat(), **told.about}), flush=True)


def _as_line(told: Any) -> None:
    about = dict(told.about)
    match told.what:
        case "request":
            said = " ".join(f"{about.pop(name)}" for name in ("method", "path", "status"))
            took = f"{about.pop('ms'):.0f} ms"
            words = [said, took, *_words(about)]
        case "mail":
            named = "/".join(about.pop(name, "?") for name in ("journey", "step"))
            words = [f"a mail of {named}", *_words(about)]
        case _:
            words = [f"{about['function']} failed: {about['error']}"]
    output().print(Text(f"{told.at:%H:%M:%S}  " + "  ".join(words)), soft_wrap=True)


def _words(about: Mapping[str, Any]) -> list[str]:
    return [f"{name} {value}" for name, value in about.items()]


def _named(text: str) -> Secret:
    source, found, rest = text.partition("=")
    if not found or not rest.strip() or source not in sources():
        raise argparse.ArgumentTypeError(f"expected SOURCE=..., the source being one of {', '.join(sources())}")
    return source, rest


def _secret(text: str) -> Secret:
    source, secret = _named(text)
    if problem := _problem(source, secret):
        raise argparse.ArgumentTypeError(problem)
    return source, secret


def _problem(source: str, secret: str) -> str | None:
    """What is wrong with a secret; it is not quoted."""
    if not secret.isascii() or not secret.isprintable():
        return f"the secret of {source} has letters that no secret has"
    return sources()[source].webhook().secret_problem(secret)


def _read(source: str, file: str) -> Iterator[Secret]:
    """The secrets in a file; raises ``OSError`` and ``Problem``."""
    found = [line for line in Path(file).read_text("utf-8").splitlines() if line.strip()]
    if not found:
        raise Problem(f"{file}: there is no secret in it")
    for secret in found:
        if problem := _problem(source, secret):
            raise Problem(f"{file}: {problem}")
        yield source, secret


def _joined(pairs: Sequence[Secret]) -> dict[str, str]:
    """Several live secrets of a source stand apart by lines, as in the Parameter Store."""
    joined: dict[str, list[str]] = {}
    for source, secret in pairs:
        joined.setdefault(source, []).append(secret)
    return {source: "\n".join(each) for source, each in joined.items()}


def _url(text: str) -> str:
    if not text.startswith(("http://", "https://")):
        raise argparse.ArgumentTypeError("expected a URL such as https://example.ngrok.app")
    return text


@contextmanager
def _port(port: int) -> Iterator[Server]:
    try:
        server = Server(port)
    except OSError as error:
        raise Problem(f"port {port} cannot be used ({error.strerror}); choose another with --port") from None
    with server:
        yield server
