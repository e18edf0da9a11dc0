"""E-mail addresses: the one form in which two of them are compared, and the form in which a mail takes one along.

The domain is in A-labels (``xn--…``) in lower case. The rules are those of IDNA 2003 (RFC 3490), which Python has. But
ß, ς and the two joiners are not replaced, as in IDNA 2008 (RFC 5892) and in browsers: ``straße.example`` and
``strasse.example`` may have different owners.
"""

import re
import unicodedata

_NAMED = re.compile(r"<([^<>]*)>\s*\Z")
_DOTS = re.compile("[.\u3002\uff0e\uff61]")
_KEPT = re.compile("([ß\u03c2\u200c\u200d])")
LONGEST_LABEL = 63


def normal(text: str) -> str:
    """The form of an address for comparison; every text has one, an address or not. It is its own normal form.

    Without the name shown for it (``Ann <ann@shop.example>``) and the spaces around; in Unicode's form NFC; in lower
    case, the local part too (mailboxes do not differ by case in practice); the domain as ``encoded_domain`` has it.
    """
    named = _NAMED.search(text) if "<" in text else None
    local, at, domain = _parts(named[1] if named else text)
    return f"{_lower(local)}{at}{encoded_domain(domain)}"


def envelope(text: str) -> str:
    """The address as a mail takes it along: the local part as its owner writes it, the domain in A-labels."""
    local, at, domain = _parts(text)
    return f"{local}{at}{encoded_domain(domain)}"


def encoded_domain(domain: str) -> str:
    """A domain in A-labels, in lower case, without a dot at its end; an invalid one in lower case only."""
    if domain.isascii():
        return domain.lower().rstrip(".")
    try:
        labels = [_encoded_label(label) for label in _DOTS.split(unicodedata.normalize("NFC", domain))]
    except UnicodeError:
        return _lower(domain).rstrip(".")
    return ".".join(labels).lower().rstrip(".")


def _parts(text: str) -> tuple[str, str, str]:
    """The local part, ``@``, the domain; without an ``@`` all of it is the local part."""
    address = unicodedata.normalize("NFC", text.strip())
    local, at, domain = address.rpartition("@")
    return (local, at, domain) if at else (domain, "", "")


def _lower(text: str) -> str:
    return unicodedata.normalize("NFC", text.lower())


def _encoded_label(label: str) -> str:
    """One label; raises ``UnicodeError`` for one that no domain can have."""
    from encodings import idna  # here: most domains are ASCII, and its tables take time to import

    label = label.replace("ẞ", "ß")
    if not label or label.isascii():
        return label
    if not _KEPT.search(label):
        return idna.ToASCII(label).decode("ascii")
    prepared = "".join(part if _KEPT.fullmatch(part) else idna.nameprep(part) for part in _KEPT.split(label))
    encoded = f"xn--{prepared.encode('punycode').decode('ascii')}"
    if len(encoded) > LONGEST_LABEL:
        raise UnicodeError("label too long")
    return encoded
