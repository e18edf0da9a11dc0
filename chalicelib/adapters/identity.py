"""Who is who, without saying it: keyed hashes of addresses and of the sources' own ids."""

import hashlib
import hmac
import unicodedata


class Identity:
    """Hashes under a secret, so that neither a key nor a hash tells anything of the person."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def address_hash(self, email: str) -> str:
        """The keyed hash of a normalised e-mail address: 32 hexadecimal digits."""
        return self._digest("email", normalised(email))

    def aliases(self, source: str, customer_id: str, email: str | None) -> list[tuple[str, str]]:
        """``(kind, hash)`` of the source's id and, if there is one, of the address; the last is a new person's key."""
        found = [("id", self._digest("id", source, customer_id))]
        if email:
            found.append(("email", self.address_hash(email)))
        return found

    def _digest(self, *parts: str) -> str:
        return hmac.new(self._secret, "\x1f".join(parts).encode(), hashlib.sha256).hexdigest()[:32]


def normalised(email: str) -> str:
    """An address as it is compared: trimmed, Unicode-normalised, lower case."""
    return unicodedata.normalize("NFC", email.strip()).lower()
