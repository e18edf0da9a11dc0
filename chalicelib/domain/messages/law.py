"""The legal requirements for advertising messages, by the recipient's country.

An engineering reading, not legal advice. Sources: Korea, Network Act, article 50 (a subject begins exactly ``(광고)``);
CAN-SPAM (US) and the Act on Regulation of Transmission of Specified Electronic Mail (Japan): sender's name, postal
address, contact, and a way to opt out in every message.
"""

import re
from collections.abc import Mapping

from chalicelib.domain.facts.consent import Purpose

KOREAN_LABEL = "(광고)"
SHOWN = ("name", "address", "contact")
"""What an advertisement must show about its sender, besides the link to opt out."""
_BREAKS = re.compile(r"[\x00-\x20\x7f-\x9f\u2028\u2029]+")


def subject_line(subject: str, purpose: Purpose, language: str, country: str | None) -> str:
    """A subject on one line, labelled if the law requires it. Raises ``ValueError`` if it is empty."""
    line = _BREAKS.sub(" ", subject).strip()
    if not line:
        raise ValueError("its subject is empty")
    return labelled(line, purpose, language, country)


def labelled(text: str, purpose: Purpose, language: str, country: str | None) -> str:
    """The beginning of a message, the subject or else the text, with the label if the law requires it."""
    if purpose is Purpose.MARKETING and (language == "ko" or country == "KR"):
        return f"{KOREAN_LABEL} {text.removeprefix(KOREAN_LABEL).lstrip()}"
    return text


def required(purpose: Purpose, shop: Mapping[str, object], unsubscribe_url: object) -> dict[str, object]:
    """The values that a message of this purpose must show, by name; it must not be sent if one is missing."""
    if purpose is not Purpose.MARKETING:
        return {}
    return {"unsubscribe_url": unsubscribe_url, **{name: shop.get(name) for name in SHOWN}}
