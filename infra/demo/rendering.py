"""Responses of the demo's own pages: rendered templates, redirects, the style sheet."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from werkzeug.wrappers import Request, Response

from infra.demo.words import ago, amount, journey_title, percent, reasons
from infra.web.server import HTML

T = TypeVar("T")
PAGES = Path(__file__).parent / "pages"
OWN_PAGES = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; frame-src 'self'; form-action 'self'; base-uri 'none'"
)
"""The content security policy of the demo's own pages: no script, nothing from another site."""


def redirect(path: str) -> Response:
    """Send the browser to another page, which it gets with GET."""
    return Response(status=HTTPStatus.SEE_OTHER, headers={"Location": path})


def page(name: str, context: Mapping[str, object], status: int = HTTPStatus.OK) -> Response:
    """One of ``pages/``, rendered."""
    body = _environment().get_template(f"{name}.html").render(context)
    return Response(body, status, {"Content-Type": HTML, "Content-Security-Policy": OWN_PAGES})


def form_of(request: Request) -> dict[str, str]:
    """The fields of a posted form, trimmed."""
    return {name: value.strip() for name, value in request.form.items()}


def numbered(things: Sequence[T], wanted: str, size: int = 25) -> tuple[Sequence[T], dict[str, int]]:
    """One page of a list, with its number (``here``) and the number of pages (``last``); by default the first."""
    last = max(1, -(-len(things) // size))
    here = min(int(wanted), last) if wanted.isdecimal() and len(wanted) < 9 and int(wanted) else 1
    return things[(here - 1) * size : here * size], {"here": here, "last": last, "count": len(things)}


def stylesheet() -> Response:
    """The one style sheet."""
    headers = {"Content-Type": "text/css; charset=utf-8", "Cache-Control": "max-age=300"}
    return Response((PAGES / "style.css").read_text(encoding="utf-8"), headers=headers)


def local_path(text: str, otherwise: str = "/") -> str:
    """``text`` if it is a path on this server, else ``otherwise``: no redirect leads to another site."""
    is_path = text.startswith("/") and not text.startswith(("//", "/\\")) and text.isprintable()
    return text if is_path else otherwise


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(PAGES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(
        amount=amount, percent=percent, reasons=reasons, moment=_moment, ago=ago, words=_words, title=journey_title
    )
    environment.globals.update(urlencode=urlencode)
    return environment


def _moment(at: datetime | None, zone: str = "UTC") -> str:
    return f"{at.astimezone(ZoneInfo(zone)):%a %d %b %Y, %H:%M}" if at else "–"


def _words(name: object) -> str:
    return str(name).replace("_", " ")
