"""Links to the shop that a source reports, and that stand in its mails."""

import re
from urllib.parse import quote, urlsplit

LONGEST = 1_000
_LOCAL = frozenset({"localhost", "127.0.0.1"})
_HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+", re.IGNORECASE)
_SAFE = "%:/?#[]@!$&'()*+,;=-._~"


def web_link(text: str | None) -> str | None:
    """A link to a page or a picture in ASCII; None for what is none.

    Only ``https`` (``http`` on this machine), to a host by its name, without a user's name in it (which could look like
    another host), and not longer than ``LONGEST``.
    """
    link = quote((text or "").strip(), safe=_SAFE)
    if not 0 < len(link) <= LONGEST:
        return None
    try:
        parts = urlsplit(link)
        host, user, _ = parts.hostname or "", parts.username, parts.port
    except ValueError:
        return None
    is_local = parts.scheme in ("http", "https") and host in _LOCAL
    is_named = parts.scheme == "https" and _HOST.fullmatch(host) is not None and not host.replace(".", "").isdecimal()
    return link if user is None and (is_local or is_named) else None
