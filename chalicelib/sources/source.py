"""The declaration of a shop system: ``SOURCE`` in its package, from which its URL, secret and ids are derived."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from chalicelib.domain.facts.inbound import SHOP
from chalicelib.sources.webhook import Webhook

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,30}")


@dataclass(frozen=True, slots=True)
class Source:
    """A shop system whose webhooks are read.

    ``name`` is the last part of their URL, the name of their secret and the source of its customers' ids
    (``shopify:123``), unless ``has_own_ids`` is False: then ids are the shop's own. A request is signed by any one of
    ``signature_headers``; ``topic_header`` contains its topic. ``no_account`` is what it has as the id of a guest.
    ``is_public``: its key stands in the shop's pages, so anybody could have said what it tells.
    ``package`` is ``__name__`` of the declaring package: the ``WEBHOOK`` of its module ``webhook`` reads the requests.
    Raises ``ValueError`` for an invalid name.
    """

    name: str
    package: str
    title: str
    body: str
    signature_headers: tuple[str, ...]
    topic_header: str = ""
    has_own_ids: bool = True
    no_account: str = ""
    is_public: bool = False

    def __post_init__(self) -> None:
        """Check the name: it becomes part of a URL and of a parameter's name."""
        if not _NAME.fullmatch(self.name) or self.name == SHOP:
            raise ValueError(f"{self.package}: {self.name!r} cannot be a source's name")

    @property
    def secret(self) -> str:
        """The name of its secret, below the path ``webhooks`` in that of the setting ``SECRETS``."""
        return self.name

    def account(self, own_id: object) -> str | None:
        """The id of an account, as a text; None for a guest."""
        text = "" if own_id is None else str(own_id)
        if self.no_account == "0" and re.fullmatch(r"0+(\.0+)?", text):  # as spreadsheets write it again
            return None
        return None if text in ("", self.no_account) else text

    def exports(self) -> Mapping[str, Any]:
        """How the files are read that it exports, by their contents; imported when it is first asked for."""
        if find_spec(f"{self.package}.exports") is None:
            return {}
        found: Mapping[str, Any] = import_module(f"{self.package}.exports").EXPORTS
        return found

    def webhook(self) -> Webhook:
        """Its reader, imported when it is first needed."""
        found: Webhook = import_module(f"{self.package}.webhook").WEBHOOK
        return found
