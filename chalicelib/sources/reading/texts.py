"""Texts that people type or that have a format: None for an invalid one."""

import re
from collections.abc import Iterable

import msgspec

from chalicelib.sources.fields import LONGEST_NAME, Email

_COUPON = re.compile(r"[A-Za-z0-9_.:/+=-]{1,128}")
_ISSUED_COUPON = re.compile(r"[A-Z2-7]{10}")
"""The form of the codes that Rekindle issues."""
_COUNTRY = re.compile(r"[A-Z]{2}")
_LANGUAGE = re.compile(r"([a-z]{2})(?![A-Za-z])")


def address(text: str | None) -> str | None:
    """An e-mail address."""
    try:
        return msgspec.convert((text or "").strip(), Email)
    except msgspec.ValidationError:
        return None


def name(*parts: str | None) -> str | None:
    """A person's name, its parts joined by spaces."""
    return " ".join(part.strip() for part in parts if part and part.strip())[:LONGEST_NAME] or None


def language(locale: str | None) -> str | None:
    """The ISO 639-1 code of a locale such as ``ko-KR``."""
    found = _LANGUAGE.match(locale or "")
    return found[1] if found else None


def country(code: str | None) -> str | None:
    """An ISO 3166 code."""
    return code if code and _COUNTRY.fullmatch(code) else None


def coupon(codes: Iterable[str | None]) -> str | None:
    """The code that may be one of Rekindle's, or else the first. Upper case, since some systems lower it."""
    found = [code.upper() for code in codes if code and _COUPON.fullmatch(code)]
    return next(filter(_ISSUED_COUPON.fullmatch, found), found[0] if found else None)
