"""The messages of the journeys: Jinja templates under ``workflows/<journey>/templates/<language>/``, rendered.

A mail is three files, ``<template>.subject``, ``.html`` and ``.txt``; another channel has its own parts.
Templates run in Jinja's sandbox, undefined names are errors, and only HTML is escaped. Jinja is imported, and a
template compiled, at first use, so it costs nothing when a Lambda starts.

This module checks the legal requirements for every advertisement (``domain/messages/law.py``); templates cannot omit
them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from chalicelib.domain.channel import Channel
from chalicelib.domain.errors import TemplateError
from chalicelib.domain.facts.consent import Purpose
from chalicelib.domain.messages import law
from chalicelib.domain.money import exponent

if TYPE_CHECKING:
    from jinja2.runtime import Context
    from jinja2.sandbox import SandboxedEnvironment

_SYMBOLS = {"USD": "$", "KRW": "₩", "JPY": "¥", "EUR": "€", "GBP": "£"}
_SYMBOLS_IN = {"ja": {"JPY": "￥"}}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# Errors that an expression or a filter in a template may raise; an unknown zone may be an ``OSError``.
_RENDERING = (ValueError, TypeError, LookupError, ArithmeticError, AttributeError, OSError)
_HOME_ZONES = {"ko": "Asia/Seoul", "ja": "Asia/Tokyo"}


@dataclass(frozen=True, slots=True)
class Message:
    """A rendered message; ``subject`` is a single line. What its channel does not have is empty."""

    subject: str
    html: str
    text: str


@dataclass(frozen=True)
class Templates:
    """The templates below ``root``, the folder ``workflows``; compiled once, when first rendered."""

    root: Path

    def render(
        self,
        journey: str,
        template: str,
        language: str,
        context: Mapping[str, object],
        *,
        purpose: Purpose = Purpose.MARKETING,
        country: str | None = None,
        channel: Channel = Channel.EMAIL,
    ) -> Message:
        """The message for one recipient; ``country`` (ISO 3166) is the recipient's, for the legal requirements.

        Raises ``TemplateError``, with template and language, if it cannot be rendered or must not be sent.
        """
        import jinja2

        where = f"template {template!r} of {journey!r} in {language!r}"
        try:
            parts = {
                part: self._environment.get_template(f"{journey}/templates/{language}/{template}.{part}").render(
                    {**context, "language": language}
                )
                for part in channel.parts
            }
            first, begin = channel.parts[0], law.subject_line if "subject" in parts else law.labelled
            parts[first] = begin(parts[first], purpose, language, country)
            must_show = law.required(purpose, _fields(context.get("shop")), context.get("unsubscribe_url"))
            _check(parts, must_show)
            return Message(parts.get("subject", ""), parts.get("html", ""), parts["txt"])
        except jinja2.TemplateNotFound as error:
            raise TemplateError(f"{where}: there is no file {error.name!r}") from error
        except (jinja2.TemplateError, *_RENDERING) as error:
            raise TemplateError(f"{where}: {error}") from error

    @cached_property
    def _environment(self) -> SandboxedEnvironment:
        from jinja2 import FileSystemLoader, StrictUndefined, pass_context
        from jinja2.sandbox import SandboxedEnvironment

        environment = SandboxedEnvironment(
            loader=FileSystemLoader(self.root),
            autoescape=lambda name: name is not None and name.endswith(".html"),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            cache_size=-1,
        )
        environment.filters["money"] = pass_context(_money_filter)
        environment.filters["local_time"] = pass_context(_local_time_filter)
        return environment


def money(amount: int, currency: str, language: str) -> str:
    """Minor units in the usual form of that language: ``$12.50``, ``₩15,000``, ``￥1,500``, ``CHF 12.50``."""
    if not isinstance(amount, int):
        raise TypeError(f"money: expected an integer of minor units, not {type(amount).__name__}")
    digits = exponent(currency)
    whole, part = divmod(abs(amount), 10**digits)
    symbol = {**_SYMBOLS, **_SYMBOLS_IN.get(language, {})}.get(currency, f"{currency}\N{NO-BREAK SPACE}")
    return f"{'-' if amount < 0 else ''}{symbol}{whole:,}" + (f".{part:0{digits}}" if digits else "")


def local_time(moment: datetime, zone: str, language: str) -> str:
    """An aware time as local time in ``zone``: ``Nov 22, 18:00 KST``, ``11월 22일 18:00``, ``11月22日 18:00``.

    Korean and Japanese readers see the zone only when it is not Seoul's or Tokyo's. A zone without an abbreviation is
    named by its city. Raises ``ValueError`` for a naive moment; for an unknown zone what ``ZoneInfo`` raises.
    """
    if moment.tzinfo is None:
        raise ValueError("local_time: expected an aware moment")
    local = moment.astimezone(ZoneInfo(zone))
    clock = f"{local:%H:%M}"
    abbreviation = local.tzname() or ""
    place = abbreviation if abbreviation.isalpha() else zone.rpartition("/")[2].replace("_", " ") + " time"
    suffix = "" if _HOME_ZONES.get(language) == zone else f" ({place})"
    match language:
        case "ko":
            return f"{local.month}월 {local.day}일 {clock}{suffix}"
        case "ja":
            return f"{local.month}月{local.day}日 {clock}{suffix}"
        case _:
            return f"{_MONTHS[local.month - 1]} {local.day}, {clock} {place}"


def _money_filter(context: Context, amount: int, currency: str) -> str:
    return money(amount, currency, str(context["language"]))


def _local_time_filter(context: Context, moment: datetime, zone: str | None = None) -> str:
    return local_time(moment, zone or str(context["zone"]), str(context["language"]))


def _check(parts: Mapping[str, str], must_show: Mapping[str, object]) -> None:
    """Refuse a message that does not show what the law requires, in its text and in its HTML if its channel has any."""
    from markupsafe import escape

    for name, value in must_show.items():
        if not value or str(value) not in parts["txt"]:
            raise ValueError(f"an advertisement must show {name} in its text")
        if "html" in parts and str(escape(value)) not in parts["html"]:
            raise ValueError(f"an advertisement must show {name} in its HTML")


def _fields(thing: object) -> Mapping[str, object]:
    return thing if isinstance(thing, Mapping) else {name: getattr(thing, name, None) for name in law.SHOWN}
