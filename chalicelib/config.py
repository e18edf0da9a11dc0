"""The only reader of the environment: the settings of a deployment, checked once, on first use, but for secrets."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import time, timedelta
from os import environ  # noqa: TID251 - the one reader
from pathlib import Path
from typing import TypeVar

from chalicelib.domain.errors import InvalidSetting
from chalicelib.domain.journeys.policy import DEFAULT_CAPS, Cap, Policy
from chalicelib.domain.messages.mail import Shop
from chalicelib.domain.time import QuietHours, is_zone

T = TypeVar("T")
OWN_TABLES = Path(__file__).with_name("own_tables.json")
"""The file that `make package` makes from ``infra/sources.yaml``."""
_CAP = re.compile(r"([1-9][0-9]{0,2})/([1-9][0-9]{0,3})(h|d)")
"""As in the template's pattern. No mails, or no time, would mean no marketing at all or no cap: neither is a cap."""


@dataclass(frozen=True, slots=True)
class Config:
    """Everything that differs between deployments but for secrets; ``secrets`` is their path in the Parameter Store."""

    commerce_table: str
    engagement_table: str
    kpis_table: str
    due_queue_url: str
    audience_queue_url: str
    poison_queue_url: str
    later_queue_url: str
    configuration_set: str
    secrets: str
    own_tables: Path
    shop: Shop
    policy: Policy
    lanes: int
    workers: int
    metrics: bool
    trusted_addresses: frozenset[str]


def load(settings: Mapping[str, str] = environ) -> Config:
    """Read the settings; raises ``InvalidSetting`` that names the first missing or malformed one, never a secret."""
    read = _Reader(settings)
    return Config(
        commerce_table=read("COMMERCE_TABLE"),
        engagement_table=read("ENGAGEMENT_TABLE"),
        kpis_table=read("KPIS_TABLE"),
        due_queue_url=read("DUE_QUEUE_URL"),
        audience_queue_url=read("AUDIENCE_QUEUE_URL"),
        poison_queue_url=read("POISON_QUEUE_URL"),
        later_queue_url=read("LATER_QUEUE_URL"),
        configuration_set=read("CONFIGURATION_SET"),
        secrets=read.parsed("SECRETS", _path, "/rekindle"),
        own_tables=read.parsed("OWN_TABLES", Path, str(OWN_TABLES)),
        shop=Shop(
            name=read("SHOP_NAME"),
            address=read("SHOP_ADDRESS"),
            url=read("SHOP_URL").rstrip("/"),
            sender=read("SENDER"),
            team=read("TEAM_ADDRESS"),
            public_url=read("PUBLIC_URL").rstrip("/"),
        ),
        policy=Policy(
            zone=read.parsed("SHOP_ZONE", _zone, "UTC"),
            quiet=read.parsed("QUIET_HOURS", _quiet_hours, "21:00-08:00"),
            caps=read.parsed("FREQUENCY_CAPS", caps_of, ""),
            languages=read.parsed("LANGUAGES", languages_of, "en,ko,ja"),
        ),
        lanes=read.parsed("LANES", _positive, "4"),
        workers=read.parsed("WORKERS", _positive, "1"),
        metrics=read.parsed("METRICS", _switch, "off"),
        trusted_addresses=trusted_addresses(settings),
    )


def trusted_addresses(settings: Mapping[str, str] = environ) -> frozenset[str]:
    """The sources that vouch for the addresses of their accounts; raises ``InvalidSetting``."""
    return _Reader(settings).parsed("TRUSTED_ADDRESSES", sources_of, "none")


@dataclass(frozen=True, slots=True)
class _Reader:
    settings: Mapping[str, str]

    def __call__(self, name: str) -> str:
        value = self.settings.get(name, "").strip()
        if not value:
            raise InvalidSetting(f"{name} is not set")
        return value

    def parsed(self, name: str, parse: Callable[[str], T], default: str | None = None) -> T:
        text = self(name) if default is None else self.settings.get(name, "").strip() or default
        try:
            return parse(text)
        except ValueError as error:
            raise InvalidSetting(f"{name}: {error}") from None


def _zone(text: str) -> str:
    if not is_zone(text):
        raise ValueError(f"expected an IANA time zone such as Asia/Seoul, got {text!r}")
    return text


def _quiet_hours(text: str) -> QuietHours:
    try:
        start, end = (time.fromisoformat(part) for part in text.split("-"))
    except ValueError:
        raise ValueError(f"expected quiet hours such as 21:00-08:00, got {text!r}") from None
    if start.tzinfo or end.tzinfo:
        raise ValueError(f"expected quiet hours without an offset, such as 21:00-08:00, got {text!r}")
    return QuietHours(start, end)


def caps_of(text: str) -> tuple[Cap, ...]:
    """The frequency caps in a text such as ``1/24h,3/7d``, the default ones in an empty one; raises ``ValueError``."""
    if not text:
        return DEFAULT_CAPS
    found = [_CAP.fullmatch(part.strip()) for part in text.split(",")]
    if not all(found):
        raise ValueError(f"expected frequency caps such as 1/24h,3/7d, mails and time both 1 or more, got {text!r}")
    unit = {"h": timedelta(hours=1), "d": timedelta(days=1)}
    return tuple(Cap(int(cap[1]), int(cap[2]) * unit[cap[3]]) for cap in found if cap)


def languages_of(text: str) -> tuple[str, ...]:
    """The language codes in a text such as ``en,ko,ja``, the shop's own language first; raises ``ValueError``."""
    languages = tuple(part.strip() for part in text.split(","))
    if not all(re.fullmatch("[a-z]{2}", language) for language in languages):
        raise ValueError(f"expected language codes such as en,ko,ja, got {text!r}")
    return languages


def sources_of(text: str) -> frozenset[str]:
    """The names of sources in a text, e.g. ``shop``, separated by commas; raises ``ValueError``."""
    names = frozenset(part.strip() for part in text.split(","))
    if not all(re.fullmatch("[a-z][a-z0-9_-]{0,30}", name) for name in names):
        raise ValueError(f"expected names of sources such as shop, or none, got {text!r}")
    return names - {"none"}


def _path(text: str) -> str:
    if not re.fullmatch(r"(/[A-Za-z0-9_.-]+)+", text):
        raise ValueError(f"expected the path of parameters such as /rekindle, got {text!r}")
    return text


def _positive(text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or not 1 <= int(text) <= 1000:
        raise ValueError(f"expected a whole number from 1 to 1000, got {text!r}")
    return int(text)


def _switch(text: str) -> bool:
    if text not in ("on", "off"):
        raise ValueError(f"expected on or off, got {text!r}")
    return text == "on"
